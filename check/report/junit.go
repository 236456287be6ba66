// SPDX-License-Identifier: Apache-2.0

package report

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// The elements of JUnit's XML, as the schema junit-10.xsd of Jenkins' plug-in
// xUnit has them. That plug-in refuses what the schema does not have, such as
// the file of a test.
type (
	junitReport struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		File     string      `xml:"file,attr,omitempty"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Skipped *junitSkipped `xml:"skipped"`
		Error   *junitProblem `xml:"error"`
		Failure *junitProblem `xml:"failure"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes the reports as suites of tests, each rule a test. What fails the
// build is a failure, trouble is an error, and what neither fails the build nor
// passed is skipped with its reason, so that the tests agree with the exit code.
func JUnit(w io.Writer, reports []*check.Report, o Options) error {
	out := junitReport{Name: toolName}
	for _, r := range reports {
		suite := newJUnitSuite(r, o)
		out.Tests += suite.Tests
		out.Failures += suite.Failures
		out.Errors += suite.Errors
		out.Suites = append(out.Suites, suite)
	}
	return writeXML(w, out)
}

func newJUnitSuite(r *check.Report, o Options) junitSuite {
	suite := junitSuite{Name: Sanitise(r.Info.Target, maxWord)}
	if isRepositoryFile(r.Info) {
		suite.File = Sanitise(subjectPath(r.Info, o), maxPath)
	}
	if r.Trouble != nil {
		message := Sanitise(r.Trouble.Error(), maxMessage)
		suite.Cases = append(suite.Cases, junitCase{Name: toolName, Class: suite.Name, Error: newJUnitProblem("trouble", message, nil)})
	}
	for _, result := range r.Results {
		test := newJUnitCase(r, result, o)
		test.Class = suite.Name
		suite.Cases = append(suite.Cases, test)
	}
	suite.Tests = len(suite.Cases)
	for _, test := range suite.Cases {
		switch {
		case test.Error != nil:
			suite.Errors++
		case test.Failure != nil:
			suite.Failures++
		case test.Skipped != nil:
			suite.Skipped++
		}
	}
	return suite
}

func newJUnitCase(r *check.Report, result check.Result, o Options) junitCase {
	f := newFinding(r, result, o)
	out := junitCase{Name: f.title()}
	switch {
	case result.Err != nil:
		out.Error = newJUnitProblem("trouble", Sanitise(result.Err.Error(), maxMessage), nil)
	case o.Gate.Counts(result):
		out.Failure = newJUnitProblem(result.Severity.String(), f.text(), f.evidence())
	case result.Outcome != check.Pass:
		out.Skipped = &junitSkipped{Message: uncounted(result) + ": " + f.text(), Text: strings.Join(f.evidence(), "\n")}
	}
	return out
}

// newJUnitProblem returns a problem whose text goes on with the lines.
func newJUnitProblem(kind, message string, lines []string) *junitProblem {
	return &junitProblem{Message: message, Type: kind, Text: strings.Join(append([]string{message}, lines...), "\n")}
}

// uncounted says in words why a row that did not pass does not fail the build.
func uncounted(r check.Result) string {
	if r.Outcome != check.Fail {
		return r.Outcome.String()
	}
	if r.Suppressed != "" {
		return "suppressed, " + Sanitise(r.Suppressed, maxMessage)
	}
	return r.Severity.String() + ", does not fail the build"
}
