// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"

	"github.com/fgpreflight/fgpreflight/check"
)

// checkFunc is the type of a rule's Check.
type checkFunc = func(context.Context, *check.Subject) (check.Verdict, error)

// forEvents limits a rule to event functions.
func forEvents(decide checkFunc) checkFunc {
	return func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		if s.Function().Type.Or(check.HTTP) != check.Event {
			return check.NotApplicablef("the function is an HTTP function; --function event makes it one for events"), nil
		}
		return decide(ctx, s)
	}
}

// forHTTP limits a rule to HTTP functions.
func forHTTP(decide checkFunc) checkFunc {
	return func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		if s.Function().Type.Or(check.HTTP) != check.HTTP {
			return check.NotApplicablef("the function is an event function"), nil
		}
		return decide(ctx, s)
	}
}

// whenInitializing limits a rule to event functions that have initialization
// switched on.
func whenInitializing(decide checkFunc) checkFunc {
	return forEvents(func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		if !s.Function().Initialization.Or(false) {
			return check.NotApplicablef("initialization is switched off"), nil
		}
		return decide(ctx, s)
	})
}

// triggerAPIG is the name of the API Gateway trigger in the settings.
const triggerAPIG = "apig"

// behindGateway limits a rule to event functions that API Gateway calls.
func behindGateway(decide checkFunc) checkFunc {
	return forEvents(func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
		if trigger := s.Function().Trigger.Or(""); trigger != triggerAPIG {
			return check.NotApplicablef("the function is not called by API Gateway; --trigger apig says that it is"), nil
		}
		return decide(ctx, s)
	})
}
