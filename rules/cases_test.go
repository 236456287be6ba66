// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

var update = flag.Bool("update", false, "rewrite the want section of the cases")

// testCase is a case with its image built and its settings read.
type testCase struct {
	*checktest.Case

	file     string           // "" for an example in a rule
	image    *checktest.Image // nil for a Dockerfile
	settings *settings.Settings
	packages string // the file "packages" of a case of a distribution

	once   sync.Once
	folder string // of its OCI layout or its Dockerfile, once there is one
}

func parseCase(t *testing.T, name string, data []byte) *testCase {
	t.Helper()
	c, err := checktest.Parse(name, data)
	if err != nil {
		t.Fatal(err)
	}
	var image *checktest.Image
	if c.Dockerfile == nil {
		if image, err = c.Build(); err != nil {
			t.Fatal(err)
		}
	}
	s, err := settings.Parse(".fgpreflight.yaml", c.Function, rules.All)
	if err != nil {
		t.Fatalf("case %s: %v", name, err)
	}
	return &testCase{Case: c, image: image, settings: s}
}

// cases are the cases of testdata/rules, read once.
var cases struct {
	sync.Once
	all []*testCase
}

// allCases returns the cases of testdata/rules.
func allCases(t *testing.T) []*testCase {
	t.Helper()
	cases.Do(func() { cases.all = readCases(t) })
	return cases.all
}

func readCases(t *testing.T) []*testCase {
	t.Helper()
	files, err := filepath.Glob("../testdata/rules/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []*testCase
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c := parseCase(t, strings.TrimSuffix(filepath.Base(file), ".txtar"), data)
		c.file = file
		if c.Story == "" || len(c.Wanted()) == 0 {
			t.Errorf("%s: a case needs a story and expectations", file)
		}
		out = append(out, c)
	}
	return out
}

// targetSource is a kind of target that a case is served as.
type targetSource string

const (
	registrySource      targetSource = "registry"
	dockerArchiveSource targetSource = "docker-archive"
	layoutSource        targetSource = "oci"
	ociArchiveSource    targetSource = "oci-archive"
	dockerfileSource    targetSource = "dockerfile" // the only one of a case that is a Dockerfile
)

// testRegistry is shared by all cases, as each has a repository of its own.
var testRegistry = struct {
	sync.Mutex
	*checktest.Registry
	requests []string
}{}

// newTestRegistry starts the shared registry; it lives as long as the test
// binary.
func newTestRegistry() *checktest.Registry {
	return checktest.StartRegistry(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			testRegistry.Lock()
			testRegistry.requests = append(testRegistry.requests, r.Method+" "+r.URL.Path)
			testRegistry.Unlock()
			next.ServeHTTP(w, r)
		})
	})
}

// folders holds the OCI layouts and Dockerfiles of the cases.
var folders string

func TestMain(m *testing.M) {
	testRegistry.Registry = newTestRegistry()
	dir, err := os.MkdirTemp("", "fgpreflight-rules-")
	if err != nil {
		panic(err)
	}
	folders = dir
	m.Run()
	testRegistry.Close()
	_ = os.RemoveAll(dir)
}

// requestsTo returns the requests that the test registry got for the
// repository, each as "GET /v2/…".
func requestsTo(repository string) []string {
	testRegistry.Lock()
	defer testRegistry.Unlock()
	var out []string
	for _, request := range testRegistry.requests {
		if strings.Contains(request, " /v2/"+repository+"/") {
			out = append(out, request)
		}
	}
	return out
}

// repository returns the case's place in the test registry.
func (c *testCase) repository() string {
	return strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(c.Name))
}

