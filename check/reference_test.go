// SPDX-License-Identifier: Apache-2.0

package check_test

import (
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
)

func TestSplitReference(t *testing.T) {
	for text, want := range map[string]check.Reference{
		"":                           {},
		"app":                        {Repository: "app"},
		"app:1.0":                    {Repository: "app", Tag: "1.0"},
		"org/app":                    {Organization: "org", Repository: "app"},
		"org/team/app:1":             {Organization: "org", Repository: "team/app", Tag: "1"},
		"localhost/app":              {Host: "localhost", Repository: "app"},
		"localhost:5000":             {Repository: "localhost", Tag: "5000"},
		"host:5000/org/app":          {Host: "host:5000", Organization: "org", Repository: "app"},
		"Host/app":                   {Host: "Host", Repository: "app"},
		"swr.eu.example.com/o/a:1":   {Host: "swr.eu.example.com", Organization: "o", Repository: "a", Tag: "1"},
		"o/a@sha256:ab":              {Organization: "o", Repository: "a", Digest: "sha256:ab"},
		"h.io/o/a:1@sha256:ab":       {Host: "h.io", Organization: "o", Repository: "a", Tag: "1", Digest: "sha256:ab"},
		"swr.x.com/Org Name/a b:t t": {Host: "swr.x.com", Organization: "Org Name", Repository: "a b", Tag: "t t"},
		"swr.x.com//a:":              {Host: "swr.x.com", Repository: "a"},
		"swr.x.com/o/a:1/b":          {Host: "swr.x.com", Organization: "o", Repository: "a:1/b"},
	} {
		want.Text = text
		if diff := cmp.Diff(want, check.SplitReference(text)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestSWRRegion(t *testing.T) {
	for host, want := range map[string]string{
		"swr.sa-brazil-1.myhuaweicloud.com": "sa-brazil-1",
		"swr.x":                             "",
		"swr.x.":                            "",
		"swr.":                              "",
		"swrx.cn.example.com":               "",
		"docker.io":                         "",
		"":                                  "",
	} {
		r := check.Reference{Host: host}
		if got := r.SWRRegion(); got != want || r.IsSWR() != strings.HasPrefix(host, "swr.") {
			t.Errorf("%q: region %q, SWR %t, want %q", host, got, r.IsSWR(), want)
		}
	}
}

// FuzzReference compares with distribution/reference, for the names that this
// accepts. It spells out what docker's short names leave away.
func FuzzReference(f *testing.F) {
	for _, text := range []string{"app", "org/app:1", "host:5000/a/b", "localhost/x", "Host/x", "a_b.io/c", "index.docker.io/a", "docker.io/a/b@sha256:" + strings.Repeat("a", 64)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := check.SplitReference(text)
		want, err := reference.ParseNormalizedNamed(text)
		if err != nil || reference.Domain(want) == "" {
			return // no name, or a host that its two patterns disagree on, as for "a_b.io/c"
		}
		domain, path := got.Host, strings.TrimPrefix(got.Organization+"/"+got.Repository, "/")
		if domain == "" || domain == "index.docker.io" {
			domain = "docker.io"
		}
		if domain == "docker.io" && got.Organization == "" {
			path = "library/" + path
		}
		tag, digest := "", ""
		if tagged, ok := want.(reference.Tagged); ok {
			tag = tagged.Tag()
		}
		if digested, ok := want.(reference.Digested); ok {
			digest = digested.Digest().String()
		}
		diff := cmp.Diff([]string{reference.Domain(want), reference.Path(want), tag, digest}, []string{domain, path, got.Tag, got.Digest})
		if diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	})
}
