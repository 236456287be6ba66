// SPDX-License-Identifier: Apache-2.0

package shell

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// words expands the words of a command. One that only the running shell can
// expand stays one word, as written.
func (r *shellRun) words(list []*syntax.Word, s *scope) []word {
	var out []word
	for _, w := range list {
		if all, ok := r.allParams(w); ok {
			out = append(out, all...)
			continue
		}
		e := expander{run: r, scope: s}
		fields, ok := e.expand(w)
		if !ok {
			out = append(out, word{text: r.source(w), unexpanded: true})
			continue
		}
		for _, field := range fields {
			out = append(out, word{text: field})
		}
	}
	return out
}

// allParams returns the words that "$@" stands for.
func (r *shellRun) allParams(w *syntax.Word) ([]word, bool) {
	if len(w.Parts) != 1 {
		return nil, false
	}
	quoted, ok := w.Parts[0].(*syntax.DblQuoted)
	if !ok || len(quoted.Parts) != 1 {
		return nil, false
	}
	p, ok := quoted.Parts[0].(*syntax.ParamExp)
	if !ok || p.Exp != nil || !isPlain(p) || p.Param.Value != "@" {
		return nil, false
	}
	if r.lost {
		r.opaque("the value of \"$@\" is known only to the running shell")
		return nil, false
	}
	if len(r.params) == 0 {
		return nil, true
	}
	for _, param := range r.params[1:] {
		if !r.spend(len(param.text)) {
			return nil, false
		}
	}
	return r.params[1:], true
}

// expandValue expands a word where the shell makes one field of it, as in an
// assignment.
func (r *shellRun) expandValue(w *syntax.Word, s *scope) (string, bool) {
	e := expander{run: r, scope: s, whole: true}
	fields, ok := e.expand(w)
	return strings.Join(fields, ""), ok
}

// expander expands one word. Its methods return false where only the running
// shell knows the value.
type expander struct {
	run   *shellRun
	scope *scope
	whole bool // the word becomes one field, whatever is in it

	fields []string
	field  strings.Builder
	open   bool // field is one even if it is empty
}

func (e *expander) expand(w *syntax.Word) ([]string, bool) {
	if !e.parts(w.Parts, false) {
		return nil, false
	}
	e.close()
	return e.fields, true
}

func (e *expander) close() {
	if e.open || e.field.Len() > 0 {
		e.fields = append(e.fields, e.field.String())
	}
	e.field.Reset()
	e.open = false
}

func (e *expander) parts(parts []syntax.WordPart, quoted bool) bool {
	for i, part := range parts {
		if !e.part(part, quoted, i == 0) {
			return false
		}
	}
	return true
}

