// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"strings"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check"
)

// override is one of the settings by which a function starts an image in
// another way, as the console and the API take it: several items are separated
// by commas.
type override struct {
	name  string // for messages
	items check.Setting[[]string]
}

// overrides returns the settings for the start command that hold several items.
func overrides(f *check.Function) []override {
	return []override{{"command", f.Command}, {"args", f.Args}}
}

// length returns how many characters the override's text has.
func (o override) length() int {
	return utf8.RuneCountInString(strings.Join(o.items.Or(nil), ","))
}
