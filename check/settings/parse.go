// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/fgpreflight/fgpreflight/check"
)

// Parse reads a configuration file. The name is the file's path, for errors and
// locations; the rules are those that severity and skip may name, by ID or
// name in any case. An empty file changes nothing.
//
// The error has one line and one [*Error] for each mistake, at most ten.
func Parse(name string, data []byte, rules []*check.Rule) (*Settings, error) {
	p := &parser{mistakes: mistakes{file: name}, rules: rules}
	s := Default()
	if root := p.document(data); root != nil {
		p.members(root, "", p.settings(s))
	}
	if err := p.err(); err != nil {
		return nil, err
	}
	return s, nil
}

// parser turns nodes into settings. What is wrong it notes, and goes on.
type parser struct {
	mistakes
	rules []*check.Rule
}

// member reads the value of one key; path is the key's full name,
// "function.uid".
type member func(value *yaml.Node, path string)

func (p *parser) settings(s *Settings) map[string]member {
	return map[string]member{
		"function": func(n *yaml.Node, path string) { p.members(n, path, p.function(&s.Function)) },
		"profile":  plain(&s.Policy.Profile, word(p, check.ParseProfile)),
		"severity": func(n *yaml.Node, path string) { byRule(p, n, path, s.Policy.Severity, word(p, check.ParseSeverity)) },
		"skip":     func(n *yaml.Node, path string) { byRule(p, n, path, s.Policy.Skip, p.reason) },
		"fail-on":  plain(&s.Gate.FailOn, word(p, ParseFailOn)),
		"strict":   plain(&s.Gate.Strict, p.boolean),
	}
}

func (p *parser) function(f *check.Function) map[string]member {
	return map[string]member{
		"type":                setting(p, &f.Type, word(p, ParseFunctionType)),
		"name":                setting(p, &f.Name, p.text),
		"region":              setting(p, &f.Region, p.text),
		"swr":                 setting(p, &f.SWRName, p.text),
		"memory":              setting(p, &f.Memory, p.integer),
		"uid":                 setting(p, &f.UID, p.integer),
		"gid":                 setting(p, &f.GID, p.integer),
		"command":             setting(p, &f.Command, p.list),
		"args":                setting(p, &f.Args, p.list),
		"workdir":             setting(p, &f.WorkingDir, p.text),
		"env":                 func(n *yaml.Node, path string) { f.Env = p.variables(n, path) },
		"timeout":             setting(p, &f.Timeout, p.integer),
		"initialization":      setting(p, &f.Initialization, p.boolean),
		"initializer-timeout": setting(p, &f.InitializerTimeout, p.integer),
		"trigger":             setting(p, &f.Trigger, p.text),
		"mounts":              setting(p, &f.Mounts, p.list),
	}
}

// plain returns the member whose value goes to into.
func plain[T any](into *T, read reader[T]) member {
	return func(n *yaml.Node, path string) {
		if v, ok := read(n, path); ok {
			*into = v
		}
	}
}

// setting returns the member whose value goes to into, with its location.
func setting[T any](p *parser, into *check.Setting[T], read reader[T]) member {
	return func(n *yaml.Node, path string) {
		if v, ok := read(n, path); ok {
			*into = check.Known(v, p.at(n, path))
		}
	}
}

func (p *parser) at(n *yaml.Node, path string) check.Location {
	return check.Location{Artifact: filepath.Base(p.file), Key: path, Line: n.Line}
}

// members reads a mapping whose keys are known.
func (p *parser) members(n *yaml.Node, path string, known map[string]member) {
	for _, e := range p.entries(n, path) {
		if read, ok := known[e.name]; ok {
			read(e.value, e.path)
			continue
		}
		p.add(e.key.Line, e.key.Column, "unknown key %s%s", quote(e.name), DidYouMean(e.name, slices.Sorted(maps.Keys(known))))
	}
}

// byRule reads a mapping from rules to values into the map by rule ID.
func byRule[T any](p *parser, n *yaml.Node, path string, into map[string]T, read reader[T]) {
	for _, e := range p.entries(n, path) {
		rule, err := FindRule(p.rules, e.name)
		if err != nil {
			p.add(e.key.Line, e.key.Column, "%s: %w", path, err)
			continue
		}
		if _, twice := into[rule.ID]; twice {
			p.add(e.key.Line, e.key.Column, "%s: rule %s (%s) occurs twice", path, rule.ID, rule.Name)
			continue
		}
		if v, ok := read(e.value, e.path); ok {
			into[rule.ID] = v
		}
	}
}

// variables reads a mapping from names to values.
func (p *parser) variables(n *yaml.Node, path string) check.Env {
	var vars []check.Variable
	for _, e := range p.entries(n, path) {
		if v, ok := p.text(e.value, e.path); ok {
			vars = append(vars, check.Variable{Name: e.name, Value: v, At: p.at(e.key, e.path)})
		}
	}
	return check.NewEnv(vars, nil)
}

// entry is a key of a mapping with its value.
type entry struct {
	name, path string
	key, value *yaml.Node
}

// entries returns what a mapping holds. A key without a value may stand for an
// empty mapping, as when everything below it is commented out.
func (p *parser) entries(n *yaml.Node, path string) []entry {
	if isNull(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		p.want(n, path, "keys with values")
		return nil
	}
	var out []entry
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			p.want(key, path, "a word as key")
			continue
		}
		if line, twice := lines[key.Value]; twice {
			p.add(key.Line, key.Column, "the key %s occurs twice, first in line %d", quote(key.Value), line)
			continue
		}
		lines[key.Value] = key.Line
		full := strings.TrimPrefix(path+"."+key.Value, ".")
		out = append(out, entry{name: key.Value, path: full, key: key, value: n.Content[i+1]})
	}
	return out
}
