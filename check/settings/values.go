// SPDX-License-Identifier: Apache-2.0

package settings

import (
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The tags that YAML gives to the values it knows.
const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	intTag   = "!!int"
	textTag  = "!!str"
	floatTag = "!!float"
	timeTag  = "!!timestamp"
)

// reader turns a value into a T, or notes why it is none.
type reader[T any] func(n *yaml.Node, path string) (T, bool)

// want notes that a value is not what was expected.
func (p *parser) want(n *yaml.Node, path, expected string) {
	if path != "" {
		path += ": "
	}
	p.add(n.Line, n.Column, "%swant %s, got %s", path, expected, describe(n))
}

func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias, which is not supported"
	case yaml.DocumentNode, yaml.ScalarNode:
	}
	if isNull(n) {
		return "nothing"
	}
	return quote(n.Value)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == nullTag }

// text accepts every plain value as it is written, since "1.0" and "true" are
// often meant as text.
func (p *parser) text(n *yaml.Node, path string) (string, bool) {
	switch n.ShortTag() {
	case textTag, intTag, floatTag, boolTag, timeTag:
		if n.Kind == yaml.ScalarNode {
			return n.Value, true
		}
	}
	p.want(n, path, "a text")
	return "", false
}

var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

func (p *parser) integer(n *yaml.Node, path string) (int64, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != intTag || !decimal.MatchString(n.Value) {
		p.want(n, path, "a whole number")
		return 0, false
	}
	v, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		p.want(n, path, "a number of at most 64 bits")
		return 0, false
	}
	return v, true
}

func (p *parser) boolean(n *yaml.Node, path string) (value, ok bool) {
	if n.Kind == yaml.ScalarNode && n.ShortTag() == boolTag {
		switch strings.ToLower(n.Value) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
	}
	p.want(n, path, "true or false")
	return false, false
}

func (p *parser) list(n *yaml.Node, path string) ([]string, bool) {
	if n.Kind != yaml.SequenceNode {
		p.want(n, path, "a list, as in [a, b]")
		return nil, false
	}
	out := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		v, ok := p.text(item, path)
		if !ok {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}

// reason accepts only what can be a reason.
func (p *parser) reason(n *yaml.Node, path string) (string, bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != textTag || strings.TrimSpace(n.Value) == "" {
		p.want(n, path, "the reason for skipping the rule")
		return "", false
	}
	return n.Value, true
}

// word returns the reader of a word that parse knows.
func word[T any](p *parser, parse func(string) (T, error)) reader[T] {
	return func(n *yaml.Node, path string) (T, bool) {
		var none T
		text, ok := p.text(n, path)
		if !ok {
			return none, false
		}
		v, err := parse(text)
		if err != nil {
			p.add(n.Line, n.Column, "%s: %w", path, err)
			return none, false
		}
		return v, true
	}
}
