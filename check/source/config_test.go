// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// describe returns a setting as text: its value, "not set", and its location.
func describe[T any](t *testing.T, s check.Setting[T], show func(T) string) string {
	t.Helper()
	value, set, err := s.Get()
	if err != nil {
		t.Fatalf("setting at %s: %v", s.At(), err)
	}
	if !set {
		return "not set at " + s.At().String()
	}
	return show(value) + " at " + s.At().String()
}

func asIs(s string) string        { return s }
func joined(list []string) string { return "[" + strings.Join(list, "|") + "]" }

func TestParseConfig(t *testing.T) {
	c, err := source.ParseConfig([]byte(`{
		"os": "linux", "architecture": "amd64", "created": null, "history": [{"created_by": "x"}],
		"rootfs": {"type": "layers", "diff_ids": ["sha256:aa"]},
		"config": {
			"User": "1003:1003", "Entrypoint": [""], "Cmd": ["a", "b"], "WorkingDir": "/app",
			"Env": ["HOME=/tmp", "EMPTY=", "EQ=a=b", "HOME=/root"],
			"ExposedPorts": {"8000": {}, "8001/TCP": null, "9000-9002/udp": {}},
			"Volumes": {"/b": {}, "/a": {}}, "Labels": {"k": "v"},
			"Healthcheck": {"Test": ["CMD", "x"], "Interval": 3}, "StopSignal": "SIGINT", "OnBuild": null
		}}`), 1)
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for _, v := range c.Env.All() {
		env = append(env, v.Name+"="+v.Value+" at "+v.At.String())
	}
	got := []string{
		describe(t, c.OS, asIs), describe(t, c.Architecture, asIs), describe(t, c.User, asIs),
		describe(t, c.Entrypoint, joined), describe(t, c.Cmd, joined), describe(t, c.WorkingDir, asIs),
		describe(t, c.Healthcheck, joined), describe(t, c.StopSignal, asIs),
		joined(env), joined(c.Ports.Have), c.Ports.At.String(), joined(c.Volumes.Have), c.Volumes.At.String(), c.Labels["k"],
	}
	want := []string{
		"linux at config.os", "amd64 at config.architecture", "1003:1003 at config.User",
		"[] at config.Entrypoint", "[a|b] at config.Cmd", "/app at config.WorkingDir",
		"[CMD|x] at config.Healthcheck", "SIGINT at config.StopSignal",
		"[HOME=/root at config.Env.HOME|EMPTY= at config.Env.EMPTY|EQ=a=b at config.Env.EQ]",
		"[8000/tcp|8001/tcp|9000/udp|9001/udp|9002/udp]", "config.ExposedPorts", "[/a|/b]", "config.Volumes", "v",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(c.Faults) > 0 {
		t.Errorf("faults: %v", c.Faults)
	}
}

func TestParseConfigNothingSet(t *testing.T) {
	for _, config := range []string{
		`{}`, `{"config": null}`, `{"config": {}}`,
		`{"config": {"User": null, "Entrypoint": null, "Cmd": null, "Env": null, "ExposedPorts": null, "Healthcheck": null}}`,
		`{"config": {"User": "", "Entrypoint": [], "Cmd": [], "WorkingDir": "", "Healthcheck": {"Test": ["NONE"]}}}`,
	} {
		c, err := source.ParseConfig([]byte(config), -1)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{
			describe(t, c.User, asIs), describe(t, c.Entrypoint, joined), describe(t, c.Cmd, joined),
			describe(t, c.WorkingDir, asIs), describe(t, c.Healthcheck, joined), describe(t, c.StopSignal, asIs),
			describe(t, c.OS, asIs), describe(t, c.Architecture, asIs), joined(c.Ports.Have), describe(t, c.Env.Lookup("PATH"), asIs),
		}
		want := []string{
			"not set at config.User", "not set at config.Entrypoint", "not set at config.Cmd",
			"not set at config.WorkingDir", "not set at config.Healthcheck", "not set at config.StopSignal",
			"not set at config.os", "not set at config.architecture", "[]", "not set at config.Env",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", config, diff)
		}
	}
}

func TestParseConfigFaults(t *testing.T) {
	const platform = `"os": "linux", "architecture": "amd64"`
	tests := []struct {
		config string
		layers int
		want   []string // location and message
	}{
		{`{` + platform + `}`, -1, nil},
		{`{` + platform + `, "rootfs": {"type": "layers", "diff_ids": []}}`, 0, nil},
		{`{"architecture": "amd64"}`, -1, []string{"config.os: the config names no operating system"}},
		{`{"os": "linux"}`, -1, []string{"config.architecture: the config names no architecture"}},
		{`{` + platform + `, "rootfs": {"type": "layers", "diff_ids": ["a", "b"]}}`, 3, []string{
			"config.rootfs.diff_ids: the config lists 2 layers in rootfs.diff_ids, the image has 3",
		}},
		{`{` + platform + `, "rootfs": {"type": "tree", "diff_ids": ["a"]}}`, 1, []string{
			`config.rootfs.type: rootfs.type is "tree", the only one that engines load is "layers"`,
		}},
		{`{` + platform + `, "config": {"Env": ["A=b", "FOO", "=x", ""]}}`, -1, []string{
			`config.Env: the Env entry "FOO" has no "="`,
			`config.Env: the Env entry "=x" has no name before its "="`,
			`config.Env: the Env entry "" has no "="`,
		}},
		{`{` + platform + `, "config": {"ExposedPorts": {"abc": {}, "70000/tcp": {}, "8000/foo": {}, "9-8": {}, "": {}, "65535": {}, "0": {}}}}`, -1, []string{
			`config.ExposedPorts: the exposed port "" is no port`,
			`config.ExposedPorts: the exposed port "70000/tcp" is no port`,
			`config.ExposedPorts: the exposed port "8000/foo" is no port`,
			`config.ExposedPorts: the exposed port "9-8" is no port`,
			`config.ExposedPorts: the exposed port "abc" is no port`,
		}},
		{`{` + platform + `, "config": {"ExposedPorts": {"0-65535/tcp": {}}}}`, -1, nil},
		{`{` + platform + `, "config": {"ExposedPorts": {"0-65535/tcp": {}, "1/udp": {}}}}`, -1, []string{
			"config.ExposedPorts: more than 65536 ports are exposed",
		}},
	}
	fixes := map[string]string{}
	for _, test := range tests {
		c, err := source.ParseConfig([]byte(test.config), test.layers)
		if err != nil {
			t.Errorf("%s: %v", test.config, err)
			continue
		}
		var got []string
		for _, f := range c.Faults {
			got = append(got, f.At.String()+": "+f.Message)
			if f.Fix == "" || fixes[f.Fix] != "" && fixes[f.Fix] != f.Message {
				t.Errorf("%q and %q have the same fix %q", f.Message, fixes[f.Fix], f.Fix)
			}
			fixes[f.Fix] = f.Message
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.config, diff)
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", `"x"`, "{", `{"os": 3}`, `{"config": {"Env": "A=b"}}`, `{"config": {"Cmd": [1]}}`,
		`{"config": {"Labels": {"a": 1}}}`, `{} {}`, "<html>",
		`{"config": {"Env": [` + strings.Repeat(`"A=b",`, 1<<17) + `"A=b"]}}`,
	} {
		c, err := source.ParseConfig([]byte(text), -1)
		if err == nil || !strings.HasPrefix(err.Error(), "reading the image config: ") {
			t.Errorf("%.40s: got %v, %v, want an error of the image config", text, c, err)
		}
	}
}

func TestParseConfigShortensValues(t *testing.T) {
	c, err := source.ParseConfig([]byte(`{"os":"linux","architecture":"amd64","config":{"Env":["`+strings.Repeat("ä", 5000)+`"]}}`), -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Faults {
		if len(f.Message) > 200 || len(f.Fix) > 200 || !strings.Contains(f.Message, `ä…`) {
			t.Errorf("message %q, fix %q", f.Message, f.Fix)
		}
	}
	if len(c.Faults) != 1 {
		t.Errorf("got %d faults, want 1", len(c.Faults))
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add(`{"os":"linux","config":{"Env":["A=b","c"],"ExposedPorts":{"1-9/tcp":{}},"Cmd":[""]}}`, 1)
	f.Add(`{"rootfs":{"type":"layers","diff_ids":["x"]},"config":{"Healthcheck":{"Test":[]}}}`, 2)
	f.Fuzz(func(t *testing.T, text string, layers int) {
		c, err := source.ParseConfig([]byte(text), layers)
		if err != nil {
			return
		}
		if len(c.Ports.Have) > 1<<16 {
			t.Errorf("%d ports", len(c.Ports.Have))
		}
		for _, s := range []check.Setting[[]string]{c.Entrypoint, c.Cmd, c.Healthcheck} {
			if value, set, _ := s.Get(); set && len(value) == 0 {
				t.Errorf("%s is set to an empty list", s.At())
			}
		}
		for _, fault := range c.Faults {
			if fault.Message == "" || fault.Fix == "" || fault.At.IsZero() {
				t.Errorf("incomplete fault %+v", fault)
			}
		}
	})
}
