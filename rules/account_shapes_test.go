// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"errors"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/rules"
)

// TestMendOfFlag shows that a variable given by a flag is mended in the flag.
func TestMendOfFlag(t *testing.T) {
	function := &check.Function{Env: check.NewEnv([]check.Variable{
		{Name: "HOME", Value: "app", At: check.Location{Artifact: "--env", Key: "HOME"}},
	}, nil)}
	config := func(context.Context) (*check.Config, error) { return &check.Config{}, nil }
	subject := check.NewSubject(check.Info{}, function, check.Provider{Config: config})
	got, err := check.Find(rules.All, "FG501").Check(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if want := "begin it with a slash:\n\n--env HOME=/app"; got.Fix != want {
		t.Errorf("got the mend %q, want %q", got.Fix, want)
	}
}

// TestPartlyUnknown shows that the rules on users report the gap where what they
// need is the unknown part of a fact.
func TestPartlyUnknown(t *testing.T) {
	gap := errors.New("unknown for the test")
	user := func(u check.User) check.Provider {
		return check.Provider{User: func(context.Context, *check.Subject) (*check.User, error) { return &u, nil }}
	}
	withAccounts := func(p check.Provider, a *check.Accounts, err error) check.Provider {
		p.Accounts = func(context.Context, *check.Subject) (*check.Accounts, error) { return a, err }
		return p
	}
	start := func(env check.Env, err error) check.Provider {
		return check.Provider{
			Config: func(context.Context) (*check.Config, error) { return &check.Config{Env: env}, err },
			Command: func(context.Context, *check.Subject) (*check.Command, error) {
				args := []string{"/app/server"}
				return &check.Command{Args: args, At: []check.Location{{}}, Calls: []check.Call{{Args: args}}}, nil
			},
		}
	}
	users, groups := []check.Account{{Name: "other", UID: check.DefaultID}}, []check.Group{{Name: "other", GID: check.DefaultID}}
	noUser, noGroup := user(check.User{Spec: "app", Problem: check.NoSuchUser}), user(check.User{Spec: "1003:app", Problem: check.NoSuchGroup})
	noVariables := start(check.Env{}, gap)
	noVariables.User = user(check.User{UID: check.DefaultID}).User
	for _, tt := range []struct {
		name, rule string
		provider   check.Provider
	}{
		{"group", "FG203", user(check.User{UID: check.DefaultID, GID: check.Missing[int64](gap)})},
		{"user", "FG205", withAccounts(check.Provider{}, &check.Accounts{Groups: groups, Rest: gap}, nil)},
		{"group", "FG205", withAccounts(check.Provider{}, &check.Accounts{Users: users, Rest: gap}, nil)},
		{"accounts", "FG206", withAccounts(noUser, nil, gap)},
		{"accounts for the group", "FG206", withAccounts(noGroup, nil, gap)},
		{"other users", "FG206", withAccounts(noUser, &check.Accounts{Groups: groups, Rest: gap}, nil)},
		{"groups", "FG206", withAccounts(noUser, &check.Accounts{Users: users, Rest: gap}, nil)},
		{"other groups", "FG206", withAccounts(noGroup, &check.Accounts{Users: users, Rest: gap}, nil)},
		{"variables", "FG506", noVariables},
		{"variables", "FG209", start(check.Env{}, gap)},
		{"variables for the port", "FG209", start(check.NewEnv(nil, gap), nil)},
	} {
		t.Run(tt.rule+" "+tt.name, func(t *testing.T) {
			subject := check.NewSubject(check.Info{}, &check.Function{}, tt.provider)
			if got, err := check.Find(rules.All, tt.rule).Check(t.Context(), subject); !errors.Is(err, gap) {
				t.Errorf("got %s (%s), error %v; want the error %v", got.Outcome, got.Message, err, gap)
			}
		})
	}
}

// TestEmptyCall shows that FG209 takes a call of nothing, which a source may
// leave of an odd script, for harmless.
func TestEmptyCall(t *testing.T) {
	got := decide(t, "FG209", check.Provider{
		Config: func(context.Context) (*check.Config, error) { return &check.Config{}, nil },
		Command: func(context.Context, *check.Subject) (*check.Command, error) {
			return &check.Command{Args: []string{"sh"}, At: []check.Location{{}}, Calls: []check.Call{{}}}, nil
		},
	})
	if got.Outcome != check.Pass {
		t.Errorf("got %s (%s), want pass", got.Outcome, got.Message)
	}
}
