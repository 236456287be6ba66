// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var listeningAddress = &check.Rule{
	ID:    "FG102",
	Name:  "listening-address",
	Title: "The server listens on all interfaces",
	Why: `The platform calls the function from inside the container's network, by a process
of its own beside the server that dials 127.0.0.1:8000, so a server that listens on loopback alone probably works. The image
samples all listen on every interface, and a server on IPv6 loopback alone is
never reached.`,
	Fix: `Bind the server to 0.0.0.0, for instance

	uvicorn main:app --host 0.0.0.0 --port 8000`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Warning,
	Levels:   "X",
	Check:    checkListeningAddress,
}

func checkListeningAddress(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	t, err := trialOf(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	if v, ok := t.unserved(); ok {
		return v, nil
	}
	if t.NoListeners != nil {
		return check.Verdict{}, t.NoListeners
	}
	onPort := socketsOf(t.Listeners).onPort
	names := socketNames(onPort)
	switch {
	case len(onPort) == 0:
		return check.Unknownf("run it once more", "port 8000 was open, but not when its address was looked for"), nil
	case slices.ContainsFunc(onPort, func(l check.Listener) bool { return !isLoopback(l) }):
		return check.Passf(t.at, "the server listens on %s", names), nil
	}
	env, err := envAround(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	at, fix := t.at, "bind the server to 0.0.0.0 in place of 127.0.0.1 or localhost, in its start command or its source"
	for _, l := range slices.Backward(t.launches()) {
		if words := l.wideAddress(env); words != "" {
			at, fix = l.call.At, words
			break
		}
	}
	return check.Failf(at, "the server listens on loopback alone (%s)", names).WithFix("%s", cut(fix, maxMend)), nil
}

// loopbackHosts are the names of loopback that options have.
const loopbackHosts words = "127.0.0.1 localhost ::1 [::1]"

// hostOptions are the options by which servers are told their address.
const hostOptions words = "--host --hostname --address --bind"

// wideAddress returns what to write for the server to listen on every address,
// or "" where its start does not tell how.
func (l *launch) wideAddress(env check.Env) string {
	for _, o := range l.options {
		if loopbackHosts.has(o.value) {
			return inPlaceOf(o.text(o.value), o.text("0.0.0.0"))
		}
	}
	hint, err := l.portHint(env)
	if err == nil && hint != nil && slices.ContainsFunc(loopbackHosts.list(), func(host string) bool { return strings.Contains(hint.what, host) }) {
		return hint.fix
	}
	if l.known == nil {
		return ""
	}
	for _, name := range hostOptions.list() {
		if l.known.valued.has(name) {
			return l.told("address", name+" 0.0.0.0")
		}
	}
	if l.known.bind != "" {
		return l.told("address and port", l.known.bind.list()[0]+" 0.0.0.0:"+functionPort)
	}
	return ""
}