func (e *expander) part(part syntax.WordPart, quoted, first bool) bool {
	switch p := part.(type) {
	case *syntax.Lit:
		if quoted {
			return e.write(unescape(p.Value, "$`\"\\"))
		}
		return e.literal(p.Value, first)
	case *syntax.SglQuoted:
		e.open = true
		return (!p.Dollar || !strings.Contains(p.Value, `\`)) && e.write(p.Value)
	case *syntax.DblQuoted:
		e.open = true
		return e.parts(p.Parts, true)
	case *syntax.ParamExp:
		return e.param(p, quoted)
	}
	return false // Command substitution, arithmetic and the like.
}

func (e *expander) write(text string) bool {
	e.field.WriteString(text)
	return e.run.spend(len(text))
}

// literal adds unquoted text. Patterns stand for others, and so do lists in
// braces; sh may be a shell that knows those.
func (e *expander) literal(text string, first bool) bool {
	if first && strings.HasPrefix(text, "~") {
		return false
	}
	if !e.whole && hasUnescaped(text, "*?") || hasUnescaped(text, "{") && strings.ContainsAny(text, ",.") {
		return false
	}
	return e.write(unescape(text, ""))
}

// hasUnescaped reports whether one of the characters is in the text without a
// backslash before it.
func hasUnescaped(text, chars string) bool {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.IndexByte(chars, text[i]) >= 0:
			return true
		}
	}
	return false
}

// unescape removes backslashes: those before one of the characters, or all when
// there are none.
func unescape(text, before string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) && (before == "" || strings.IndexByte(before, text[i+1]) >= 0) {
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// param adds the value of a parameter, taken apart at white space where it is
// not quoted.
func (e *expander) param(p *syntax.ParamExp, quoted bool) bool {
	value, ok := e.value(p)
	switch {
	case !ok:
		return false
	case quoted || e.whole || e.run.lang == syntax.LangZsh:
		return e.write(value)
	case strings.ContainsAny(value, "*?["):
		return false
	case e.scope.lookup("IFS").state != absent:
		return false
	}
	return e.split(value)
}

func (e *expander) split(value string) bool {
	const space = " \t\n"
	if value != "" && strings.ContainsRune(space, rune(value[0])) {
		e.close()
	}
	for i, field := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune(space, r) }) {
		if i > 0 {
			e.close()
		}
		if !e.write(field) {
			return false
		}
	}
	if value != "" && strings.ContainsRune(space, rune(value[len(value)-1])) {
		e.close()
	}
	return true
}

// isPlain reports whether a parameter is $name, ${name} or ${name-word} and the
// like, nothing rarer.
func isPlain(p *syntax.ParamExp) bool {
	return p.Param != nil && p.Flags == nil && !p.Excl && !p.Length && !p.Width && !p.IsSet &&
		p.Split == syntax.OptUnset && p.GlobSubst == syntax.OptUnset && p.RcExpand == syntax.OptUnset &&
		p.NestedParam == nil && p.Index == nil && len(p.Modifiers) == 0 && p.Slice == nil && p.Repl == nil && p.Names == 0
}

// value returns the value of a parameter, false where it is not certain.
func (e *expander) value(p *syntax.ParamExp) (string, bool) {
	if !isPlain(p) {
		return "", false
	}
	v := e.variable(p.Param.Value)
	if p.Exp == nil {
		return v.value, v.state == known || v.state == unset
	}
	if v.state == unknown || v.state == absent && mayBeSetByPlatform(p.Param.Value) {
		return "", false
	}
	return e.operator(p, v)
}

// variable returns a variable or a positional parameter.
func (e *expander) variable(name string) variable {
	n, err := strconv.Atoi(name)
	if err != nil {
		if !syntax.ValidName(name) {
			return variable{state: unknown}
		}
		return e.scope.lookup(name)
	}
	switch params := e.run.params; {
	case e.run.lost || n == 0 && len(params) == 0 || n < 0:
		return variable{state: unknown}
	case n >= len(params):
		return variable{state: unset}
	case params[n].unexpanded:
		return variable{state: unknown}
	default:
		return variable{value: params[n].text, state: known}
	}
}

// operator returns the value of ${name-word} and the like for a variable that is
// known, or not set.
func (e *expander) operator(p *syntax.ParamExp, v variable) (string, bool) {
	op, notEmpty := strings.CutPrefix(p.Exp.Op.String(), ":")
	isSet := v.state == known && (v.value != "" || !notEmpty)
	switch {
	case op == "+" && isSet:
		return e.fallback(p.Exp.Word)
	case op == "+":
		return "", true
	case (op == "-" || op == "=" || op == "?") && isSet:
		return v.value, true
	case op == "-":
		return e.fallback(p.Exp.Word)
	case op == "=":
		value, ok := e.fallback(p.Exp.Word)
		if ok && syntax.ValidName(p.Param.Value) {
			e.scope.assign(p.Param.Value, variable{value: value, state: known})
		}
		return value, ok
	}
	return "", false
}

// fallback expands the word behind an operator.
func (e *expander) fallback(w *syntax.Word) (string, bool) {
	if w == nil {
		return "", true
	}
	text, ok := e.run.expandValue(w, e.scope)
	// Quotes in the word would protect the spaces in it, which is not followed.
	quoted := ok && w.Lit() == "" && strings.ContainsAny(text, " \t\n*?[")
	return text, ok && !quoted
}
