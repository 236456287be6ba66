// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// platform is a platform as indexes and configs name one.
type platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant"`

	demanded bool // the user asked for it, so that no other will do
}

// String returns "linux/arm64/v8", or "" for the zero value. Like all that comes
// from outside it is bounded.
func (p platform) String() string {
	return oneLine(strings.Trim(p.OS+"/"+p.Architecture+"/"+p.Variant, "/"))
}

// component is an operating system, architecture or variant.
var component = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// parsePlatform reads a platform that the user demands. An empty text is the
// wish for linux/amd64.
func parsePlatform(text string) (platform, error) {
	if text == "" {
		return platform{OS: "linux", Architecture: "amd64"}, nil
	}
	parts := strings.Split(text, "/")
	ok := len(parts) == 2 || len(parts) == 3
	for _, part := range parts {
		ok = ok && component.MatchString(part)
	}
	if !ok {
		return platform{}, &Error{
			Err:    fmt.Errorf("the platform %q is not of the form os/arch or os/arch/variant", text),
			WayOut: "write --platform linux/amd64",
			Usage:  true,
		}
	}
	p := platform{OS: parts[0], Architecture: parts[1], demanded: true}
	if len(parts) == 3 {
		p.Variant = parts[2]
	}
	return p.normal(), nil
}

// normal returns the platform in the spelling of image configs.
func (p platform) normal() platform {
	p.OS, p.Architecture = strings.ToLower(p.OS), strings.ToLower(p.Architecture)
	switch p.Architecture {
	case "x86_64", "x86-64":
		p.Architecture = "amd64"
	case "aarch64":
		p.Architecture = "arm64"
	}
	return p
}

// matches reports whether an image for the platform have is what p asks for.
// A variant counts only when p has one; the first of arm64 is the default.
func (p platform) matches(have platform) bool {
	p, have = p.normal(), have.normal()
	if p.OS != have.OS || p.Architecture != have.Architecture {
		return false
	}
	if p.Architecture == "arm64" && have.Variant == "" {
		have.Variant = "v8"
	}
	return p.Variant == "" || p.Variant == have.Variant
}

// configPlatform returns the platform in a config; the zero value where the
// config does not tell.
func configPlatform(raw []byte) platform {
	var p platform
	if err := json.Unmarshal(raw, &p); err != nil {
		return platform{}
	}
	return p
}

// demand compares the platform that the user asked for with the image's own,
// where no index decided it.
func (im *image) demand(ctx context.Context, want platform) error {
	if !want.demanded || im.platformChosen {
		return nil
	}
	raw, err := im.config.get(ctx)
	if err != nil {
		return fmt.Errorf("comparing the platform: %w", err)
	}
	if have := configPlatform(raw); !want.matches(have) {
		return noPlatformError(want, []string{have.String()})
	}
	return nil
}

// noPlatformError says which platforms there are.
func noPlatformError(want platform, have []string) error {
	for i, h := range have {
		if h == "" {
			have[i] = "one that is not named"
		}
	}
	return &Error{
		Err:    fmt.Errorf("there is no image for %s, only for %s", want, list(have)),
		WayOut: "build it for " + want.String() + ", or leave --platform out to check what there is",
	}
}

// list joins texts from outside, at most maxListed of them.
func list(texts []string) string {
	more := ""
	if len(texts) > maxListed {
		more = fmt.Sprintf(" and %d more", len(texts)-maxListed)
		texts = texts[:maxListed]
	}
	return oneLine(strings.Join(texts, ", ")) + more
}
