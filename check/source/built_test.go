// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
)

func line(n int) check.Location { return check.Location{Artifact: "Dockerfile", Line: n} }

// TestPlaceConfig shows that the values are those of the image, and the places
// those of the text.
func TestPlaceConfig(t *testing.T) {
	open := errors.New("the base image is not known")
	image := func(key string) check.Location { return check.At(check.ArtifactConfig, key) }
	variable := func(name, value string, at check.Location) check.Variable {
		return check.Variable{Name: name, Value: value, At: at}
	}
	built := &check.Config{
		OS:         check.Known("linux", image("os")),
		User:       check.Known("app", image("User")),
		WorkingDir: check.NotSet[string](image("WorkingDir")),
		Cmd:        check.Known([]string{"/server"}, image("Cmd")),
		Env:        check.NewEnv([]check.Variable{variable("A", "real", image("Env.A")), variable("B", "2", image("Env.B"))}, nil),
		Ports:      check.Set{Have: []string{"8000/tcp"}, At: image("ExposedPorts")},
		Labels:     map[string]string{"a": "b"},
	}
	fault := check.Fault{At: line(9), Message: "there is no such flag"}
	written := &check.Config{
		OS:          check.Missing[string](open),
		User:        check.Known("nobody", line(4)),
		UserWritten: "$WHO",
		WorkingDir:  check.NotSet[string](line(1)),
		Cmd:         check.Known([]string{"/server"}, line(5)),
		Env:         check.NewEnv([]check.Variable{variable("A", "text", line(2)), {Name: "C", Err: open}}, open).Under(line(1)),
		Ports:       check.Set{Have: []string{"1/tcp"}, At: line(3), Rest: open},
		Faults:      []check.Fault{fault},
	}
	got := source.PlaceConfig(built, written)
	if os, set, err := got.OS.Get(); os != "linux" || !set || err != nil || got.OS.At() != image("os") {
		t.Errorf("os is %q, %v, %v at %v", os, set, err, got.OS.At())
	}
	if got.User.Or("") != "app" || got.User.At() != line(4) || got.UserWritten != "$WHO" {
		t.Errorf("USER is %q at %v, written %q", got.User.Or(""), got.User.At(), got.UserWritten)
	}
	if got.WorkingDir.IsSet() || got.WorkingDir.At() != line(1) || got.Cmd.At() != line(5) {
		t.Errorf("WORKDIR %v is at %v, CMD at %v", got.WorkingDir.IsSet(), got.WorkingDir.At(), got.Cmd.At())
	}
	want := []check.Variable{variable("A", "real", line(2)), variable("B", "2", image("Env.B"))}
	if diff := cmp.Diff(want, got.Env.All()); diff != "" || got.Env.Rest() != nil {
		t.Errorf("further variables: %v; -want +got:\n%s", got.Env.Rest(), diff)
	}
	if missing := got.Env.Lookup("C"); missing.IsSet() || missing.At() != line(1) {
		t.Errorf("a variable that is not set would be at %v", missing.At())
	}
	if diff := cmp.Diff(check.Set{Have: []string{"8000/tcp"}, At: line(3)}, got.Ports); diff != "" {
		t.Errorf("ports: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]check.Fault{fault}, got.Faults); diff != "" || got.Labels["a"] != "b" {
		t.Errorf("labels %v; faults: -want +got:\n%s", got.Labels, diff)
	}
}

func TestPlaceAccounts(t *testing.T) {
	open := errors.New("it is under a condition")
	passwd := func(n int) check.Location { return check.Location{Artifact: "/etc/passwd", Line: n} }
	built := &check.Accounts{
		Users: []check.Account{
			{Name: "root", At: passwd(1)},
			{Name: "app", UID: 1003, At: passwd(2)},
			{Name: "moved", UID: 5, At: passwd(3)},
			{Name: "chosen", UID: 1004, At: passwd(4)},
			{Name: "maybe", UID: 7, At: passwd(5)},
		},
		Groups: []check.Group{{Name: "app", GID: 1003, At: passwd(1)}, {Name: "moved", GID: 5, At: passwd(2)}},
	}
	written := &check.Accounts{
		Users: []check.Account{
			{Name: "app", UID: 1003, At: line(2)},
			{Name: "moved", UID: 6, At: line(3)},
			{Name: "chosen", UIDErr: open, At: line(4)},
			{Name: "maybe", UID: 7, Err: open, At: line(5)},
			{Name: "gone", UID: 8, At: line(6)},
		},
		Groups: []check.Group{{Name: "app", GID: 1003, At: line(2)}, {Name: "moved", GID: 6, At: line(3)}},
		Rest:   open,
	}
	want := &check.Accounts{
		Users: []check.Account{
			{Name: "root", At: passwd(1)},
			{Name: "app", UID: 1003, At: line(2)},
			{Name: "moved", UID: 5, At: passwd(3)},
			{Name: "chosen", UID: 1004, At: line(4)},
			{Name: "maybe", UID: 7, At: passwd(5)},
		},
		Groups: []check.Group{{Name: "app", GID: 1003, At: line(2)}, {Name: "moved", GID: 5, At: passwd(2)}},
	}
	if diff := cmp.Diff(want, source.PlaceAccounts(built, written)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestBuildOfNone shows that a target which is no Dockerfile is left as it is,
// and that the text remains of a Dockerfile that cannot be built.
func TestBuildOfNone(t *testing.T) {
	nowhere := engine.Options{Host: "unix:///nowhere.sock"}
	for name, c := range map[string]struct {
		target string
		fails  bool
	}{
		"an image":     {writeFile(t, "app.tar", newImage(t, "{}").DockerArchive("app:1")), false},
		"a Dockerfile": {writeFile(t, "Dockerfile", []byte("FROM scratch\nUSER app\n")), true},
	} {
		t.Run(name, func(t *testing.T) {
			before, opened, err := source.Open(t.Context(), c.target, source.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer opened.Close()
			after, err := source.Build(t.Context(), before, opened, nowhere, false)
			known, isKnown := errors.AsType[*source.Error](err)
			if after != before || isKnown != c.fails || isKnown && known.Target != c.target {
				t.Errorf("the subject changed: %v; error %v", after != before, err)
			}
		})
	}
}
