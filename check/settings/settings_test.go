// SPDX-License-Identifier: Apache-2.0

package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/settings"
)

// someRules are as many rules as the settings need to know.
func someRules() []*check.Rule {
	return []*check.Rule{
		{ID: "FG103", Name: "exposes-8000"},
		{ID: "FG202", Name: "nonroot-user"},
		{ID: "FG205", Name: "account-entry"},
	}
}

const everything = `# What the function is.
function:
  type: event
  name: orders
  region: sa-brazil-1
  swr: swr.sa-brazil-1.myhuaweicloud.com/shop/orders:1.0
  memory: 100
  uid: -1
  gid: 0
  command: [python3, /app/server.py]
  args:
    - --port
    - 8000
  workdir: /
  env:
    STAGE: production
    RATE: 1.10
    DEBUG: true
    EMPTY: ""
  timeout: 1
  initialization: true
  initializer-timeout: 999999
  trigger: apig
  mounts: [/mnt/data]
profile: observed
severity:
  exposes-8000: note
skip:
  fg205: the platform makes the account
fail-on: never
strict: true
`

func TestParse(t *testing.T) {
	s, err := settings.Parse("some/folder/.fgpreflight.yaml", []byte(everything), someRules())
	if err != nil {
		t.Fatal(err)
	}
	at := func(key string, line int) check.Location {
		return check.Location{Artifact: ".fgpreflight.yaml", Key: "function." + key, Line: line}
	}
	f := s.Function
	same(t, "type", f.Type, check.Known(check.Event, at("type", 3)))
	same(t, "name", f.Name, check.Known("orders", at("name", 4)))
	same(t, "region", f.Region, check.Known("sa-brazil-1", at("region", 5)))
	same(t, "swr", f.SWRName, check.Known("swr.sa-brazil-1.myhuaweicloud.com/shop/orders:1.0", at("swr", 6)))
	same(t, "memory", f.Memory, check.Known[int64](100, at("memory", 7)))
	same(t, "uid", f.UID, check.Known[int64](-1, at("uid", 8)))
	same(t, "gid", f.GID, check.Known[int64](0, at("gid", 9)))
	same(t, "command", f.Command, check.Known([]string{"python3", "/app/server.py"}, at("command", 10)))
	same(t, "args", f.Args, check.Known([]string{"--port", "8000"}, at("args", 12)))
	same(t, "workdir", f.WorkingDir, check.Known("/", at("workdir", 14)))
	same(t, "timeout", f.Timeout, check.Known[int64](1, at("timeout", 20)))
	same(t, "initialization", f.Initialization, check.Known(true, at("initialization", 21)))
	same(t, "initializer-timeout", f.InitializerTimeout, check.Known[int64](999999, at("initializer-timeout", 22)))
	same(t, "trigger", f.Trigger, check.Known("apig", at("trigger", 23)))
	same(t, "mounts", f.Mounts, check.Known([]string{"/mnt/data"}, at("mounts", 24)))
	same(t, "env", f.Env.All(), []check.Variable{
		{Name: "STAGE", Value: "production", At: at("env.STAGE", 16)},
		{Name: "RATE", Value: "1.10", At: at("env.RATE", 17)},
		{Name: "DEBUG", Value: "true", At: at("env.DEBUG", 18)},
		{Name: "EMPTY", Value: "", At: at("env.EMPTY", 19)},
	})
	same(t, "policy", s.Policy, check.Policy{
		Profile:  check.Observed,
		Severity: map[string]check.Severity{"FG103": check.Note},
		Skip:     map[string]string{"FG205": "the platform makes the account"},
		Only:     map[string]bool{},
	})
	same(t, "gate", s.Gate, check.Gate{FailOn: 0, Strict: true})
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestParseNothing(t *testing.T) {
	for name, text := range map[string]string{
		"empty":            "",
		"comments":         "# nothing\n",
		"document marker":  "---\n",
		"empty members":    "function:\nseverity:\nskip:\n  # FG205: later\n",
		"empty env":        "function:\n  env:\n",
		"byte order mark":  "\ufeff",
		"Windows lines":    "function:\r\nskip:\r\n",
		"just long enough": strings.Repeat("#", 1<<20),
		"replacement rune": "# \ufffd\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Parse(settings.FileName, []byte(text), someRules())
			if err != nil {
				t.Fatal(err)
			}
			same(t, "settings", s, settings.Default())
		})
	}
}

