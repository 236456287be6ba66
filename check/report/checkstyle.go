// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// The elements of a report of Checkstyle.
type (
	checkstyleReport struct {
		XMLName xml.Name         `xml:"checkstyle"`
		Version string           `xml:"version,attr"`
		Files   []checkstyleFile `xml:"file"`
	}
	checkstyleFile struct {
		Name   string            `xml:"name,attr"`
		Errors []checkstyleError `xml:"error"`
	}
	checkstyleError struct {
		Line     int    `xml:"line,attr"`
		Column   int    `xml:"column,attr,omitempty"`
		Severity string `xml:"severity,attr"`
		Message  string `xml:"message,attr"`
		Source   string `xml:"source,attr"`
	}
)

// checkstyleVersion is that of the format which readers take for granted.
const checkstyleVersion = "4.3"

// Checkstyle writes the findings in the XML of Checkstyle, with a file for
// each target.
func Checkstyle(w io.Writer, reports []*check.Report, o Options) error {
	out := checkstyleReport{Version: checkstyleVersion}
	for _, r := range reports {
		file := checkstyleFile{Name: Sanitise(subjectPath(r.Info, o), maxPath)}
		for _, f := range findings(r, o) {
			file.Errors = append(file.Errors, checkstyleError{
				Line: max(f.place.line, 1), Column: f.place.column,
				Severity: checkstyleSeverity(f.level),
				Message:  strings.Join(f.lines(), "\n"),
				Source:   toolName + "." + f.id(),
			})
		}
		out.Files = append(out.Files, file)
	}
	return writeXML(w, out)
}

func checkstyleSeverity(s check.Severity) string {
	if s == check.Note {
		return "info"
	}
	return s.String()
}
