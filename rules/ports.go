// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// functionPort is the port that FunctionGraph talks to.
const functionPort = "8000"

// portHint is what a start command or a variable says about the port that the
// server will listen on.
type portHint struct {
	ports []string // those it names; none when only the running program knows
	what  string   // the words that say so: "--port 9000", "PORT=9000"
	at    check.Location
	fix   string // the mend
}

// anyProgram is how programs are read that have no place in the table.
var anyProgram = knownProgram{port: "--port", portVars: "PORT ASPNETCORE_HTTP_PORTS", bindVars: "ASPNETCORE_URLS"}

// portHint returns what the launch says about its port, or nil. An option
// counts before a variable, and that before the program's default.
func (l *launch) portHint(env check.Env) (*portHint, error) {
	k := l.known
	if k == nil {
		k = &anyProgram
	}
	if hint := l.optionHint(k); hint != nil {
		return hint, nil
	}
	if l.listenOn != "" {
		return &portHint{portsOf(l.listenOn), l.listenOn, l.call.At, inPlaceOf(l.listenOn, "0.0.0.0:"+functionPort)}, nil
	}
	if hint, err := l.variableHint(k, env); hint != nil || err != nil {
		return hint, err
	}
	if l.readsConfig(k) {
		return &portHint{what: "the configuration file of " + l.name, at: l.call.At}, nil
	}
	if k.defaultPort != "" {
		return &portHint{[]string{k.defaultPort}, "the default of " + l.name, l.call.At, l.told("port", k.portFix())}, nil
	}
	return l.variableHint(&anyProgram, env)
}

// mayServe reports whether the launch may well be a server of somebody's own: a
// script or module of an interpreter, or a program by its path.
func (l *launch) mayServe() bool {
	return l.script != "" || l.module != "" || l.inline || strings.Contains(l.call.Args[0], "/")
}

// optionHint joins the options that name ports: a server may listen on several.
func (l *launch) optionHint(k *knownProgram) *portHint {
	var hint *portHint
	for _, o := range l.options {
		bind := k.bind.has(o.name)
		if !bind && !k.port.has(o.name) || o.value == "" {
			continue
		}
		text, mend := o.text(o.value), o.text(functionPort)
		if bind {
			mend = o.text(schemeOf(o.value) + "0.0.0.0:" + functionPort)
		}
		if hint == nil {
			hint = &portHint{what: text, at: l.call.At, fix: inPlaceOf(text, mend)}
		} else {
			hint.what += ", " + text
		}
		if !l.call.IsUnexpanded(o.index) {
			hint.ports = append(hint.ports, portsOf(o.value)...)
		}
	}
	return hint
}

// inPlaceOf is the mend that replaces some words by others.
func inPlaceOf(text, mend string) string { return "write in place of " + brief(text) + ":\n\n" + mend }

// told is the mend that tells the program something by these words: a line of the
// Dockerfile, or arguments.
func (l *launch) told(what, words string) string {
	mend := "tell " + l.name + " the " + what
	if !strings.HasPrefix(words, "ENV ") {
		mend += ", behind its name in the start command"
	}
	return mend + ":\n\n" + words
}

// text returns the option with another value.
func (o option) text(value string) string {
	if o.joined {
		return o.name + "=" + value
	}
	return o.name + " " + value
}

func (l *launch) variableHint(k *knownProgram, env check.Env) (*portHint, error) {
	for _, name := range slices.Concat(k.bindVars.list(), k.portVars.list()) {
		value, at := l.call.Vars[name], l.call.At
		if value == "" {
			setting := env.Lookup(name)
			var err error
			if value, _, err = setting.Get(); err != nil {
				return nil, err
			}
			at = setting.At()
		}
		if value == "" {
			continue
		}
		text, mend := name+"="+value, name+"="+functionPort
		if k.bindVars.has(name) {
			mend = name + "=http://0.0.0.0:" + functionPort
		}
		if at.Base != "" {
			return &portHint{portsOf(value), text, at, "set it again, over what the base image says:\n\nENV " + mend}, nil
		}
		return &portHint{portsOf(value), text, at, inPlaceOf(text, mend)}, nil
	}
	return nil, nil
}

// readsConfig reports whether a configuration file decides about the port.
func (l *launch) readsConfig(k *knownProgram) bool {
	return k.configured || slices.ContainsFunc(l.options, func(o option) bool { return k.config.has(o.name) })
}

// portFix returns the words that make the program listen on the function's
// port.
func (k *knownProgram) portFix() string {
	switch {
	case k.port != "":
		return k.port.list()[0] + " " + functionPort
	case k.bind != "":
		return k.bind.list()[0] + " 0.0.0.0:" + functionPort
	case k.operand == addressOperand:
		return "0.0.0.0:" + functionPort
	default:
		return "ENV " + k.portVars.list()[0] + "=" + functionPort
	}
}

// schemeOf returns the scheme of an address with its slashes, without TLS, or "".
func schemeOf(address string) string {
	scheme, _, ok := strings.Cut(address, "://")
	switch {
	case !ok:
		return ""
	case scheme == "https":
		return "http://"
	case scheme == "ssl":
		return "tcp://"
	}
	return scheme + "://"
}

// portsOf returns the ports in a value as servers take it: "9000",
// "0.0.0.0:9000", "tcp://[::]:9000", "http://+:80;https://+:443".
func portsOf(value string) []string {
	var ports []string
	for _, address := range strings.FieldsFunc(value, func(r rune) bool { return r == ';' || r == ',' }) {
		if _, rest, ok := strings.Cut(address, "://"); ok {
			address, _, _ = strings.Cut(rest, "/")
		}
		port := address[strings.LastIndexByte(address, ':')+1:]
		if port != "" && strings.Trim(port, "0123456789") == "" {
			ports = append(ports, port)
		}
	}
	return ports
}