func TestParseMistakes(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"unknown key":            {"functoin: {}", `1:1: unknown key "functoin"; did you mean function?`},
		"unknown nested key":     {"function:\n  uuid: 3", `2:3: unknown key "uuid"; did you mean uid?`},
		"unlike any key":         {"colour: red", `1:1: unknown key "colour"`},
		"key in other case":      {"Strict: true", `1:1: unknown key "Strict"; did you mean strict?`},
		"duplicate key":          {"strict: true\nstrict: false", `2:1: the key "strict" occurs twice, first in line 1`},
		"duplicate variable":     {"function:\n  env: {A: b, A: c}", `2:15: the key "A" occurs twice, first in line 2`},
		"duplicate rule":         {"skip:\n  FG205: x\n  account-entry: y", `3:3: skip: rule FG205 (account-entry) occurs twice`},
		"unknown rule":           {"severity:\n  nonroot-usr: note", `2:3: severity: unknown rule "nonroot-usr"; did you mean nonroot-user?`},
		"unknown rule ID":        {"skip: {FG0202: x}", `1:8: skip: unknown rule "FG0202"; did you mean FG202?`},
		"unknown severity":       {"severity: {FG202: fatal}", `1:19: severity.FG202: unknown severity "fatal": want error, warning or note`},
		"unknown profile":        {"profile: strict", `1:10: profile: unknown profile "strict": want documented or observed`},
		"unknown threshold":      {"fail-on: all", `1:10: fail-on: unknown threshold "all": want error, warning, note or never`},
		"unknown type":           {"function: {type: web}", `1:18: function.type: unknown function type "web": want http or event`},
		"skip without reason":    {"skip:\n  FG205:", `2:9: skip.FG205: want the reason for skipping the rule, got nothing`},
		"skip with blank reason": {`skip: {FG205: " "}`, `1:15: skip.FG205: want the reason for skipping the rule, got " "`},
		"skip with true":         {"skip: {FG205: true}", `1:15: skip.FG205: want the reason for skipping the rule, got "true"`},
		"skip as a list":         {"skip: [FG205]", `1:7: skip: want keys with values, got a list`},
		"text for a number":      {"function:\n  uid: root", `2:8: function.uid: want a whole number, got "root"`},
		"quoted number":          {`function: {uid: "1003"}`, `1:17: function.uid: want a whole number, got "1003"`},
		"fraction":               {"function: {memory: 1.5}", `1:20: function.memory: want a whole number, got "1.5"`},
		"octal number":           {"function: {uid: 0o17}", `1:17: function.uid: want a whole number, got "0o17"`},
		"number too large":       {"function: {uid: 9223372036854775808}", `1:17: function.uid: want a number of at most 64 bits, got "9223372036854775808"`},
		"yes for a boolean":      {"strict: yes", `1:9: strict: want true or false, got "yes"`},
		"text for a list":        {"function:\n  command: python app.py", `2:12: function.command: want a list, as in [a, b], got "python app.py"`},
		"mapping in a list":      {"function:\n  args: [a, {b: c}]", `2:13: function.args: want a text, got keys with values`},
		"nothing in a list":      {"function:\n  args:\n    -", `3:6: function.args: want a text, got nothing`},
		"nothing for a text":     {"function: {name: }", `1:18: function.name: want a text, got nothing`},
		"list for a text":        {"function: {name: [a]}", `1:18: function.name: want a text, got a list`},
		"binary":                 {"function: {name: !!binary aGk=}", `1:18: function.name: want a text, got "aGk="`},
		"own tag":                {"function: {name: !secret x}", `1:18: function.name: want a text, got "x"`},
		"alias":                  {"function: {name: &a b, region: *a}", `1:32: function.region: want a text, got an alias, which is not supported`},
		"alias of a mapping":     {"function: &a {env: *a}", `1:20: function.env: want keys with values, got an alias, which is not supported`},
		"merge":                  {"function: {<<: {uid: 3}}", `1:12: unknown key "<<"`},
		"list as key":            {"[a]: b", `1:1: want a word as key, got a list`},
		"root is a list":         {"- function", `1:1: want keys with values, got a list`},
		"root is a text":         {"function", `1:1: want keys with values, got "function"`},
		"second document":        {"strict: true\n---\nstrict: false", `2:1: there is a second document; the file may have one`},
		"bad indentation":        {"function:\n  uid: 3\n   gid: 4", `3:4: this is not YAML: mapping values are not allowed in this context`},
		"bad second document":    {"strict: true\n---\na: b: c", `3:1: this is not YAML: mapping values are not allowed in this context`},
		"tabs":                   {"function:\n\tuid: 3", `2:2: this is not YAML: found character that cannot start any token`},
		"control character":      {"function:\n  name: \"a\x01\"", `2:11: the character U+0001 is not allowed`},
		"line separator":         {"function:\n  name: \"a\u2028\"", `2:11: the character U+2028 is not allowed`},
		"paragraph separator":    {"function:\n  name: \"a\u2029\"", `2:11: the character U+2029 is not allowed`},
		"value just not long":    {"strict: " + strings.Repeat("x", 60), `1:9: strict: want true or false, got "` + strings.Repeat("x", 60) + `"`},
		"carriage return":        {"function:\r  uid: 3", `1:10: the character U+000D is not allowed`},
		"not UTF-8":              {"function:\n  name: é\xff", `2:10: the file is not UTF-8 text`},
		"long":                   {strings.Repeat("#", 1<<20+1), `1:1: the file is longer than 1024 KiB`},
		"long value":             {"strict: " + strings.Repeat("x", 100), `1:9: strict: want true or false, got "` + strings.Repeat("x", 60) + `…"`},
		"deep":                   {strings.Repeat("[", 20_000), `1:1: this is not YAML: exceeded max depth of 10000`},
		"several":                {"a: 1\nstrict: 2", `1:1: unknown key "a"` + "\nF:2:9: strict: want true or false, got \"2\""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Parse("F", []byte(test.text), someRules())
			if err == nil {
				t.Fatalf("no error; got %+v", s)
			}
			if got, want := err.Error(), "F:"+test.want; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

func TestParseManyMistakes(t *testing.T) {
	_, err := settings.Parse("F", []byte(strings.Repeat("? [a]\n", 1000)), someRules())
	if err == nil {
		t.Fatal("no error")
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 10 {
		t.Errorf("%d lines of errors, want 10", lines)
	}
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	if path, err := settings.Find(deep); err != nil || path != "" {
		t.Errorf("without a file: got %q, %v", path, err)
	}
	above := filepath.Join(root, settings.FileName)
	write(t, above, "strict: true\n")
	if path, err := settings.Find(deep); err != nil || path != above {
		t.Errorf("got %q, %v; want the file two folders up, %s", path, err, above)
	}
	nearer := filepath.Join(root, "a", settings.FileName)
	write(t, nearer, "")
	if path, err := settings.Find(deep); err != nil || path != nearer {
		t.Errorf("got %q, %v; want the nearer one, %s", path, err, nearer)
	}
}

func TestFindFromWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, settings.FileName, "")
	path, err := settings.Find(".")
	if err != nil || filepath.Base(path) != settings.FileName || !filepath.IsAbs(path) {
		t.Errorf("got %q, %v", path, err)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), settings.FileName)
	if _, err := settings.Load(path, someRules()); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("without a file: got %v; want an error that names it", err)
	}
	write(t, path, "strict: true\n")
	if s, err := settings.Load(path, someRules()); err != nil || !s.Gate.Strict {
		t.Errorf("got %+v, %v", s, err)
	}
	write(t, path, strings.Repeat(" ", 2<<20))
	if _, err := settings.Load(path, someRules()); err == nil || err.Error() != path+":1:1: the file is longer than 1024 KiB" {
		t.Errorf("with a long file: got %v", err)
	}
	if _, err := settings.Load(filepath.Dir(path), someRules()); err == nil {
		t.Error("a folder was read as a file")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDidYouMean(t *testing.T) {
	words := []string{"memory", "mounts", "fail-on", "FG202"}
	for word, want := range map[string]string{
		"mem":                    "",
		"memry":                  "; did you mean memory?",
		"mmeory":                 "; did you mean memory?",
		"MOUNT":                  "; did you mean mounts?",
		"failon":                 "; did you mean fail-on?",
		"fg22":                   "; did you mean FG202?",
		"x":                      "",
		"":                       "",
		strings.Repeat("m", 500): "",
	} {
		if got := settings.DidYouMean(word, words); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

// FuzzParse holds that every file is either read, and then the same twice, or
// refused with the line and column of a place that is in the file.
func FuzzParse(f *testing.F) {
	f.Add(everything)
	f.Add("a: &a [*a]")
	f.Add("? {a: b}\n: c\n--- 2")
	f.Add("skip: {FG205: |\n  why\n}")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := settings.Parse("F", []byte(text), someRules())
		if err == nil {
			again, err := settings.Parse("F", []byte(text), someRules())
			if err != nil {
				t.Fatal(err)
			}
			same(t, "settings read again", again, s)
			return
		}
		joined, ok := err.(interface{ Unwrap() []error })
		if !ok {
			t.Fatalf("got %T, want joined errors", err)
		}
		lines := strings.Split(text, "\n")
		for _, err := range joined.Unwrap() {
			e, ok := errors.AsType[*settings.Error](err)
			if !ok {
				t.Fatalf("got %T: %v", err, err)
			}
			if e.Line < 1 || e.Column < 1 || e.Line > len(lines)+1 {
				t.Errorf("%v: there is no such place", err)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("%q has several lines", err)
			}
		}
	})
}
