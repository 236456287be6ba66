// SPDX-License-Identifier: Apache-2.0

package check

import "strconv"

// Artifacts of an image that a [Location] names. A location in a file of the
// image has the file's absolute path as its artifact, a location in the
// settings the path of the configuration file or the flag ("--uid").
const (
	ArtifactConfig    = "config"
	ArtifactManifest  = "manifest"
	ArtifactIndex     = "index"
	ArtifactReference = "reference"
)

// Location is where something was seen.
type Location struct {
	Artifact string // "config", "manifest", "/etc/passwd", ".fgpreflight.yaml", "--uid"
	Key      string // member of the artifact, as in "User" or "Env.HOME"; empty for a whole file
	Line     int    // 1-based line of a text file; 0 where there are no lines
	Column   int    // 1-based column in the line, in characters; 0 for the whole line
	Width    int    // characters from Column on; 0 for the whole line
	Base     string // the base image that the value is inherited from, in a Dockerfile; "" for a value of its own
}

// At returns the location of a member of an artifact.
func At(artifact, key string) Location { return Location{Artifact: artifact, Key: key} }

// AtFile returns the location of a whole file of the image; name is its
// absolute path.
func AtFile(name string) Location { return Location{Artifact: name} }

// IsZero reports whether the location says nothing.
func (l Location) IsZero() bool { return l == Location{} }

// String returns the location as people write one: "config.User",
// "/etc/passwd:3", "Dockerfile:3:8", "--uid".
func (l Location) String() string {
	switch {
	case l.Line > 0 && l.Column > 0:
		return l.Artifact + ":" + strconv.Itoa(l.Line) + ":" + strconv.Itoa(l.Column)
	case l.Line > 0:
		return l.Artifact + ":" + strconv.Itoa(l.Line)
	case l.Key != "":
		return l.Artifact + "." + l.Key
	default:
		return l.Artifact
	}
}

// Place returns the location with the base image that its value is inherited
// from: "Dockerfile:1:6 (inherited from python:3.12-slim)".
func (l Location) Place() string {
	if l.Base == "" {
		return l.String()
	}
	return l.String() + " (inherited from " + l.Base + ")"
}
