// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// Brief shortens a value for a message.
var Brief = brief

// Recognised returns what is read from a call, in words, under the variables.
func Recognised(call check.Call, env check.Env) string {
	l := recognise(call)
	var out strings.Builder
	out.WriteString(l.name)
	note := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "; %s %s", name, value)
		}
	}
	if l.script != "" {
		note("script", fmt.Sprintf("%s (%d)", l.script, l.scriptIndex))
	}
	note("module", l.module)
	note("in", l.searchDir)
	note("path", l.searchPath)
	note("project", l.projectDir)
	if l.known == nil {
		note("not", "known")
	}
	if l.inline {
		note("text", "inline")
	}
	if l.repl {
		note("alone", fmt.Sprintf("%q", l.known.idle))
	}
	if l.needs != nil {
		note("needs", string(l.needs.project))
	}
	if l.work != nil {
		note("first", l.work.name+" "+l.work.work)
	}
	hint, err := l.portHint(env)
	switch {
	case err != nil:
		note("port error", err.Error())
	case hint != nil:
		note("port", fmt.Sprintf("%q by %s, else %q", hint.ports, hint.what, hint.fix))
	}
	if leaves, why, fix := l.leaves(); leaves {
		note("leaves"+why, fmt.Sprintf("%q", fix))
	}
	return out.String()
}

// KnownWords returns the source of each known program with every name, option,
// variable and argument that the table has for it.
func KnownWords() map[string][]string {
	out := map[string][]string{}
	for _, k := range knownPrograms {
		for _, list := range []words{
			k.names, k.sub, k.module, k.valued, k.inline, k.script, k.modules, k.chdir, k.search, k.root, k.port, k.bind, k.portVars, k.bindVars, k.config, k.workFlags,
		} {
			out[k.source] = append(out[k.source], list.list()...)
		}
		out[k.source] = append(out[k.source], slices.Concat(k.daemon, k.foreground)...)
	}
	return out
}
