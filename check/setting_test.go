// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestSetting(t *testing.T) {
	why, at := errors.New("why"), check.At("config", "User")
	tests := []struct {
		name    string
		setting check.Setting[int]
		value   int
		set     bool
		err     error
		or      int
		at      check.Location
	}{
		{"zero", check.Setting[int]{}, 0, false, nil, 7, check.Location{}},
		{"known", check.Known(3, at), 3, true, nil, 3, at},
		{"known zero", check.Known(0, at), 0, true, nil, 0, at},
		{"not set", check.NotSet[int](at), 0, false, nil, 7, at},
		{"missing", check.Missing[int](why), 0, false, why, 7, check.Location{}},
	}
	for _, test := range tests {
		s := test.setting
		value, set, err := s.Get()
		if value != test.value || set != test.set || !errors.Is(err, test.err) {
			t.Errorf("%s: Get is %d, %t, %v, want %d, %t, %v", test.name, value, set, err, test.value, test.set, test.err)
		}
		if s.Or(7) != test.or || s.IsSet() != test.set || s.At() != test.at {
			t.Errorf("%s: Or %d, IsSet %t, At %s", test.name, s.Or(7), s.IsSet(), s.At())
		}
	}
}

func TestSet(t *testing.T) {
	why := errors.New("why")
	for _, test := range []struct {
		set  check.Set
		name string
		has  bool
		err  error
	}{
		{check.Set{}, "a", false, nil},
		{check.Set{Have: []string{"b", "a"}}, "a", true, nil},
		{check.Set{Have: []string{"b"}, Rest: why}, "a", false, why},
		{check.Set{Have: []string{"b"}, Rest: why}, "b", true, nil},
	} {
		if has, err := test.set.Has(test.name); has != test.has || !errors.Is(err, test.err) {
			t.Errorf("%v has %s: %t, %v, want %t, %v", test.set.Have, test.name, has, err, test.has, test.err)
		}
	}
}

func TestEnv(t *testing.T) {
	why := errors.New("why")
	v := func(name, value string) check.Variable {
		return check.Variable{Name: name, Value: value, At: check.At("config", "Env."+name)}
	}
	env := check.NewEnv([]check.Variable{v("A", "1"), v("B", ""), v("A", "2")}, nil)
	if diff := cmp.Diff([]check.Variable{v("A", "2"), v("B", "")}, env.All()); diff != "" {
		t.Errorf("the last of a name wins in the first's place: %s", diff)
	}
	if value, set, err := env.Lookup("A").Get(); value != "2" || !set || err != nil {
		t.Errorf("A: %q, %t, %v", value, set, err)
	}
	if value, set, _ := env.Lookup("B").Get(); value != "" || !set {
		t.Error("B is set and empty, got not set")
	}
	if s := env.Lookup("C"); s.IsSet() || s.At() != check.At("config", "Env") {
		t.Errorf("C: set %t, at %s", s.IsSet(), s.At())
	}

	over := env.Over(check.NewEnv([]check.Variable{v("B", "3"), v("C", "4")}, nil))
	if diff := cmp.Diff([]check.Variable{v("A", "2"), v("B", "3"), v("C", "4")}, over.All()); diff != "" {
		t.Errorf("over: %s", diff)
	}
	if env.Lookup("B").Or("?") != "" {
		t.Error("Over changed what it was called on")
	}
	all := env.All()
	all[0].Value = "changed"
	if env.Lookup("A").Or("?") != "2" {
		t.Error("All gives the environment away")
	}

	for _, open := range []check.Env{
		check.NewEnv([]check.Variable{v("A", "1")}, why),
		check.NewEnv(nil, why).Over(check.NewEnv([]check.Variable{v("A", "1")}, nil)),
		check.NewEnv([]check.Variable{v("A", "1")}, nil).Over(check.NewEnv(nil, why)),
	} {
		_, _, err := open.Lookup("X").Get()
		if !errors.Is(err, why) || !errors.Is(open.Rest(), why) {
			t.Errorf("X of an open environment: %v, want %v", err, why)
		}
	}
	if open := check.NewEnv([]check.Variable{v("A", "1")}, why); open.Lookup("A").Or("?") != "1" {
		t.Error("a known variable of an open environment is not found")
	}
}

func TestLocation(t *testing.T) {
	for want, l := range map[string]check.Location{
		"":              {},
		"config.User":   check.At("config", "User"),
		"/etc/passwd":   check.AtFile("/etc/passwd"),
		"/etc/passwd:3": {Artifact: "/etc/passwd", Line: 3},
		"f.yaml:3":      {Artifact: "f.yaml", Key: "function.uid", Line: 3},
	} {
		if l.String() != want || l.IsZero() != (want == "") {
			t.Errorf("got %q, zero %t, want %q", l, l.IsZero(), want)
		}
	}
}

func TestRunsAs(t *testing.T) {
	at := check.AtFile("--uid")
	for _, test := range []struct {
		uid, gid check.Setting[int64]
		want     string
	}{
		{check.Setting[int64]{}, check.Setting[int64]{}, "1003:1003"},
		{check.Known[int64](-1, at), check.Known[int64](5, at), "1003:5"},
		{check.Known[int64](0, at), check.Known[int64](-1, at), "0:1003"},
	} {
		f := check.Function{UID: test.uid, GID: test.gid}
		if got := f.RunsAs().String(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestPlatform(t *testing.T) {
	for want, e := range map[string]check.IndexEntry{
		"linux/amd64":    {OS: "linux", Arch: "amd64"},
		"linux/arm64/v8": {OS: "linux", Arch: "arm64", Variant: "v8"},
	} {
		if e.Platform() != want {
			t.Errorf("got %s, want %s", e.Platform(), want)
		}
	}
}

func TestCall(t *testing.T) {
	c := check.Call{Args: []string{"/usr/bin/python3", "$X"}, Unexpanded: []int{1}, Wrappers: [][]string{{"/bin/tini", "--"}, {}}}
	if c.Name() != "python3" || (check.Call{}).Name() != "" {
		t.Errorf("name %q", c.Name())
	}
	if !c.HasWrapper("tini") || c.HasWrapper("--") || c.HasWrapper("") {
		t.Error("wrappers are not told by the base name of their program")
	}
	if c.IsUnexpanded(0) || !c.IsUnexpanded(1) {
		t.Error("the second word alone is unexpanded")
	}
	cmd := check.Command{Args: []string{"a", "b"}}
	if cmd.Program() != "a" || (&check.Command{}).Program() != "" {
		t.Errorf("program %q", cmd.Program())
	}
}
