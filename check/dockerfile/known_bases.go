// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/fgpreflight/fgpreflight/check"
)

// knownImage is a row of the table of well-known base images: what is true of
// every tag that it covers.
//
// A tag is a version and a variant with a hyphen between them, or one of the
// two. A row covers a tag whose version and variant match its expressions. The
// variant names the system that the image is built on, or on does.
type knownImage struct {
	names    string // patterns for repositories as familiarName returns them, separated by spaces
	versions string // expression for the whole version
	variants string // expression for the whole variant, which is empty in a bare version
	example  string // a tag that the row covers
	source   string // where its facts can be read
	on       string // the system of a variant that names none
	// old is the expression for versions whose last build is older than
	// Debian 13, of August 2025; "" for none.
	old string

	user string // as USER writes it; "" for an image that does not set it
	// env are the variables as "NAME=value", or "NAME" for one whose value, or
	// presence, differs between the builds.
	env             []string
	entrypoint, cmd []string // an image without either has its system's command
	workdir         string
	ports, volumes  []string
	stopSignal      string
	varies          []imageFact // what differs between the builds, whatever the fields say

	// users and groups are those that the image adds to its system's; see
	// baseSystem for how they are written.
	users, groups []string
	without       []string // accounts and groups of its system that it removes
	tools         []string // account tools that it adds to its system's
	maybeTools    []string // those that came with packages in some builds
}

// imageFact is a fact of an image, as messages call it.
type imageFact string

const (
	userFact       imageFact = "user"
	entrypointFact imageFact = "entrypoint"
	commandFact    imageFact = "command"
	workdirFact    imageFact = "working directory"
	portsFact      imageFact = "ports"
	volumesFact    imageFact = "volumes"
	stopSignalFact imageFact = "stop signal"
	variablesFact  imageFact = "variables"
	accountsFact   imageFact = "accounts"
)

// knownBase returns what is known of the image that ref names without looking
// at it, or nil. At is the place of the FROM instruction.
func knownBase(ref string, at check.Location) *Base {
	at.Base = ref
	if ref == scratch {
		return emptyBase(at)
	}
	name, tag := familiarName(ref)
	if tag == "" {
		return nil
	}
	for _, table := range knownImages() {
		for i := range table {
			if parts, ok := table[i].covers(name, tag); ok {
				facts := baseFacts{image: &table[i], system: table[i].system(parts), ref: ref, at: at}
				return facts.base()
			}
		}
	}
	return nil
}

// knownImages returns the parts of the table.
func knownImages() [][]knownImage {
	return [][]knownImage{systemImages, languageImages, jvmImages, serverImages, vendorImages}
}

// covers reports whether the row is about this tag, and the parts of the tag.
func (k *knownImage) covers(name, tag string) (parts tagParts, ok bool) {
	named := func(pattern string) bool {
		ok, _ := path.Match(pattern, name)
		return ok
	}
	if !slices.ContainsFunc(strings.Fields(k.names), named) {
		return tagParts{}, false
	}
	return k.tags().match(tag)
}

// tagParts are the two parts of a tag.
type tagParts struct{ version, variant string }

// latest is the tag of a reference without one.
const latest = "latest"

// tagMatcher tells whether a row covers a tag.
type tagMatcher struct{ version, variant *regexp.Regexp }

func (k *knownImage) tags() tagMatcher {
	return tagMatcher{wholly(k.versions), wholly(k.variants)}
}

// wholly returns the expression for a text that matches from begin to end.
// Compiling costs more than all the rest of a look-up, and the files of one
// call have their bases in common.
func wholly(expression string) *regexp.Regexp {
	if compiled, ok := expressions.Load(expression); ok {
		return compiled.(*regexp.Regexp)
	}
	compiled := regexp.MustCompile(`^(?:` + expression + `)$`)
	expressions.Store(expression, compiled)
	return compiled
}

// expressions are those of the table that were compiled, by their text.
var expressions sync.Map

// match reads the tag in each way that there is: as a version, as a variant of
// the latest one, or as both with a hyphen between them.
func (m tagMatcher) match(tag string) (parts tagParts, ok bool) {
	ways := []tagParts{{tag, ""}, {latest, tag}}
	for i, c := range tag {
		if c == '-' {
			ways = append(ways, tagParts{tag[:i], tag[i+1:]})
		}
	}
	for _, way := range ways {
		if m.version.MatchString(way.version) && m.variant.MatchString(way.variant) {
			return way, true
		}
	}
	return tagParts{}, false
}

// hubHosts are the names of Docker Hub, hubCopies the places that hold its
// official images under the same names: other registries, and its own
// organisations for one architecture.
var (
	hubHosts  = []string{"docker.io", "index.docker.io"}
	hubCopies = []string{"library/", "amd64/", "arm64v8/", "public.ecr.aws/docker/library/", "mirror.gcr.io/library/"}
)

// familiarName splits a reference into its repository, as people write it
// (without host and "library" for the official images of Docker Hub), and its
// tag. The tag is empty for a digest alone, which may be any build.
func familiarName(ref string) (name, tag string) {
	name, _, digested := strings.Cut(ref, "@")
	if colon := strings.LastIndexByte(name, ':'); colon > strings.LastIndexByte(name, '/') {
		name, tag = name[:colon], name[colon+1:]
	} else if !digested {
		tag = latest
	}
	if host, rest, ok := strings.Cut(name, "/"); ok && slices.Contains(hubHosts, host) && !strings.Contains(rest, ".") {
		name = rest
	}
	for _, prefix := range hubCopies {
		if official, ok := strings.CutPrefix(name, prefix); ok && !strings.Contains(official, "/") {
			return official, tag
		}
	}
	return name, tag
}
