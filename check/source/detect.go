// SPDX-License-Identifier: Apache-2.0

package source

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Kind is a kind of target.
type Kind int

// The kinds of target.
const (
	Reference     Kind = iota // a name, to be looked up in an engine and then in its registry
	RegistryImage             // a name, to be looked up in its registry
	Tags                      // images of a repository whose tags match a pattern; see [Expand]
	DockerImage               // an image of a Docker engine
	PodmanImage               // an image of a Podman engine
	Archive                   // a file, to be told apart by what it holds
	DockerArchive             // a file that docker save wrote
	OCIArchive                // a file with an OCI layout in it
	Layout                    // a folder with an OCI layout
	Stream                    // an archive on standard input

	Dockerfile       // a Dockerfile by its path
	DockerfileStream // a Dockerfile on standard input
)

// Target is a target taken apart.
type Target struct {
	Kind     Kind
	Name     string // the reference, or the path of the file or folder
	Selector string // the image in the archive or layout: a name, ":tag" or "@digest"; or ":pattern" of tags; "" for none
}

// Sight is what [Detect] is told of a path.
type Sight int

// What there can be at a path.
const (
	Nothing        Sight = iota // no such file
	LayoutDir                   // a folder with an OCI layout
	DockerfileDir               // a folder with a Dockerfile
	OtherDir                    // any other folder
	ArchiveFile                 // a tar, plain or compressed, or something that is not a regular file
	DockerfileFile              // a text that looks like a Dockerfile
	OtherFile                   // any other file
)

// prefixes are the ways to say what kind of target is meant.
var prefixes = []struct {
	text    string
	kind    Kind
	isAlias bool // of another one, for those who know it from other tools
}{
	{"registry:", RegistryImage, false},
	{"docker://", RegistryImage, true},
	{"docker:", DockerImage, false},
	{"docker-daemon:", DockerImage, true},
	{"podman:", PodmanImage, false},
	{"docker-archive:", DockerArchive, false},
	{"oci-archive:", OCIArchive, false},
	{"oci:", Layout, false},
	{"dockerfile:", Dockerfile, false},
}

// Prefixes returns what a target may begin with to say of what kind it is, one
// for each kind.
func Prefixes() []string {
	var out []string
	for _, p := range prefixes {
		if !p.isAlias {
			out = append(out, p.text)
		}
	}
	return out
}

// Detect tells what kind of target arg names. It asks look what there is at a
// path and nothing else. The error is an [*Error] without the target.
func Detect(arg string, look func(path string) Sight) (Target, error) {
	if arg == "" {
		return Target{}, &Error{Err: errors.New("the target is empty"), WayOut: "name an image or a file", Usage: true}
	}
	if arg == "-" {
		return Target{Kind: Stream}, nil
	}
	for _, p := range prefixes {
		if rest, ok := strings.CutPrefix(arg, p.text); ok {
			return prefixed(p.kind, p.text, rest, look)
		}
	}
	if t, ok, err := existing(arg, look); ok || err != nil {
		return t, err
	}
	if looksLikePath(arg) {
		return selected(Archive, arg, look)
	}
	return reference(Reference, arg)
}

func prefixed(kind Kind, prefix, rest string, look func(string) Sight) (Target, error) {
	if rest == "" {
		return Target{}, &Error{Err: fmt.Errorf("nothing follows the prefix %s", prefix), WayOut: "name an image or a file after it", Usage: true}
	}
	switch kind {
	case Reference, RegistryImage, DockerImage, PodmanImage:
		return reference(kind, rest)
	case Dockerfile:
		return dockerfileAt(rest, look)
	case Tags, DockerfileStream, Archive, DockerArchive, OCIArchive, Layout, Stream:
	}
	return selected(kind, rest, look)
}

// existing tells a path that is there apart by its content. A folder or file
// that is no target is not one either way when it may as well be the name of an
// image.
func existing(arg string, look func(string) Sight) (Target, bool, error) {
	switch look(arg) {
	case Nothing:
	case LayoutDir:
		return Target{Kind: Layout, Name: arg}, true, nil
	case ArchiveFile:
		return Target{Kind: Archive, Name: arg}, true, nil
	case DockerfileDir, DockerfileFile:
		t, err := dockerfileAt(arg, look)
		return t, err == nil, err
	case OtherDir:
		if looksLikePath(arg) || !isReference(arg) {
			return Target{}, false, &Error{
				Err:    errors.New("the folder holds no Dockerfile, Containerfile or OCI layout"),
				WayOut: "name the Dockerfile itself, an archive or an image",
			}
		}
	case OtherFile:
		if looksLikePath(arg) || !isReference(arg) {
			return Target{}, false, &Error{Err: errNoArchive, WayOut: wayOutNoArchive}
		}
	}
	return Target{}, false, nil
}

