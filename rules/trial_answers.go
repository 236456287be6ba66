// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// The purposes of requests that rules ask for.
const (
	purposeHealth = "health"
	purposeInvoke = "invoke"
	purposeInit   = "init"
	purposeExtra  = "extra"
)

// lastAnswer returns the last answer to a request for the purpose, or nil. Of
// events it is the one that tells most: the user's own comes after those of
// the templates.
func (t *trial) lastAnswer(purpose string) *check.Answer {
	for i := range slices.Backward(t.Answers) {
		if a := &t.Answers[i]; a.Purpose == purpose && a.Outcome != check.NotSent {
			return a
		}
	}
	return nil
}

// requestName names the request of an answer: "POST /invoke".
func requestName(a *check.Answer) string { return brief(a.Method + " " + a.Path) }

// Statuses that rules speak of.
const (
	statusBadRequest       = 400
	statusNotFound         = 404
	statusMethodNotAllowed = 405
	statusUnprocessable    = 422
	statusServerError      = 500 // and above
)

func isSuccess(status int) bool { return status >= 200 && status <= 299 }

func isRedirect(status int) bool { return status >= 300 && status <= 399 }

// exceeds reports whether an answer took longer than the timeout in seconds
// allows; one that is not given allows anything.
func exceeds(a *check.Answer, timeout check.Setting[int64]) bool {
	return timeout.IsSet() && a.Took > time.Duration(timeout.Or(0))*time.Second
}

// roundedUp returns the whole seconds that are enough for so long a time.
func roundedUp(d time.Duration) int64 { return int64(d/time.Second) + 1 }

// saying returns the beginning of an answer's body as a clause, or "".
func saying(a *check.Answer) string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(a.Body), "\ufffd"))
	if text == "" {
		return ""
	}
	return fmt.Sprintf(": %q", brief(text))
}

// gatewayMembers are what a response of API Gateway's structure consists of.
// Source: https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1047.html
const gatewayMembers words = "statusCode headers body isBase64Encoded"

// isCut reports whether only the beginning of the body was kept.
func isCut(a *check.Answer) bool { return a.BodySize > int64(len(a.Body)) }

// objectOf returns the members of a body that is a JSON object, or nil.
func objectOf(body []byte) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) != nil {
		return nil
	}
	return object
}

// mayBeGateway reports whether the beginning of a body can be that of API
// Gateway's structure.
func mayBeGateway(begin []byte) bool {
	text := strings.TrimSpace(string(begin))
	return strings.HasPrefix(text, "{") && slices.ContainsFunc(gatewayMembers.list(), func(name string) bool {
		return strings.Contains(text, `"`+name+`"`)
	})
}
