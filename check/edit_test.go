// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestEditable(t *testing.T) {
	info := check.Info{Artifact: "Dockerfile", Text: "\ufeffFROM alpine\nENV Ä=日 USER_ID=app\n"}
	at := func(line, column, width int) check.Location {
		return check.Location{Artifact: "Dockerfile", Line: line, Column: column, Width: width}
	}
	inherited, elsewhere := at(1, 6, 6), at(2, 9, 11)
	inherited.Base, elsewhere.Artifact = "alpine", "other"
	for _, c := range []struct {
		name string
		at   check.Location
		old  string
		want bool
	}{
		{"behind characters of several bytes", at(2, 9, 11), "USER_ID=app", true},
		{"behind a byte order mark", at(1, 6, 6), "alpine", true},
		{"another text", at(2, 9, 11), "USER_ID=$ID", false},
		{"a part of the text", at(2, 9, 7), "USER_ID=app", false},
		{"nothing", at(2, 9, 0), "", false},
		{"behind the line", at(2, 9, 99), "USER_ID=app", false},
		{"behind the text", at(9, 1, 1), "x", false},
		{"a whole line", at(1, 0, 0), "FROM alpine", false},
		{"what the base image brings", inherited, "alpine", false},
		{"another file", elsewhere, "USER_ID=app", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := check.Failf(c.at, "it is wrong").WithEdit(c.at, c.old, "new")
			if got := info.Editable(v.Edit); got != c.want {
				t.Errorf("Editable(%+v) = %t", v.Edit, got)
			}
		})
	}
}
