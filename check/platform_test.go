// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"context"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

// TestReportPlatform shows that a report tells the platform by the config where the
// target did not, and only once a rule has asked for that.
func TestReportPlatform(t *testing.T) {
	at := check.At(check.ArtifactConfig, "os")
	config := &check.Config{OS: check.Known("linux", at), Architecture: check.Known("arm64", at)}
	for _, test := range []struct {
		name   string
		info   check.Info
		config *check.Config
		asks   bool
		want   string
	}{
		{"asked", check.Info{}, config, true, "linux/arm64"},
		{"not asked", check.Info{}, config, false, ""},
		{"told by the target", check.Info{Platform: "linux/arm64/v8"}, config, true, "linux/arm64/v8"},
		{"no architecture", check.Info{}, &check.Config{OS: config.OS}, true, ""},
		{"no system", check.Info{}, &check.Config{Architecture: config.Architecture}, true, ""},
	} {
		subject := check.NewSubject(test.info, &check.Function{}, check.Provider{
			Config: func(context.Context) (*check.Config, error) { return test.config, nil },
		})
		rule := &check.Rule{ID: "FG000", Check: func(ctx context.Context, s *check.Subject) (check.Verdict, error) {
			if test.asks {
				_, err := s.Config(ctx)
				return check.Verdict{}, err
			}
			return check.Verdict{}, nil
		}}
		if got := check.Run(t.Context(), subject, []*check.Rule{rule}, check.Policy{}).Info.Platform; got != test.want {
			t.Errorf("%s: platform %q, want %q", test.name, got, test.want)
		}
	}
}
