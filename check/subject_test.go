// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"context"
	"errors"
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestSubjectWithoutFacts(t *testing.T) {
	s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{})
	ctx := t.Context()
	for name, ask := range map[string]func() error{
		"config":           func() error { _, err := s.Config(ctx); return err },
		"manifest":         func() error { _, err := s.Manifest(ctx); return err },
		"size":             func() error { _, err := s.Size(ctx); return err },
		"root file system": func() error { _, err := s.RootFS(ctx); return err },
		"whole file tree":  func() error { _, err := s.Tree(ctx); return err },
		"accounts":         func() error { _, err := s.Accounts(ctx); return err },
		"user":             func() error { _, err := s.User(ctx); return err },
		"command":          func() error { _, err := s.Command(ctx); return err },
	} {
		var unavailable *check.UnavailableError
		if err := ask(); !errors.As(err, &unavailable) || unavailable.Fact != name || !unavailable.Deferred {
			t.Errorf("%s: got %v, want a deferred UnavailableError of it", name, err)
		}
	}
}

func TestSubjectKeepsErrors(t *testing.T) {
	broken, calls := errors.New("broken"), 0
	s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) { calls++; return nil, broken },
	})
	for range 2 {
		if _, err := s.Env(t.Context()); !errors.Is(err, broken) {
			t.Errorf("got %v, want %v", err, broken)
		}
	}
	if calls != 1 {
		t.Errorf("config was computed %d times, want once", calls)
	}
}

// subjectWith returns a subject with these variables in its image and the file
// system image().
func subjectWith(f *check.Function, env check.Env) *check.Subject {
	return check.NewSubject(check.Info{}, f, check.Provider{
		Config: func(context.Context) (*check.Config, error) { return &check.Config{Env: env}, nil },
		RootFS: func(context.Context) (fs.FS, error) { return image(), nil },
	})
}

func TestSubjectProgram(t *testing.T) {
	why := errors.New("why")
	variables := func(pathVar string) check.Env {
		return check.NewEnv([]check.Variable{{Name: "PATH", Value: pathVar}}, nil)
	}
	tests := []struct {
		image, function check.Env
		want            string
		err             error
	}{
		{check.Env{}, check.Env{}, "/usr/bin/sh", nil}, // The engines' default PATH.
		{variables("/bin"), check.Env{}, "/bin/sh", nil},
		{variables("/bin"), variables("/nowhere"), "", nil},
		{variables(""), check.Env{}, "", nil},
		{check.NewEnv(nil, why), check.Env{}, "", why},
	}
	for i, test := range tests {
		s := subjectWith(&check.Function{Env: test.function}, test.image)
		p, err := s.Program(t.Context(), "sh", "")
		if !errors.Is(err, test.err) || err == nil && p.Path != test.want {
			t.Errorf("%d: got %+v, %v, want %q, %v", i, p, err, test.want, test.err)
		}
	}
}

func TestSubjectProgramIsLookedUpOnce(t *testing.T) {
	s := subjectWith(&check.Function{}, check.Env{})
	first, err := s.Program(t.Context(), "sh", "")
	if err != nil {
		t.Fatal(err)
	}
	again, _ := s.Program(t.Context(), "sh", "")
	other, _ := s.Program(t.Context(), "sh", "/app")
	if again != first || other == first {
		t.Errorf("same question: same answer %t; other directory: same answer %t", again == first, other == first)
	}
}

func TestPrimaryGroup(t *testing.T) {
	line := check.Location{Artifact: "/etc/passwd", Line: 2}
	user, group := check.At("config", "User"), check.AtFile("/etc/group")
	why := errors.New("why")
	accounts := &check.Accounts{Users: []check.Account{{UID: 5, GID: 6, At: line}}}
	tests := []struct {
		user     check.User
		accounts *check.Accounts
		gid      int64
		at       check.Location
		err      error
	}{
		{check.User{UID: 5, At: user, GID: check.Known[int64](7, group)}, nil, 7, group, nil},
		{check.User{UID: 5, At: user}, accounts, 6, line, nil},
		{check.User{UID: 4, At: user}, accounts, 0, user, nil},
		{check.User{UID: 4, At: user}, &check.Accounts{Rest: why}, 0, user, why},
		{check.User{UID: 4, At: user, GID: check.Missing[int64](why)}, nil, 0, check.Location{}, why},
	}
	for i, test := range tests {
		s := check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
			Accounts: func(context.Context, *check.Subject) (*check.Accounts, error) { return test.accounts, nil },
		})
		gid, at, err := s.PrimaryGroup(t.Context(), &test.user)
		if gid != test.gid || at != test.at || !errors.Is(err, test.err) {
			t.Errorf("%d: got %d, %s, %v, want %d, %s, %v", i, gid, at, err, test.gid, test.at, test.err)
		}
	}
}

func TestAccounts(t *testing.T) {
	why := errors.New("why")
	a := &check.Accounts{
		Users:  []check.Account{{Name: "a", UID: 1}, {Name: "a", UID: 2}, {Name: "b", UID: 1}},
		Groups: []check.Group{{Name: "g", GID: 1}, {Name: "h", GID: 1}},
	}
	if u, found, err := a.UserByName("a"); u.UID != 1 || !found || err != nil {
		t.Errorf("the first account of a name: got %+v, %t, %v", u, found, err)
	}
	if u, found, err := a.UserByID(1); u.Name != "a" || !found || err != nil {
		t.Errorf("the first account of a UID: got %+v, %t, %v", u, found, err)
	}
	if g, found, err := a.GroupByID(1); g.Name != "g" || !found || err != nil {
		t.Errorf("the first group of a GID: got %+v, %t, %v", g, found, err)
	}
	if g, found, err := a.GroupByName("x"); found || err != nil {
		t.Errorf("a missing group: got %+v, %t, %v", g, found, err)
	}
	a.Rest = why
	if _, found, err := a.UserByName("x"); found || !errors.Is(err, why) {
		t.Errorf("an account that cannot be known: got %t, %v, want %v", found, err, why)
	}
	if _, found, err := a.UserByName("b"); !found || err != nil {
		t.Errorf("a known account among others: got %t, %v", found, err)
	}
}

func TestSWRName(t *testing.T) {
	flag := check.AtFile("--swr")
	for _, test := range []struct {
		setting   check.Setting[string]
		reference string
		want      string // text and location; "" for not set
	}{
		{check.Known("o/a", flag), "swr.x.y/o/a", "o/a at --swr"},
		{check.Setting[string]{}, "swr.x.y/o/a:1", "swr.x.y/o/a:1 at reference"},
		{check.Setting[string]{}, "docker.io/o/a:1", ""},
		{check.Setting[string]{}, "", ""},
	} {
		s := check.NewSubject(check.Info{Reference: test.reference}, &check.Function{SWRName: test.setting}, check.Provider{})
		name := s.SWRName()
		got := ""
		if name.IsSet() {
			got = name.Or(check.Reference{}).Text + " at " + name.At().String()
		}
		if diff := cmp.Diff(test.want, got); diff != "" || name.At().IsZero() {
			t.Errorf("%q: %s", test.reference, diff)
		}
	}
}