// dockerfileAt returns the target for the Dockerfile at a path, or in the
// folder there.
func dockerfileAt(name string, look func(string) Sight) (Target, error) {
	switch look(name) {
	case Nothing:
		return Target{}, &Error{Err: errors.New("no such file"), WayOut: "check the path"}
	case ArchiveFile, DockerfileFile, OtherFile:
		return Target{Kind: Dockerfile, Name: name}, nil
	case LayoutDir, DockerfileDir, OtherDir:
	}
	for _, base := range dockerfileNames {
		file := filepath.Join(name, base)
		if sight := look(file); sight != Nothing && sight != DockerfileDir && sight != OtherDir {
			return Target{Kind: Dockerfile, Name: file}, nil
		}
	}
	return Target{}, &Error{Err: errors.New("the folder holds no Dockerfile"), WayOut: "name the file itself"}
}

// dockerfileNames are the names that a folder is searched for; the first that
// is there wins.
var dockerfileNames = []string{"Dockerfile", "Containerfile"}

// selected takes the name of an image off the end of a path. The longest part
// of arg that is there is the path.
func selected(kind Kind, arg string, look func(string) Sight) (Target, error) {
	for end := len(arg); end > 0; end = strings.LastIndexAny(arg[:end], ":@") {
		sight := look(arg[:end])
		if sight == Nothing {
			continue
		}
		t := Target{Kind: kind, Name: arg[:end], Selector: arg[end:]}
		if sight == LayoutDir || sight == DockerfileDir || sight == OtherDir {
			t.Kind = Layout
		} else if kind == Layout {
			t.Kind = OCIArchive
		}
		return t, nil
	}
	return Target{}, &Error{Err: errors.New("no such file"), WayOut: "check the path"}
}

// looksLikePath reports whether arg is meant as a path, whatever is there.
func looksLikePath(arg string) bool {
	for _, prefix := range []string{"/", "./", "../", "~", `.\`, `..\`} {
		if strings.HasPrefix(arg, prefix) {
			return true
		}
	}
	for _, suffix := range []string{
		"/", `\`, ".tar", ".tgz", ".tar.gz", ".tar.zst", ".tar.xz", ".tar.bz2",
		"Dockerfile", "Containerfile", ".dockerfile", ".containerfile",
	} {
		if strings.HasSuffix(arg, suffix) {
			return true
		}
	}
	return arg == "." || arg == ".." || strings.Contains(arg, `:\`)
}

// imageID is an engine's whole name for an image, which no registry knows.
var imageID = regexp.MustCompile(`^(sha256:)?[0-9a-f]{64}$`)

func isReference(text string) bool {
	_, err := name.ParseReference(text)
	return err == nil && !imageID.MatchString(text)
}

func reference(kind Kind, text string) (Target, error) {
	if prefix, _, ok := strings.Cut(text, ":"); ok && kind == Reference && unknownPrefix.MatchString(text) {
		return Target{}, &Error{Err: fmt.Errorf("unknown prefix %q", prefix+":"), WayOut: "use one of " + strings.Join(Prefixes(), ", "), Usage: true}
	}
	if repository, pattern, ok := tagPattern(text); ok {
		return tagged(kind, repository, pattern)
	}
	if isReference(text) || (kind != RegistryImage && imageID.MatchString(text)) {
		return Target{Kind: kind, Name: text}, nil
	}
	fault := errors.New("not an image reference")
	if kind == Reference {
		fault = errors.New("no such file, and not an image reference")
	}
	return Target{}, &Error{Err: fault, WayOut: "write HOST/NAME:TAG in lower case, or the path of a file", Usage: true}
}

// unknownPrefix is a prefix that cannot be a host with a port, as in
// "https://host" and "dir:/path".
var unknownPrefix = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:/`)
