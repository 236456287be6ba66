// SPDX-License-Identifier: Apache-2.0

package check

import "strings"

// Reference is an image's name taken apart without judging it, so that rules
// can say what is wrong with a name that no registry would accept.
type Reference struct {
	Text         string // as given
	Host         string // "swr.sa-brazil-1.myhuaweicloud.com"; "" when the name has none
	Organization string // first component of the path; "" when there is only one
	Repository   string // the rest of the path
	Tag          string // "" when none is given
	Digest       string // "sha256:…", "" when none is given
}

// SplitReference takes a name of the form host/organization/repository:tag@digest
// apart. A first component counts as host when it holds a dot or a colon, or is
// "localhost" or has capital letters, as docker decides it.
func SplitReference(text string) Reference {
	r := Reference{Text: text}
	rest, digest, _ := strings.Cut(text, "@")
	r.Digest = digest
	if head, tail, ok := strings.Cut(rest, "/"); ok && (strings.ContainsAny(head, ".:") || head == "localhost" || head != strings.ToLower(head)) {
		r.Host, rest = head, tail
	}
	if i := strings.LastIndexByte(rest, ':'); i > strings.LastIndexByte(rest, '/') {
		rest, r.Tag = rest[:i], rest[i+1:]
	}
	if head, tail, ok := strings.Cut(rest, "/"); ok {
		r.Organization, r.Repository = head, tail
	} else {
		r.Repository = rest
	}
	return r
}

// IsSWR reports whether the name's host is one of SWR's.
func (r Reference) IsSWR() bool { return strings.HasPrefix(r.Host, "swr.") }

// SWRRegion returns the region in an SWR host, swr.<region>.<domain>, or "".
func (r Reference) SWRRegion() string {
	if !r.IsSWR() {
		return ""
	}
	region, domain, ok := strings.Cut(strings.TrimPrefix(r.Host, "swr."), ".")
	if !ok || domain == "" {
		return ""
	}
	return region
}
