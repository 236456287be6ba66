// SPDX-License-Identifier: Apache-2.0

package report

import (
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// maxPath is how many bytes of a path a report shows; no system has longer
// ones, but the name of an image may be.
const maxPath = 4096

// place is where a finding is shown by programs that know files and lines
// alone.
type place struct {
	path   string // of the Dockerfile, or what names the image; not sanitised
	file   bool   // whether path is a file of the repository
	line   int    // 1-based; 0 for the whole of it
	column int    // 1-based, in characters; 0 for the whole line
	end    int    // the column behind the last character; 0 where that is not known
	within string // what the line does not show: "config.User", "inherited from alpine"; sanitised
}

// newPlace returns the place of a location in a report's target. A zero
// location is the target as a whole.
func newPlace(info check.Info, l check.Location, o Options) place {
	out := place{path: subjectPath(info, o), file: isRepositoryFile(info)}
	if !out.file || !info.InText(l) {
		if !l.IsZero() {
			out.within = Sanitise(l.Place(), maxWord)
		}
		return out
	}
	out.line, out.column = l.Line, l.Column
	if l.Column > 0 && l.Width > 0 {
		out.end = l.Column + l.Width
	}
	if l.Base != "" {
		out.within = "inherited from " + Sanitise(l.Base, maxWord)
	}
	return out
}

// at returns the line as compilers write one: "api/Dockerfile:7:6". It is empty
// for the whole of a target.
func (p place) at() string {
	if p.line == 0 {
		return ""
	}
	return Sanitise(check.Location{Artifact: p.path, Line: p.line, Column: p.column}.String(), maxPath)
}

// shownPath returns the path for formats that have no escapes of their own.
func (p place) shownPath() string { return Sanitise(p.path, maxPath) }

// isRepositoryFile reports whether the target is a Dockerfile that has a path.
func isRepositoryFile(info check.Info) bool {
	return info.Source == sourceDockerfile && info.Artifact != "" && info.Artifact != stdin
}

// stdin is the target and the artifact of what is read from standard input.
const stdin = "-"

// fileSources are the sources of images that the user named by a path.
var fileSources = []string{"docker-archive", "oci-archive", "oci"}

// subjectPath returns what stands for the target where a path is wanted: the
// one of the Dockerfile, archive or layout, else the image's name. That comes
// without tag and digest, which differ from build to build, so that findings
// are known again.
func subjectPath(info check.Info, o Options) string {
	switch {
	case isRepositoryFile(info):
		return o.path(info.Artifact)
	case info.Target == stdin && info.Name == "":
		return stdin
	case info.Target != stdin && slices.Contains(fileSources, info.Source):
		return o.path(strings.TrimPrefix(info.Target, info.Source+":"))
	case info.Name != "":
		return repository(info.Name)
	default:
		return info.Target
	}
}

// repository returns a reference without its tag and digest. What is nothing
// else stays.
func repository(ref string) string {
	if at := strings.Index(ref, "@"); at > 0 {
		ref = ref[:at]
	}
	if colon := strings.LastIndex(ref, ":"); colon > strings.LastIndex(ref, "/") && colon > 0 {
		return ref[:colon]
	}
	return ref
}
