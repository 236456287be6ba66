// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// get sends GET / alone, with that outcome.
func get(outcome check.AnswerOutcome) func(*check.Trial) {
	return answers(met("GET", "/", "health", outcome))
}

// event sends POST /invoke alone.
func event(status int, body string) func(*check.Trial) {
	return answers(answered("POST", "/invoke", "invoke", status, body))
}

func ownEvent(t *check.Trial) { t.OwnEvent = true }

func expecting(status int) func(*check.Trial) {
	return func(t *check.Trial) { t.ExpectStatus = status }
}

// endedLate ends the container after its port was open.
func endedLate(t *check.Trial) {
	t.Exit, t.Stop = check.Exit{Ended: true, Code: 1}, check.Stop{}
}

func TestTrialHTTP(t *testing.T) {
	spoken := func(outcome check.AnswerOutcome, proto, text string) func(*check.Trial) {
		a := met("GET", "/", "health", outcome)
		a.Proto, a.Body = proto, []byte(text)
		return answers(a)
	}
	runTrialCases(t, []trialCase{
		{"answers", "FG106", nil, nil, nil, check.Pass, "GET / was answered with 200 by HTTP/1.1", ""},
		{"answers in the end", "FG106", answers(met("GET", "/", "health", check.Reset), answered("POST", "/helloworld", "invoke", 404, "")), nil, nil, check.Pass, "POST /helloworld was answered with 404", ""},
		{"TLS", "FG106", get(check.SpeaksTLS), nil, nil, check.Fail, "port 8000 speaks TLS", "switch TLS off"},
		{"HTTP/2", "FG106", get(check.SpeaksHTTP2), nil, nil, check.Fail, "HTTP/2 without upgrade", "HTTP/1.1"},
		{"SSH", "FG106", spoken(check.SpeaksOther, "SSH", "SSH-2.0-OpenSSH_9.2\r\n"), nil, nil, check.Fail, `does not speak HTTP but SSH: "SSH-2.0-OpenSSH_9.2"`, "HTTP server"},
		{"anything", "FG106", spoken(check.SpeaksOther, "", "\xff\x01"), nil, nil, check.Fail, "does not speak HTTP: ", "HTTP server"},
		{"closes", "FG106", get(check.Reset), nil, nil, check.Fail, `closed it without an answer; its log ends with "listening on 8000"`, "answer every request"},
		{"hangs", "FG106", get(check.Silent), nil, nil, check.Fail, "did not answer within 3.0 s", "--function-timeout <seconds>"},
		{"malformed", "FG106", get(check.Malformed), nil, nil, check.Fail, "breaks the grammar of HTTP/1: EOF", ""},
		{"incomplete", "FG106", get(check.Incomplete), nil, nil, check.Fail, "broke off or did not end within 3.0 s: EOF", "Content-Length"},
		{"refuses", "FG106", answers(met("GET", "/", "health", check.NotSent), met("GET", "/", "health", check.Refused)), nil, nil, check.Fail, "refused the connection", ""},
		{"of no kind", "FG106", get(99), nil, nil, check.Unknown, `the outcome "AnswerOutcome(99)"`, "defect"},
		{"nothing sent", "FG106", get(check.NotSent), nil, nil, check.Unknown, "no request could be sent", ""},
		{"ended at the first request", "FG106", all(get(check.Reset), endedLate), nil, nil, check.Unknown, "see FG801", ""},
		{"hangs for the network", "FG106", all(get(check.Silent), logged(failedLookUp)), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"TLS, and no network", "FG106", all(get(check.SpeaksTLS), logged(failedLookUp)), nil, nil, check.Fail, "speaks TLS", ""},
		{"as expected", "FG106", all(answers(answered("GET", "/ready", "health", 503, "")), expecting(503)), nil, nil, check.Pass, "GET /ready was answered with 503 by HTTP/1.1, as --expect-status asks", ""},
		{"not as expected", "FG106", all(answers(answered("GET", "/ready", "health", 404, "no"), answered("POST", "/helloworld", "invoke", 200, "")), expecting(200)), nil, nil, check.Fail, `GET /ready was answered with 404: "no", and --expect-status asks for 200`, "--path /<path> --expect-status <status>"},
		{"no answer where one is expected", "FG106", all(answers(met("GET", "/ready", "health", check.Reset), answered("POST", "/helloworld", "invoke", 200, "")), expecting(200)), nil, nil, check.Fail, "closed it without an answer", ""},
		{"not as expected for the network", "FG106", all(answers(answered("GET", "/", "health", 500, "")), logged(failedLookUp), expecting(200)), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"a server error is expected", "FG110", all(answers(answered("GET", "/", "health", 503, "")), expecting(503)), nil, nil, check.Pass, "GET / 503", ""},
		{"closed", "FG106", closed(), nil, nil, check.Unknown, "see FG101", ""},

		{"no 5xx", "FG110", nil, nil, nil, check.Pass, "GET / 200, POST /helloworld 404", ""},
		{"5xx", "FG110", answers(answered("GET", "/", "health", 503, "no database")), nil, nil, check.Fail, `GET / was answered with 503: "no database"; its log ends with`, "--path"},
		{"5xx in between", "FG110", answers(answered("GET", "/", "health", 200, ""), answered("GET", "/", "extra", 500, "")), nil, nil, check.Fail, "GET / was answered with 500", ""},
		{"5xx for the network", "FG110", all(answers(answered("GET", "/", "health", 500, "")), logged(failedLookUp)), nil, nil, check.Unknown, "", "pass --network bridge"},
		{"one closed", "FG110", answers(answered("GET", "/", "health", 200, ""), met("POST", "/helloworld", "invoke", check.Reset)), nil, nil, check.Fail, `POST /helloworld met "connection closed without an answer"`, "with 404"},
		{"one closed for the network", "FG110", all(answers(answered("GET", "/", "health", 200, ""), met("POST", "/helloworld", "invoke", check.Reset)), logged(failedLookUp)), nil, nil, check.Unknown, "", "pass --network bridge"},
		{"one not sent", "FG110", answers(met("GET", "/", "health", check.NotSent), answered("GET", "/", "health", 200, "x")), nil, nil, check.Pass, "GET / 200", ""},
		{"one served alone", "FG110", answers(answered("GET", "/", "health", 200, ""), met("POST", "/helloworld", "invoke", check.Silent)), nil, nil, check.Unknown, "see FG808", ""},
		{"ended in between", "FG110", all(answers(answered("GET", "/", "health", 200, ""), met("POST", "/helloworld", "invoke", check.Reset)), endedLate), nil, nil, check.Unknown, "see FG801", ""},
		{"no HTTP", "FG110", get(check.SpeaksTLS), nil, nil, check.Unknown, "see FG106", ""},
		{"no answer, ended", "FG110", all(get(check.Reset), endedLate), nil, nil, check.Unknown, "see FG801", ""},
		{"no answer for the network", "FG110", all(get(check.Silent), logged(failedLookUp)), nil, nil, check.Unknown, "", "pass --network bridge"},

		{"plain", "FG113", nil, nil, nil, check.Pass, "", ""},
		{"wrapped", "FG113", answers(answered("GET", "/", "health", 200, `{"statusCode":200,"isBase64Encoded":false,"body":"x","headers":{}}`)), nil, nil, check.Fail, "GET / was answered with the gateway's structure", "--function event"},
		{"a status of its own", "FG113", answers(answered("GET", "/", "health", 200, `{"statusCode":200}`)), nil, nil, check.Pass, "", ""},
		{"one lost", "FG113", answers(met("GET", "/", "health", check.NotSent), answered("GET", "/", "health", 200, "x")), nil, nil, check.Pass, "", ""},
		{"a long object", "FG113", answers(long(`{"body": "`)), nil, nil, check.Unknown, "64 KiB", "--path"},
		{"a long text", "FG113", answers(long("<html>")), nil, nil, check.Pass, "", ""},
		{"event", "FG113", nil, forEvent, nil, check.NotApplicable, "", ""},
	})
}

