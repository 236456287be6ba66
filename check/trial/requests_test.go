// SPDX-License-Identifier: Apache-2.0

package trial_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/trial"
)

func TestRequests(t *testing.T) {
	at := check.Location{Artifact: "test"}
	event := check.Known(check.Event, at)
	const blank = `invoke POST /invoke {"key":"value"}`
	for name, c := range map[string]struct {
		options trial.Options
		want    []string // the purpose, the request and the beginning of the body
		timeout time.Duration
	}{
		"HTTP": {
			trial.Options{Function: &check.Function{}},
			[]string{"health GET /", `invoke POST /helloworld {"message":"helloworld"}`},
			30 * time.Second,
		},
		"a path": {
			trial.Options{Function: &check.Function{Timeout: check.Known(int64(3), at)}, Path: "/ready?deep=1", ExpectStatus: 204},
			[]string{"health GET /ready?deep=1", `invoke POST /helloworld {"message":"helloworld"}`},
			3 * time.Second,
		},
		"event": {trial.Options{Function: &check.Function{Type: event}, Path: "/ready"}, []string{blank}, 30 * time.Second},
		"initialization": {
			trial.Options{Function: &check.Function{Type: event, Initialization: check.Known(true, at), InitializerTimeout: check.Known(int64(100), at)}},
			[]string{"init POST /init {}", blank},
			100 * time.Second,
		},
		"gateway, and an event": {
			trial.Options{Function: &check.Function{Type: event, Trigger: check.Known("apig", at)}, Event: []byte("mine")},
			[]string{blank, `invoke POST /invoke {"body":"","requestContext"`, "invoke POST /invoke mine"},
			30 * time.Second,
		},
		"no timeout that there is": {
			trial.Options{Function: &check.Function{Type: event, Timeout: check.Known(int64(-1), at)}}, []string{blank}, time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.options.Extra = 4
				f := &fake{behave: always(start{events: serving})}
				told, err := run(t.Context(), t, f, c.options)
				if err != nil {
					t.Fatal(err)
				}
				spec := f.specs[0]
				var got []string
				for i, r := range spec.Requests {
					text := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Purpose, r.Method, r.Path, r.Body))
					got = append(got, text[:min(len(text), len(c.want[min(i, len(c.want)-1)]))])
					if id := r.Header["X-CFF-Request-Id"]; id != fmt.Sprintf("00000000-0000-4000-8000-%012d", i) {
						t.Errorf("request %d has the ID %q", i, id)
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("-want +got:\n%s", diff)
				}
				if spec.Port != 8000 || spec.StartTimeout <= time.Minute || spec.RequestTimeout != c.timeout || spec.Extra != 4 {
					t.Errorf("got %+v, want the timeout %v", spec, c.timeout)
				}
				if told.ExpectStatus != c.options.ExpectStatus {
					t.Errorf("the status %d is expected", told.ExpectStatus)
				}
				if told.OwnEvent != (c.options.Event != nil) {
					t.Errorf("the own event: %v", told.OwnEvent)
				}
			})
		})
	}
}
