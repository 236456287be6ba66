// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// Expand returns the targets that arg stands for: those of the tags in a
// repository that match the pattern of a target of the kind [Tags], sorted, or
// arg alone. Tags that only keep signatures and the like, "sha256-...", are left
// out.
//
// The error is an [*Error]. A pattern that no tag matches is one, too.
func Expand(ctx context.Context, arg string, o Options) ([]string, error) {
	t, err := Detect(arg, look)
	if err != nil || t.Kind != Tags {
		return []string{arg}, nil //nolint:nilerr // [Open] tells what is wrong with it.
	}
	tags, err := matchingTags(ctx, t, o.withDefaults())
	if err != nil {
		return nil, explain(ctx, arg, "list the images yourself, with --targets-from", err)
	}
	for i, tag := range tags {
		tags[i] = "registry:" + t.Name + ":" + tag
	}
	return tags, nil
}

// tagPattern takes the pattern with its colon off a reference whose tag is one.
func tagPattern(ref string) (repository, pattern string, ok bool) {
	i := strings.LastIndex(ref, ":")
	if i < 0 || strings.Contains(ref[i:], "/") || !strings.ContainsAny(ref[i:], `*?[`) {
		return "", "", false
	}
	return ref[:i], ref[i:], true
}

// tagged returns the target of a repository and a pattern for its tags.
func tagged(kind Kind, repository, pattern string) (Target, error) {
	if kind != Reference && kind != RegistryImage {
		return Target{}, &Error{Err: errors.New("a pattern for tags is for images in a registry"), WayOut: "write registry:" + repository + pattern, Usage: true}
	}
	if _, err := name.NewRepository(repository); err != nil {
		return Target{}, &Error{Err: errors.New("no repository is called " + repository), WayOut: "write HOST/NAME:PATTERN, in lower case before the pattern", Usage: true}
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return Target{}, &Error{Err: errors.New("the pattern for tags is malformed: " + pattern[1:]), WayOut: "write * for any text, ? for a character, [a-z] for one of several", Usage: true}
	}
	return Target{Kind: Tags, Name: repository, Selector: pattern}, nil
}

// referrer is a tag that stands in for the list of what refers to an image.
var referrer = regexp.MustCompile(`^sha256-[0-9a-f]{64}(\..*)?$`)

func matchingTags(ctx context.Context, t Target, o Options) ([]string, error) {
	// The tag is never asked for; it only completes the reference.
	ref, err := name.NewTag(t.Name+":latest", nameOptions(o)...)
	if err != nil {
		return nil, err
	}
	r, err := newRegistry(ctx, ref, o)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // Only idle connections are left.
	all, err := r.tags(ctx)
	if err != nil {
		return nil, err
	}
	matching := slices.DeleteFunc(all, func(tag string) bool {
		ok, err := path.Match(t.Selector, ":"+tag)
		return !ok || err != nil || referrer.MatchString(tag)
	})
	if len(matching) == 0 {
		return nil, &Error{Err: fmt.Errorf("none of the tags in the repository matches %s", t.Selector[1:]), WayOut: "check the pattern and the repository"}
	}
	slices.Sort(matching)
	return slices.Compact(matching), nil
}

// tags returns the tags of the repository.
func (r *registry) tags(ctx context.Context) ([]string, error) {
	u := r.base.JoinPath("tags/list")
	// Registries keep to their own limit where it is lower.
	u.RawQuery = url.Values{"n": {"1000"}}.Encode()
	var out []string
	for {
		page, next, err := r.tagPage(ctx, u)
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); len(out) > maxTags {
			return nil, fmt.Errorf("the repository has more than %d tags", maxTags)
		}
		if next == "" || next == u.RawQuery {
			return out, nil
		}
		u.RawQuery = next
	}
}

// tagPage returns the tags on one page of the list, and the query of the next
// page, "" for none.
func (r *registry) tagPage(ctx context.Context, u *url.URL) (tags []string, next string, err error) {
	response, err := r.getURL(ctx, u, http.Header{"Accept": {"application/json"}})
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	raw, err := readAll(response.Body)
	if err != nil {
		return nil, "", r.explain(ctx, fmt.Errorf("reading the list of tags: %w", err))
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return nil, "", fmt.Errorf("the list of tags is malformed: %w", err)
	}
	for _, tag := range page.Tags {
		if t, err := name.NewTag(r.ref.Context().Name() + ":" + tag); err != nil || t.TagStr() != tag {
			return nil, "", fmt.Errorf("the list of tags has one that no image can have: %q", oneLine(tag))
		}
	}
	return page.Tags, nextQuery(response.Header.Get("Link")), nil
}

// nextQuery returns the query of the next page in a header Link. The rest of
// its address is that of this page, wherever a registry leads.
func nextQuery(link string) string {
	target, _, ok := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if !ok {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil {
		return ""
	}
	return u.RawQuery
}