// long is an answer of which only the beginning was kept.
func long(begin string) check.Answer {
	a := answered("GET", "/", "health", 200, begin)
	a.BodySize = 1 << 20
	return a
}

func TestTrialSizesAndConnections(t *testing.T) {
	sized := func(size int64) func(*check.Trial) {
		a := answered("GET", "/", "health", 200, "x")
		a.BodySize = size
		return answers(answered("GET", "/x", "health", 200, ""), a)
	}
	first := answered("GET", "/", "health", 200, "")
	extra := answered("GET", "/", "extra", 200, "")
	runTrialCases(t, []trialCase{
		{"small", "FG111", nil, nil, nil, check.Pass, "the largest body, of POST /helloworld, has 12 bytes", ""},
		{"too large", "FG111", sized(6<<20 + 1), nil, nil, check.Fail, "at least 6291457 bytes, above 6 MB", "OBS"},
		{"too large in base64", "FG111", sized(5 << 20), nil, nil, check.Unknown, "6990508 in the base64", "on the platform"},
		{"of an event", "FG111", all(event(200, "x"), func(t *check.Trial) { t.Answers[0].BodySize = 6 << 20 }), forEvent, nil, check.Pass, "6291456 bytes", ""},
		{"no HTTP", "FG111", get(check.SpeaksTLS), nil, nil, check.Unknown, "see FG106", ""},

		{"several", "FG808", nil, nil, nil, check.Pass, "of its own: 2", ""},
		{"one", "FG808", answers(first), nil, nil, check.Unknown, "one request alone", "pass --requests 3"},
		{"first alone", "FG808", answers(first, met("POST", "/x", "invoke", check.Silent), met("POST", "/x", "extra", check.Refused)), nil, nil, check.Fail, "none of the 2 after it: no answer in time", "in a loop"},
		{"some lost", "FG808", answers(first, extra, met("GET", "/", "extra", check.Reset), extra, met("GET", "/", "extra", check.Silent)), nil, nil, check.Fail, "2 repetitions of GET / were not answered, though it had been before: connection closed", ""},
		{"a path that closes", "FG808", answers(first, met("POST", "/x", "invoke", check.Reset), met("POST", "/x", "extra", check.Reset)), nil, nil, check.Unknown, "see FG110", ""},
		{"the first path closes", "FG808", answers(met("GET", "/", "health", check.Reset), answered("POST", "/x", "invoke", 200, "")), nil, nil, check.Pass, "of its own: 1", ""},
		{"ended", "FG808", all(answers(first, met("GET", "/", "extra", check.Refused)), endedLate), nil, nil, check.Unknown, "see FG801", ""},
		{"not sent", "FG808", answers(first, extra, met("GET", "/", "extra", check.NotSent)), nil, nil, check.Pass, "of its own: 2", ""},
		{"no HTTP", "FG808", get(check.SpeaksTLS), nil, nil, check.Unknown, "see FG106", ""},
	})
}

