// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// GitHub writes the findings as workflow commands, which GitHub Actions shows
// as annotations of the files. It shows ten of each kind for a step, so that
// the ones of a report come by falling severity.
func GitHub(w io.Writer, reports []*check.Report, o Options) error {
	var b bytes.Buffer
	for _, r := range reports {
		for _, n := range r.Info.Notices[:min(maxLocations, len(r.Info.Notices))] {
			writeCommand(&b, finding{level: check.Note, message: Sanitise(n.Message, maxMessage), place: newPlace(r.Info, n.At, o)}, r)
		}
		for _, f := range findings(r, o) {
			writeCommand(&b, f, r)
		}
	}
	return writeAll(w, b.Bytes())
}

func writeCommand(b *bytes.Buffer, f finding, r *check.Report) {
	var properties []string
	add := func(name, value string) { properties = append(properties, name+"="+commandProperty(value)) }
	title := f.title()
	if f.place.file {
		add("file", f.place.shownPath())
		if f.place.line > 0 {
			add("line", strconv.Itoa(f.place.line))
		}
		if f.place.column > 0 {
			add("col", strconv.Itoa(f.place.column))
		}
		if f.place.end > 0 {
			// GitHub means the last column itself.
			add("endColumn", strconv.Itoa(f.place.end-1))
		}
	} else {
		title += ": " + Sanitise(r.Info.Target, maxWord)
	}
	add("title", title)
	fmt.Fprintf(b, "::%s %s::%s\n", commandName(f.level), strings.Join(properties, ","), commandData(strings.Join(f.lines(), "\n")))
}

// commandName returns the command for a severity.
func commandName(s check.Severity) string {
	switch s {
	case check.Error:
		return "error"
	case check.Warning:
		return "warning"
	case check.Note:
	}
	return "notice"
}

// commandData escapes the text of a workflow command, as GitHub's own toolkit
// does it.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// commandProperty escapes the value of a property.
func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}
