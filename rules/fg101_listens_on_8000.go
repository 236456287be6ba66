// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

var listensOn8000 = &check.Rule{
	ID:    "FG101",
	Name:  "listens-on-8000",
	Title: "A server accepts connections on port 8000 in time",
	Why: `FunctionGraph calls the function at port 8000 and no setting changes the port.
It polls that port from the moment the container starts; where nothing answers
in time, creating the instance fails with 4211 or 4012, "timeout waiting for
http server running", and every request with it.`,
	Fix: `Let the server listen on port 8000 of all IPv4 addresses. Most servers take
the port from a flag or a variable:

	ENV PORT=8000`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    checkListensOn8000,
}

func checkListensOn8000(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	t, err := trialOf(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	if t.Listening > 0 {
		return check.Passf(t.at, "port 8000 was open %s after the start", seconds(t.Listening)), nil
	}
	if v, ok := t.explained(); ok {
		return v, nil
	}
	env, err := envAround(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	hint, err := t.toldPort(env)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case t.lacksNetwork() && !t.listensAsTold(hint):
		return t.withoutNetwork(), nil // it may yet be about to listen
	}
	return t.judgeClosedPort(hint), nil
}

// toldPort returns what the start command says about the port of the last
// program in it that says anything, or nil. Where it says nothing that is
// known, it is the word or variable that has the port of a listener.
func (t *trial) toldPort(env check.Env) (*portHint, error) {
	for _, l := range slices.Backward(t.launches()) {
		if hint, err := l.portHint(env); hint != nil || err != nil && !isUnavailable(err) {
			return hint, err
		}
	}
	for _, l := range socketsOf(t.Listeners).elsewhere {
		if hint := t.wordWithPort(strconv.Itoa(l.Port), env); hint != nil {
			return hint, nil
		}
	}
	return nil, nil
}

// wordWithPort returns the argument or variable that has the port, or nil.
func (t *trial) wordWithPort(port string, env check.Env) *portHint {
	inWord := func(word, value string, at check.Location) *portHint {
		if !slices.Contains(portsOf(value), port) {
			return nil
		}
		return &portHint{[]string{port}, word, at, inPlaceOf(word, strings.ReplaceAll(word, port, functionPort))}
	}
	for _, l := range t.launches() {
		for _, word := range l.call.Args[1:] {
			_, value, isPair := strings.Cut(word, "=")
			if !isPair {
				value = word
			}
			if hint := inWord(word, value, l.call.At); hint != nil {
				return hint
			}
		}
	}
	for _, v := range env.All() {
		if hint := inWord(v.Name+"="+v.Value, v.Value, v.At); hint != nil && v.At.Base == "" {
			return hint
		}
	}
	return nil
}

// judgeClosedPort is the verdict on a container that runs and takes no
// connection on port 8000.
func (t *trial) judgeClosedPort(hint *portHint) check.Verdict {
	seen, waited := socketsOf(t.Listeners), seconds(t.Waited)
	unseen, isUnseen := errors.AsType[*check.UnavailableError](t.NoListeners)
	switch {
	case isUnseen:
		return check.Unknownf(unseen.Hint, "port 8000 took no connection within %s, and whether it is open on loopback cannot be seen: %s", waited, unseen.Why)
	case len(seen.onPort) > 0:
		return t.judgeOutOfReach(seen.onPort)
	case len(seen.elsewhere) > 0:
		at, told, fix := t.otherPort(seen.elsewhere, hint)
		return check.Failf(at, "the server listens on %s and not on port 8000%s%s", socketNames(seen.elsewhere), told, t.withPrivileges()).WithFix("%s", cut(fix, maxMend))
	case slices.ContainsFunc(seen.datagrams, isDatagramOnPort):
		return check.Failf(t.at, "port 8000 is open for UDP alone, and nothing takes TCP connections").
			WithFix("serve HTTP/1.1 over TCP on port 8000; HTTP/3 and other protocols over UDP are not used by FunctionGraph")
	case len(seen.datagrams) > 0:
		return check.Failf(t.at, "the program waits for UDP datagrams at %s, and for TCP connections nowhere", socketNames(seen.datagrams)).
			WithFix("serve HTTP over TCP on port 8000")
	default:
		return check.Failf(t.at, "the program runs and listens on no port %s after its start%s%s", waited, t.logEnd(), t.withPrivileges()).
			WithFix("start a server that listens on port 8000; if it needs longer to start, wait for it:\n\n--start-timeout 300s")
	}
}

// judgeOutOfReach is the verdict on sockets with port 8000 that take no
// connection to 127.0.0.1.
func (t *trial) judgeOutOfReach(onPort []check.Listener) check.Verdict {
	switch names := socketNames(onPort); {
	case !slices.ContainsFunc(onPort, func(l check.Listener) bool { return !isIPv6(l) }):
		return check.Failf(t.at, "port 8000 is open for IPv6 alone (%s), and FunctionGraph calls 127.0.0.1", names).
			WithFix("bind the server to 0.0.0.0 in place of its IPv6 address, or switch off that its socket is for IPv6 alone (IPV6_V6ONLY, ipv6only)")
	case !slices.ContainsFunc(onPort, isWide):
		return check.Failf(t.at, "port 8000 is open at %s alone, and FunctionGraph calls 127.0.0.1", names).
			WithFix("bind the server to 0.0.0.0, which is every IPv4 address of the container")
	default:
		return check.Failf(t.at, "port 8000 is open (%s) and took no connection within %s", names, seconds(t.Waited)).
			WithFix("let the server accept connections as soon as it listens, and start it without a firewall")
	}
}

// listensAsTold reports whether the server listens on a port that its start
// names, so that nothing is left to wait for.
func (t *trial) listensAsTold(hint *portHint) bool {
	return hint != nil && slices.ContainsFunc(socketsOf(t.Listeners).elsewhere, func(l check.Listener) bool {
		return slices.Contains(hint.ports, strconv.Itoa(l.Port))
	})
}

// isWide reports whether every IPv4 address, or 127.0.0.1, reaches the
// listener.
func isWide(l check.Listener) bool { return l.Address == "0.0.0.0" || l.Address == "127.0.0.1" }

// otherPort returns what leads the server to another port, as far as its start
// tells, and the mend.
func (t *trial) otherPort(elsewhere []check.Listener, hint *portHint) (at check.Location, told, fix string) {
	port := strconv.Itoa(elsewhere[0].Port)
	switch {
	case hint == nil:
		return t.at, "", "let the server listen on port 8000 in place of " + port + "; many take it from a variable:\n\nENV PORT=8000"
	case t.listensAsTold(hint):
		return hint.at, ", by " + brief(hint.what), hint.fix
	case slices.Contains(hint.ports, functionPort):
		return hint.at, ", whatever " + brief(hint.what) + " says", "write 8000 in place of " + port + " in the program's source or configuration, which does not follow " + brief(hint.what)
	default:
		return hint.at, ", which " + brief(hint.what) + " decides", "write 8000 in place of " + port + " where the server has its port from: " + brief(hint.what)
	}
}