// target makes the case's image available and returns its name.
func (c *testCase) target(t *testing.T, source targetSource) string {
	t.Helper()
	switch source {
	case registrySource:
		if c.Reference != "" {
			ref := check.SplitReference(c.Reference)
			repository := strings.TrimPrefix(ref.Organization+"/"+ref.Repository, "/")
			testRegistry.Push(t, c.image, repository, ref.Tag)
			return "registry:" + c.Reference
		}
		testRegistry.Push(t, c.image, c.repository(), "test")
		return fmt.Sprintf("registry:%s/%s:test", testRegistry.Host, c.repository())
	case dockerArchiveSource:
		file := filepath.Join(t.TempDir(), "image.tar")
		checktest.WriteFile(t, file, c.image.DockerArchive(""))
		return "docker-archive:" + file
	case layoutSource:
		c.once.Do(func() {
			c.folder = filepath.Join(folders, c.Name)
			c.image.WriteLayout(t, c.folder)
		})
		return "oci:" + c.folder
	case ociArchiveSource:
		file := filepath.Join(t.TempDir(), "image.tar")
		checktest.WriteFile(t, file, c.image.OCIArchive())
		return "oci-archive:" + file
	case dockerfileSource:
		c.once.Do(func() {
			c.folder = filepath.Join(folders, c.Name)
			if err := os.Mkdir(c.folder, 0o700); err != nil {
				t.Fatal(err)
			}
			checktest.WriteFile(t, filepath.Join(c.folder, "Dockerfile"), c.Dockerfile)
		})
		return filepath.Join(c.folder, "Dockerfile")
	}
	t.Fatalf("unknown source %q", source)
	return ""
}

// open opens the case's image as a target of that kind, with whole layers. A
// Dockerfile is of one kind alone.
func (c *testCase) open(t *testing.T, kind targetSource) *check.Subject {
	t.Helper()
	if c.Dockerfile != nil {
		kind = dockerfileSource
	}
	subject, closer, err := source.Open(t.Context(), c.target(t, kind), source.Options{
		Function:  &c.settings.Function,
		Full:      true,
		Insecure:  c.Reference != "",
		Dial:      c.dial(),
		Stage:     c.Traits.Target,
		BuildArgs: c.Traits.BuildArgs,
		Platform:  c.Traits.Platform,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	})
	return subject
}

// dial leads every host name to the test registry when the case is about a
// name there.
func (c *testCase) dial() func(ctx context.Context, network, addr string) (net.Conn, error) {
	if c.Reference == "" {
		return nil
	}
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, testRegistry.Host)
	}
}

func (c *testCase) check(t *testing.T, kind targetSource) *check.Report {
	t.Helper()
	return check.Run(t.Context(), c.open(t, kind), rules.All, c.settings.Policy)
}

// compareWant compares the rows that the case expects, or rewrites them.
func (c *testCase) compareWant(t *testing.T, report *check.Report) {
	t.Helper()
	got := c.rows(report, c.Wanted())
	if *update {
		if err := os.WriteFile(c.file, c.withPackages(c.WithWant(got)), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(c.Want, got); diff != "" {
		t.Errorf("rows differ (-want +got); go test ./rules -run TestCases -update rewrites them:\n%s", diff)
	}
}

// rows writes the rows of some rules, with the Dockerfile's name as that of one
// in the working folder.
func (c *testCase) rows(report *check.Report, ids []string) string {
	rows := checktest.Rows(report, ids)
	if c.Dockerfile == nil {
		return rows
	}
	return strings.ReplaceAll(rows, c.folder+string(filepath.Separator), "")
}

// withPackages returns the text of the case with its packages, which package
// checktest does not know, before the expectations.
func (c *testCase) withPackages(text []byte) []byte {
	if c.packages == "" {
		return text
	}
	head, want, _ := strings.Cut(string(text), "-- want --\n")
	return []byte(head + "-- packages --\n" + c.packages + "-- want --\n" + want)
}

// agreedRows returns the rows of a report that every kind of target must
// agree on: all but those on manifests and sizes, which kinds know differently.
func agreedRows(r *check.Report) []string {
	var out []string
	for _, result := range r.Results {
		if id := result.Rule.ID; id < "FG603" || id > "FG609" {
			out = append(out, checktest.Rows(r, []string{id}))
		}
	}
	return out
}

func resultOf(t *testing.T, r *check.Report, rule *check.Rule) check.Result {
	t.Helper()
	for _, result := range r.Results {
		if result.Rule == rule {
			return result
		}
	}
	t.Fatalf("no row for rule %v", rule)
	return check.Result{}
}