// slow is an answer that took 6 s.
func slow(a check.Answer) check.Answer {
	a.Took = 6 * time.Second
	return a
}

func timeout(seconds int64) func(*check.Function) {
	return func(f *check.Function) { f.Timeout = check.Known(seconds, check.At("--function-timeout", "")) }
}

func initializing(seconds int64) func(*check.Function) {
	return func(f *check.Function) {
		f.InitializerTimeout = check.Known(seconds, check.At("--initializer-timeout", ""))
	}
}

func TestTrialEvents(t *testing.T) {
	init := func(status int) check.Answer { return answered("POST", "/init", "init", status, "") }
	invoke := func(status int) check.Answer { return answered("POST", "/invoke", "invoke", status, "said") }
	runTrialCases(t, []trialCase{
		{"HTTP function", "FG108", nil, nil, nil, check.NotApplicable, "", ""},
		{"2xx", "FG108", event(201, "done"), forEvent, nil, check.Pass, `POST /invoke was answered with 201: "done"`, ""},
		{"404", "FG108", event(404, "Cannot POST /invoke"), forEvent, nil, check.Fail, `404, so nothing serves that path: "Cannot POST /invoke"`, "--function http"},
		{"405", "FG108", event(405, ""), forEvent, nil, check.Fail, "405, so the path does not take POST", "let /invoke take POST"},
		{"500", "FG108", event(500, ""), forEvent, nil, check.Fail, "500, so the function failed; its log ends with", "mend what the log names"},
		{"500 for the network", "FG108", all(event(500, ""), logged(failedLookUp)), forEvent, nil, check.Unknown, "", "pass --network bridge"},
		{"401", "FG108", event(401, ""), forEvent, nil, check.Fail, "anything but 2xx", ""},
		{"302", "FG108", event(302, ""), forEvent, nil, check.Unknown, "302, which may be right", "pass --event FILE"},
		{"400", "FG108", event(400, "no key"), forEvent, nil, check.Unknown, `event of the template: "no key"`, "pass --event FILE"},
		{"422", "FG108", event(422, ""), forEvent, nil, check.Unknown, "", "pass --event FILE"},
		{"302 to an own event", "FG108", all(event(302, ""), ownEvent), forEvent, nil, check.Fail, "302, and anything but 2xx", ""},
		{"400 to an own event", "FG108", all(event(400, ""), ownEvent), forEvent, nil, check.Fail, "400, and anything but 2xx", ""},
		{"400, then an own event", "FG108", all(answers(invoke(400), invoke(200)), ownEvent), forEvent, nil, check.Pass, "", ""},
		{"no answer at all", "FG108", answers(met("POST", "/invoke", "invoke", check.Silent)), forEvent, nil, check.Unknown, "see FG106", ""},
		{"no answer to the event", "FG108", answers(init(200), met("POST", "/invoke", "invoke", check.Silent)), forEvent, nil, check.Fail, `POST /invoke met "no answer in time" after 3.0 s`, "within the function's timeout"},
		{"no answer for the network", "FG108", all(answers(init(200), met("POST", "/invoke", "invoke", check.Silent)), logged(failedLookUp)), forEvent, nil, check.Unknown, "", "pass --network bridge"},
		{"ended with the event", "FG108", all(answers(init(200), met("POST", "/invoke", "invoke", check.Reset)), endedLate), forEvent, nil, check.Unknown, "see FG801", ""},
		{"too late", "FG108", answers(slow(invoke(200))), all(forEvent, timeout(5)), nil, check.Fail, "POST /invoke was answered after 6.0 s, above the function's timeout of 5 s", "--function-timeout 7"},
		{"late", "FG108", answers(slow(invoke(200))), all(forEvent, timeout(6)), nil, check.Pass, "with 200", ""},
		{"no event", "FG108", answers(init(200)), forEvent, nil, check.Unknown, "no event was sent", ""},

		{"off", "FG109", event(200, ""), forEvent, nil, check.NotApplicable, "switched off", ""},
		{"answered", "FG109", answers(init(200), invoke(200)), withInitialization, nil, check.Pass, "POST /init was answered with 200", ""},
		{"any status", "FG109", answers(init(404), invoke(200)), withInitialization, nil, check.Pass, "with 404", ""},
		{"in time", "FG109", answers(met("POST", "/init", "init", check.Silent), invoke(200)), withInitialization, nil, check.Fail, "was not answered within 3.0 s", "--initializer-timeout 60"},
		{"too late", "FG109", answers(slow(init(200)), invoke(200)), all(withInitialization, initializing(5)), nil, check.Fail, "POST /init was answered after 6.0 s, above the initialization timeout of 5 s", "--initializer-timeout 7"},
		{"late", "FG109", answers(slow(init(200)), invoke(200)), all(withInitialization, initializing(6)), nil, check.Pass, "after 6.0 s", ""},
		{"closed", "FG109", answers(met("POST", "/init", "init", check.Reset), invoke(200)), withInitialization, nil, check.Fail, `met "connection closed`, "switch initialization off"},
		{"ended", "FG109", all(answers(met("GET", "/init", "init", check.Reset), invoke(200)), endedLate), withInitialization, nil, check.Unknown, "see FG801", ""},
		{"for the network", "FG109", all(answers(met("POST", "/init", "init", check.Silent), invoke(200)), logged(failedLookUp)), withInitialization, nil, check.Unknown, "", "pass --network bridge"},
		{"not sent", "FG109", event(200, ""), withInitialization, nil, check.Unknown, "was not sent", ""},
		{"no HTTP", "FG109", answers(met("POST", "/init", "init", check.SpeaksTLS)), withInitialization, nil, check.Unknown, "see FG106", ""},

		{"event, 2xx", "FG110", event(200, ""), forEvent, nil, check.Pass, "POST /invoke 200", ""},
		{"event, 500", "FG110", event(500, ""), forEvent, nil, check.Unknown, "see FG108", ""},
		{"event, 400", "FG110", event(400, ""), forEvent, nil, check.Unknown, "", "pass --event FILE"},
		{"template 500, own event 200", "FG110", all(answers(invoke(500), invoke(200)), ownEvent), forEvent, nil, check.Fail, "POST /invoke was answered with 500", ""},
		{"init 404", "FG110", answers(init(404), invoke(200)), withInitialization, nil, check.Fail, "POST /init was answered with 404, so the function is not initialized", "serve POST /init"},
		{"init 500", "FG110", answers(init(500), invoke(200)), withInitialization, nil, check.Fail, "POST /init was answered with 500", ""},
		{"init closed", "FG110", answers(met("POST", "/init", "init", check.Reset), invoke(200)), withInitialization, nil, check.Unknown, "see FG109", ""},

		{"no gateway", "FG112", event(200, ""), forEvent, nil, check.NotApplicable, "--trigger apig", ""},
		{"structure", "FG112", event(200, structure), withGateway, nil, check.Pass, "with statusCode 200", ""},
		{"text", "FG112", event(200, "hello"), withGateway, nil, check.Fail, `no JSON object: "hello"`, `{"statusCode": 200`},
		{"list", "FG112", event(200, "[]"), withGateway, nil, check.Fail, "no JSON object", ""},
		{"no statusCode", "FG112", event(200, strings.Replace(structure, "statusCode", "status", 1)), withGateway, nil, check.Fail, "an object that has no statusCode", "add statusCode"},
		{"status as text", "FG112", event(200, strings.Replace(structure, "200", `"200"`, 1)), withGateway, nil, check.Fail, `the statusCode "200", which is not a whole number`, "make statusCode a whole number"},
		{"status with a fraction", "FG112", event(200, strings.Replace(structure, "200", "200.5", 1)), withGateway, nil, check.Fail, "not a whole number", ""},
		{"headers as text", "FG112", event(200, strings.Replace(structure, "{}", `"x"`, 1)), withGateway, nil, check.Fail, "not an object", ""},
		{"no headers", "FG112", event(200, strings.Replace(structure, "{}", "null", 1)), withGateway, nil, check.Fail, "the headers null", ""},
		{"body as object", "FG112", event(200, strings.Replace(structure, `"hi"`, `{"a": 1}`, 1)), withGateway, nil, check.Fail, `the body {"a": 1}, which is not a string`, ""},
		{"flag as text", "FG112", event(200, strings.Replace(structure, "false", `"false"`, 1)), withGateway, nil, check.Fail, "not true or false", ""},
		{"long structure", "FG112", answers(func() check.Answer { a := long(structure[:20]); a.Purpose = "invoke"; return a }()), withGateway, nil, check.Unknown, "first 64 KiB", ""},
		{"refused event", "FG112", event(500, ""), withGateway, nil, check.Unknown, "see FG108", ""},
		{"questionable event", "FG112", event(400, ""), withGateway, nil, check.Unknown, "", "pass --event FILE"},
		{"no event", "FG112", answers(init(200)), withGateway, nil, check.Unknown, "no event was sent", ""},
	})
}

// structure is what API Gateway takes.
const structure = `{"statusCode":200,"headers":{},"body":"hi","isBase64Encoded":false}`
