// SPDX-License-Identifier: Apache-2.0

package rules

import "github.com/fgpreflight/fgpreflight/check"

var answersHTTP = &check.Rule{
	ID:    "FG106",
	Name:  "answers-http",
	Title: "Port 8000 answers plain HTTP/1",
	Why: `TLS ends at the gateway: FunctionGraph speaks plain HTTP/1.1 to the container.
A server that expects TLS, speaks HTTP/2 without upgrade or another protocol,
or accepts connections and stays silent, makes every request fail although the
port is open.`,
	Fix: `Serve plain HTTP on port 8000. Switch TLS off in the server, and let HTTP/2
be optional.`,
	Source: []string{
		"https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html",
		"https://github.com/openeuler-mirror/yuanrong",
	},
	Severity: check.Error,
	Levels:   "X",
	Check:    onTrial(judgeAnswersHTTP),
}

func judgeAnswersHTTP(t *trial) check.Verdict {
	if v, ok := t.unserved(); ok {
		return v
	}
	if t.ExpectStatus != 0 {
		if a := t.lastAnswer(purposeHealth); a != nil && a.Outcome == check.Answered {
			return t.judgeExpected(a)
		}
	}
	var worst *check.Answer // the first that met something
	for i := range t.Answers {
		a := &t.Answers[i]
		switch {
		case a.Outcome == check.Answered && t.ExpectStatus == 0:
			return check.Passf(t.at, "%s was answered with %d by %s", requestName(a), a.Status, brief(a.Proto))
		case worst == nil && a.Outcome != check.NotSent:
			worst = a
		}
	}
	switch {
	case t.Exit.Ended:
		return check.SeeRule("FG801", "keeps-running")
	case worst != nil && t.mayNeedNetwork(*worst):
		return t.withoutNetwork()
	case worst == nil:
		return check.Unknownf("run it once more", "port 8000 was open, but no request could be sent")
	}
	return t.judgeNoAnswer(worst)
}

// judgeExpected is the verdict on the answer that the user asks a status of.
func (t *trial) judgeExpected(a *check.Answer) check.Verdict {
	switch request := requestName(a); {
	case a.Status == t.ExpectStatus:
		return check.Passf(t.at, "%s was answered with %d by %s, as --expect-status asks", request, a.Status, brief(a.Proto))
	case t.mayNeedNetwork(*a):
		return t.withoutNetwork()
	default:
		return check.Failf(t.at, "%s was answered with %d%s, and --expect-status asks for %d%s", request, a.Status, saying(a), t.ExpectStatus, t.logEnd()).
			WithFix("mend what the answer or the container's log names; if the request is not meant, choose another:\n\n--path /<path> --expect-status <status>")
	}
}

// judgeNoAnswer is the verdict on a request without a whole HTTP/1 answer.
func (t *trial) judgeNoAnswer(a *check.Answer) check.Verdict {
	switch request := requestName(a); a.Outcome {
	case check.SpeaksTLS:
		return check.Failf(t.at, "port 8000 speaks TLS, and %s came in plain HTTP", request).
			WithFix("switch TLS off for port 8000: take its certificate and key, and every ssl or https, out of the server's options and configuration")
	case check.SpeaksHTTP2:
		return check.Failf(t.at, "port 8000 speaks HTTP/2 without upgrade (h2c) and does not answer %s in HTTP/1.1", request).
			WithFix("let the server take HTTP/1.1, too; gRPC alone cannot be called by FunctionGraph")
	case check.SpeaksOther:
		return check.Failf(t.at, "port 8000 does not speak HTTP%s%s", protocolOf(a), saying(a)).
			WithFix("let an HTTP server listen on port 8000, and move what listens there now")
	case check.Reset:
		return check.Failf(t.at, "port 8000 took the connection for %s and closed it without an answer%s", request, t.logEnd()).
			WithFix("answer every request; where the log tells of a failed handler, mend that, and let no filter of addresses refuse 127.0.0.1")
	case check.Silent:
		return check.Failf(t.at, "port 8000 took the connection for %s and did not answer within %s", request, seconds(a.Took)).
			WithFix("answer within the function's timeout, or give it a longer one:\n\n--function-timeout <seconds>")
	case check.Malformed:
		return check.Failf(t.at, "the answer to %s breaks the grammar of HTTP/1: %s", request, brief(a.Error)).
			WithFix("let a web framework write the answer: a status line, headers of at most 64 KiB, an empty line, and the body of the length that is announced")
	case check.Incomplete:
		return check.Failf(t.at, "the answer to %s broke off or did not end within %s: %s", request, seconds(a.Took), brief(a.Error)).
			WithFix("send as many bytes as Content-Length announces, or the last chunk, and close the stream of an endless answer")
	case check.Refused:
		return check.Failf(t.at, "port 8000 was open and refused the connection for %s soon after", request).
			WithFix("keep the server listening: let it accept connections in a loop, and let no watcher restart it")
	case check.NotSent, check.Answered:
	}
	return check.Unknownf("report it as a defect of fgpreflight", "%s met the outcome %q", requestName(a), a.Outcome)
}

// protocolOf names the protocol of an answer that is not HTTP, where it is
// known.
func protocolOf(a *check.Answer) string {
	if a.Proto == "" {
		return ""
	}
	return " but " + brief(a.Proto)
}
