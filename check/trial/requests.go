// SPDX-License-Identifier: Apache-2.0

package trial

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
)

// What is sent to functions.
// Sources: https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0103.html,
// https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html
const (
	helloWorld = `{"message":"helloworld"}`
	blankEvent = `{"key":"value"}`
	initBody   = `{}`
	// gatewayEvent is what a function behind API Gateway gets.
	gatewayEvent = `{"body":"","requestContext":{"apiId":"bc1dcffd-aa35-474d-897c-d53425a4c08e","requestId":"11cdcdcf33949dc6d722640a13091c77","stage":"RELEASE"},` +
		`"queryStringParameters":{"responseType":"html"},"httpMethod":"GET","pathParameters":{},` +
		`"headers":{"accept":"text/html","host":"apig.example.com","user-agent":"fgpreflight"},"path":"/apig-event-template","isBase64Encoded":false}`
)

// The purposes of requests, as check.Answer has them.
const (
	forHealth = "health"
	forInvoke = "invoke"
	forInit   = "init"
)

const (
	functionPort   = 8000
	pollInterval   = 10 * time.Millisecond
	defaultTimeout = 30 // seconds for an answer where the function's timeout is not given
	defaultMemory  = 128
)

// spec returns what the prober is told to do.
func (o *Options) spec() probe.Spec {
	f := o.Function
	wait := f.Timeout.Or(defaultTimeout)
	if f.Initialization.Or(false) {
		wait = max(wait, f.InitializerTimeout.Or(0))
	}
	return probe.Spec{
		Port:           functionPort,
		StartTimeout:   o.StartTimeout,
		PollInterval:   pollInterval,
		RequestTimeout: time.Duration(min(max(wait, 1), maxTimeout)) * time.Second,
		Requests:       o.requests(),
		Extra:          o.Extra,
	}
}

// maxTimeout is the longest timeout of a function, in seconds.
// Source: https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html
const maxTimeout = 259_200

// requests returns the requests in the order in which FunctionGraph would send
// them; the user's own event is the last.
func (o *Options) requests() []probe.Request {
	var list []probe.Request
	add := func(method, path, body, purpose string) {
		list = append(list, probe.Request{
			Method: method, Path: path, Header: headers(o.Function, len(list)), Body: []byte(body), Purpose: purpose,
		})
	}
	if o.Function.Type.Or(check.HTTP) == check.HTTP {
		add("GET", cmp.Or(o.Path, "/"), "", forHealth)
		add("POST", "/helloworld", helloWorld, forInvoke)
		return list
	}
	if o.Function.Initialization.Or(false) {
		add("POST", "/init", initBody, forInit)
	}
	add("POST", "/invoke", blankEvent, forInvoke)
	if o.Function.Trigger.Or("") == "apig" {
		add("POST", "/invoke", gatewayEvent, forInvoke)
	}
	if o.Event != nil {
		add("POST", "/invoke", string(o.Event), forInvoke)
	}
	return list
}

// headers returns the headers that FunctionGraph adds to the n-th request.
// Source: https://support.huaweicloud.com/eu/usermanual-functiongraph/functiongraph_01_1442.html
func headers(f *check.Function, n int) map[string]string {
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	h := map[string]string{
		"Content-Type":       "application/json",
		"X-CFF-Request-Id":   id,
		"X-CFF-Memory":       strconv.FormatInt(f.Memory.Or(defaultMemory), 10),
		"X-CFF-Timeout":      strconv.FormatInt(f.Timeout.Or(defaultTimeout), 10),
		"X-CFF-Func-Version": "latest",
		"X-CFF-Func-Name":    "0@default@" + f.Name.Or("function"),
		"X-CFF-Project-Id":   "00000000000000000000000000000000",
		"X-CFF-Package":      "default",
		"X-CFF-Region":       f.Region.Or("sa-brazil-1"),
	}
	if f.Type.Or(check.HTTP) == check.HTTP {
		h["X-APIG-Request-Id"], h["X-APIG-Source-Ip"], h["X-APIG-Source-Stage"] = id, "127.0.0.1", "RELEASE"
	}
	return h
}
