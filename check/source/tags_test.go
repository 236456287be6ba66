// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

func TestExpand(t *testing.T) {
	image := newImage(t, "{}")
	reg := checktest.NewRegistry(t, nil)
	signature := "sha256-" + strings.Repeat("a", 64)
	for _, tag := range []string{"1.9", "1.10", "2.0-rc1", "latest", signature, signature + ".sig"} {
		reg.Push(t, image, "shop/app", tag)
	}
	app := reg.Host + "/shop/app"
	for _, c := range []struct {
		target string
		want   []string
	}{
		{app + ":1.*", []string{"registry:" + app + ":1.10", "registry:" + app + ":1.9"}},
		{"registry:" + app + ":?.0-rc[0-9]", []string{"registry:" + app + ":2.0-rc1"}},
		{"docker://" + app + ":*", []string{"registry:" + app + ":1.10", "registry:" + app + ":1.9", "registry:" + app + ":2.0-rc1", "registry:" + app + ":latest"}},
		{app + ":1.9", []string{app + ":1.9"}},
		{"missing.tar", []string{"missing.tar"}},
		{"app:[1", []string{"app:[1"}},
	} {
		got, err := source.Expand(t.Context(), c.target, source.Options{})
		if err != nil {
			t.Errorf("Expand(%q): %v", c.target, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("Expand(%q) (-want +got):\n%s", c.target, diff)
		}
	}
}

// paged lists so many tags in pages, the next of which is at an address that
// link makes of its query.
func paged(count int, link func(query string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/tags/list") {
			return
		}
		first, _ := strconv.Atoi(r.URL.Query().Get("last"))
		var tags []string
		for i := first; i < min(first+100, count); i++ {
			tags = append(tags, fmt.Sprintf("v%06d", i))
		}
		if next := first + 100; next < count {
			w.Header().Set("Link", "<"+link(url.Values{"n": {"100"}, "last": {strconv.Itoa(next)}}.Encode())+`>; rel="next"`)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"name": "app", "tags": tags})
	}
}

func TestExpandPages(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("another host was asked")
	}))
	defer other.Close()
	for name, link := range map[string]func(string) string{
		"path":       func(query string) string { return "/v2/app/tags/list?" + query },
		"relative":   func(query string) string { return "list?" + query },
		"other host": func(query string) string { return other.URL + "/v2/app/tags/list?" + query },
	} {
		for kind, start := range map[string]func(http.Handler) *httptest.Server{
			"http": httptest.NewServer, "https": httptest.NewTLSServer,
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				server := start(paged(250, link))
				defer server.Close()
				_, host, _ := strings.Cut(server.URL, "://")
				got, err := source.Expand(t.Context(), "registry:"+host+"/app:v*", source.Options{Insecure: true})
				if err != nil || len(got) != 250 || got[249] != "registry:"+host+"/app:v000249" {
					t.Errorf("%d targets, %v", len(got), err)
				}
			})
		}
	}
}

func TestExpandErrors(t *testing.T) {
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/" {
				_, _ = w.Write([]byte(body))
			}
		}
	}
	endless := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			n, _ := strconv.Atoi(r.URL.Query().Get("last"))
			w.Header().Set("Link", fmt.Sprintf("<list?last=%d>", n+1))
			_, _ = w.Write([]byte("{}"))
		}
	}
	const yourself = "; list the images yourself, with --targets-from"
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"none matches":    {answer(`{"tags": ["2.0"]}`), "none of the tags in the repository matches 1.*; check the pattern and the repository"},
		"none at all":     {answer(`{"tags": null}`), "none of the tags in the repository matches 1.*; check the pattern and the repository"},
		"not found":       {http.NotFound, "HOST has no such image; check the name and the tag, and that the image was pushed"},
		"no list":         {answer(`<html>`), "the list of tags is malformed: invalid character '<' looking for beginning of value" + yourself},
		"a long answer":   {answer(strings.Repeat(" ", 9<<20)), "reading the list of tags: the answer is longer than 8388608 bytes; see what docker pull HOST/app:latest says"},
		"no tag":          {answer(`{"tags": ["1.0\n::error::"]}`), `the list of tags has one that no image can have: "1.0 ::error::"` + yourself},
		"a digest":        {answer(`{"tags": ["1.0@sha256:0"]}`), `the list of tags has one that no image can have: "1.0@sha256:0"` + yourself},
		"many tags":       {paged(100_200, func(query string) string { return "list?" + query }), "the registry leads to more than 1000 requests; see what docker pull HOST/app:latest says"},
		"endless":         {endless, "the registry leads to more than 1000 requests; see what docker pull HOST/app:latest says"},
		"too many a page": {answer(`{"tags": [` + strings.Repeat(`"a",`, 100_000) + `"b"]}`), "the repository has more than 100000 tags" + yourself},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answer)
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			target := "registry:" + host + "/app:1.*"
			_, err := source.Expand(t.Context(), target, source.Options{})
			var known *source.Error
			if !errors.As(err, &known) || known.Usage {
				t.Fatalf("%v is no trouble of the target", err)
			}
			got := strings.ReplaceAll(strings.TrimPrefix(err.Error(), target+": "), host, "HOST")
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// A pattern is no image by itself.
func TestOpenPattern(t *testing.T) {
	got, usage := openError(t, "app:*", source.Options{})
	if want := "a pattern for tags stands for several images; name one"; got != want || !usage {
		t.Errorf("got %q (usage: %v), want %q", got, usage, want)
	}
}
