// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
)

// fromStdin returns the options that read the Dockerfile from standard input.
func fromStdin(o source.Options, lines ...string) source.Options {
	o.Dockerfile, o.Stdin = true, strings.NewReader(strings.Join(lines, "\n")+"\n")
	return o
}

// noEngine returns the options with no engine to be found.
func noEngine(t *testing.T, o source.Options) source.Options {
	t.Helper()
	none := "unix://" + filepath.Join(t.TempDir(), "none")
	o.Env = func(name string) string {
		return map[string]string{"DOCKER_HOST": none, "CONTAINER_HOST": none}[name]
	}
	return o
}

// untouched returns the address of an engine that nobody may talk to.
func untouched(t *testing.T) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
			t.Error("the engine was asked")
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-ended
	})
	return "unix://" + socket
}

// TestDockerfileOffline shows that a Dockerfile is checked without a word to
// anybody: no engine, no registry, no other host.
func TestDockerfileOffline(t *testing.T) {
	engine := untouched(t)
	o := source.Options{
		Env: func(name string) string {
			return map[string]string{"DOCKER_HOST": engine, "CONTAINER_HOST": engine}[name]
		},
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			t.Errorf("%s was dialled", address)
			return nil, errors.New("offline")
		},
	}
	for name, lines := range map[string][]string{
		"unknown base":   {"FROM registry.example.com/team/base:1", "USER app", "CMD [\"server\"]"},
		"known base":     {"FROM python:3.12-slim", "RUN useradd -u 1003 app", "USER app", "CMD [\"python\", \"app.py\"]"},
		"no base":        {"FROM scratch", "COPY server /server", "CMD [\"/server\"]"},
		"syntax image":   {"# syntax=registry.example.com/frontend:1", "FROM alpine"},
		"copy of image":  {"FROM alpine", "COPY --from=registry.example.com/tools:1 /x /x"},
		"mount of image": {"FROM alpine", "RUN --mount=from=registry.example.com/tools:1,target=/t /t/x"},
		"download":       {"FROM alpine", "ADD https://example.com/x.tar.gz https://github.com/moby/buildkit.git /x/"},
		"onbuild":        {"FROM alpine", "ONBUILD ADD https://example.com/x /x"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, "-", fromStdin(o, lines...))
			report := check.Run(t.Context(), s, rules.All, check.Policy{})
			if errs := report.Errors(); len(errs) > 0 {
				t.Errorf("errors %v", errs)
			}
		})
	}
}

// baseStory is a base image with all that a Dockerfile inherits.
const baseStory = `
-- config.json --
{"User": "app", "Env": ["HOME=/home/app", "PATH=/usr/local/bin:/usr/bin:/bin"], "ExposedPorts": {"8000/tcp": {}},
 "WorkingDir": "/home/app", "Shell": ["/bin/ash", "-c"], "OnBuild": ["ENV STAGE=built", "EXPOSE 9000"]}
-- image.json --
TRAITS
-- files --
/home/app dir owner=1003:1003
/home/app/server elf arch=amd64 mode=0755
/usr/sbin/adduser file mode=0755
-- rootfs/etc/os-release --
ID=alpine
-- rootfs/etc/passwd --
root:x:0:0::/root:/bin/sh
app:x:1003:1003::/home/app:/bin/sh
-- rootfs/etc/group --
app:x:1003:
`

func baseImage(t *testing.T, traits string) *checktest.Image {
	t.Helper()
	c, err := checktest.Parse("base", []byte(strings.Replace(baseStory, "TRAITS", traits, 1)))
	if err != nil {
		t.Fatal(err)
	}
	image, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestResolveBase shows that everything of a base image gets into the facts.
func TestResolveBase(t *testing.T) {
	registry := checktest.NewRegistry(t, nil)
	registry.Push(t, baseImage(t, "{}"), "base", "1")
	wantBase(t, registry.Host+"/base:1", noEngine(t, source.Options{ResolveBase: true}))
}

// TestNamedBases reads base images from where the user says that they are, and
// no other.
func TestNamedBases(t *testing.T) {
	dir := t.TempDir()
	layout, archive := filepath.Join(dir, "layout"), filepath.Join(dir, "base.tar")
	baseImage(t, "{}").WriteLayout(t, layout)
	if err := os.WriteFile(archive, baseImage(t, "{}").DockerArchive("base:1"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{layout, "oci:" + layout, "oci-layout://" + layout, archive, "docker-archive:" + archive} {
		t.Run(target, func(t *testing.T) {
			o := noEngine(t, source.Options{Bases: map[string]string{"team/base:1": target}})
			wantBase(t, "team/base:1", o)
			s := open(t, "-", fromStdin(o, "FROM team/other:1", "CMD server"))
			config, err := s.Config(t.Context())
			if err != nil || config.User.IsSet() {
				t.Errorf("another base image: USER %q, %v", config.User.Or(""), err)
			}
		})
	}
	for target, want := range map[string]string{
		"dockerfile:" + archive: "is no image; name one, as in oci:PATH or docker:NAME",
		"-":                     "is no image; name one, as in oci:PATH or docker:NAME",
		"oci:" + dir + "/none":  "no such file; check the path",
	} {
		o := noEngine(t, source.Options{Bases: map[string]string{"base": target}})
		_, _, err := source.Open(t.Context(), "-", fromStdin(o, "FROM base"))
		if err == nil || !strings.HasPrefix(err.Error(), "-: line 1: base image base: ") || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

// TestResolveBaseOfEngine reads the base image from the machine's Docker
// engine, where a developer has just built it.
func TestResolveBaseOfEngine(t *testing.T) {
	ref := "fgpreflight-test/base:1"
	needEngine(t)
	load(t, baseImage(t, "{}").DockerArchive(ref), ref)
	wantBase(t, ref, source.Options{ResolveBase: true, Env: os.Getenv, Home: os.Getenv("HOME")})
}

// needEngine leaves the test out where no engine answers, unless one has to.
func needEngine(t *testing.T) {
	t.Helper()
	c, err := engine.Connect(t.Context(), engine.Options{Kind: engine.Docker, Env: os.Getenv, Home: os.Getenv("HOME")})
	switch {
	case err == nil:
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	case os.Getenv("FGPREFLIGHT_REQUIRE_ENGINE") == "1":
		t.Fatal(err)
	default:
		t.Skipf("left out: base images of a real engine: %v", err)
	}
}

// wantBase checks what a Dockerfile has from the base image of the story.
func wantBase(t *testing.T, ref string, o source.Options) {
	t.Helper()
	s := open(t, "-", fromStdin(o, "FROM scratch AS other", "ENV OTHER=1", "FROM "+ref, "EXPOSE 8080", "CMD server"))
	config, err := s.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := check.Location{Artifact: "-", Line: 3, Column: 6, Width: len(ref), Base: ref}
	if got := config.User.At(); config.User.Or("") != "app" || got != at {
		t.Errorf("USER %q at %+v, want app at %+v", config.User.Or(""), got, at)
	}
	if got := config.Env.Lookup("STAGE").Or(""); got != "built" {
		t.Errorf("STAGE=%q, want what ONBUILD sets", got)
	}
	if want := []string{"8000/tcp", "9000/tcp", "8080/tcp"}; config.Ports.Rest != nil || !sameSet(want, config.Ports.Have) {
		t.Errorf("ports %v, %v; want %v", config.Ports.Have, config.Ports.Rest, want)
	}
	if diff := cmp.Diff([]string{"/bin/ash", "-c", "server"}, config.Cmd.Or(nil)); diff != "" {
		t.Errorf("CMD in the base's shell (-want +got):\n%s", diff)
	}
	user, err := s.User(t.Context())
	if err != nil || user.UID != 1003 {
		t.Errorf("user %+v, %v", user, err)
	}
	program, err := s.Program(t.Context(), "/home/app/server", "")
	if err != nil || program.Path != "/home/app/server" {
		t.Errorf("program %+v, %v", program, err)
	}
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// TestResolveBasePlatform shows which image of an index is the base.
func TestResolveBasePlatform(t *testing.T) {
	registry := checktest.NewRegistry(t, nil)
	const both = `"index": ["linux/amd64", "linux/arm64"]`
	registry.Push(t, baseImage(t, "{"+both+"}"), "base", "amd64") // The other one's manifest is rubbish.
	registry.Push(t, baseImage(t, "{"+both+`, "architecture": "arm64"}`), "base", "arm64")
	for _, test := range []struct {
		name, from, platform, tag string
	}{
		{"amd64 is preferred", "FROM ", "", "amd64"},
		{"by the call", "FROM ", "linux/arm64", "arm64"},
		{"by FROM", "FROM --platform=linux/arm64 ", "", "arm64"},
		{"by FROM, not the call", "FROM --platform=linux/amd64 ", "linux/arm64", "amd64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := noEngine(t, source.Options{ResolveBase: true, Platform: test.platform})
			s := open(t, "-", fromStdin(o, test.from+registry.Host+"/base:"+test.tag))
			if config, err := s.Config(t.Context()); err != nil || config.User.Or("") != "app" {
				t.Errorf("%+v, %v; want the base's USER", config, err)
			}
		})
	}
}

// TestResolveBaseOnlyOfTarget shows that stages which the target does not need
// cost nothing.
func TestResolveBaseOnlyOfTarget(t *testing.T) {
	var asked requests
	registry := checktest.NewRegistry(t, asked.wrap)
	registry.Push(t, baseImage(t, "{}"), "base", "1")
	s := open(t, "-", fromStdin(noEngine(t, source.Options{ResolveBase: true, Stage: "here"}),
		"FROM "+registry.Host+"/missing:1 AS unused", "FROM "+registry.Host+"/base:1 AS here", "FROM "+registry.Host+"/missing:2"))
	if _, err := s.Config(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := asked.take()
	if len(all) == 0 || slices.ContainsFunc(all, func(line string) bool { return strings.Contains(line, "missing") }) {
		t.Errorf("requests %q", all)
	}
}

// TestDockerfileErrors shows what is said of Dockerfiles that cannot be judged.
func TestDockerfileErrors(t *testing.T) {
	registry := checktest.NewRegistry(t, nil)
	bomb := "FROM scratch\nENV A=0123456789\n" + strings.Repeat("ENV A=$A$A$A$A$A$A$A$A$A$A\n", 20)
	for _, test := range []struct {
		name, text string
		options    source.Options
		want       string
		usage      bool
	}{
		{"binary", "FROM scratch\n\x00", source.Options{}, "it holds binary data, so it is no Dockerfile; name a Dockerfile that docker build takes", false},
		{"large", "FROM scratch\n" + strings.Repeat("RUN true\n", 1<<18), source.Options{}, "it is larger than 1048576 bytes, so it is no Dockerfile; name a Dockerfile that docker build takes", false},
		{"stage", "FROM scratch AS one\nFROM one AS two\n", source.Options{Stage: "three"}, `there is no build stage "three"; pass --target with one of: one, two`, true},
		{"no stage", "FROM scratch\n", source.Options{Stage: "three"}, `there is no build stage "three"; name no stage: the Dockerfile gives names to none`, true},
		{"platform", "FROM scratch\n", source.Options{Platform: "amd64"}, `the platform "amd64" is not of the form os/arch or os/arch/variant; write --platform linux/amd64`, true},
		{"bomb", bomb, source.Options{}, "line 7: the variables expand to more than is read: no Dockerfile that is meant to be built needs so much; name a Dockerfile that docker build takes", false},
		{"base", "FROM " + registry.Host + "/none:1\n", source.Options{ResolveBase: true}, "line 1: base image " + registry.Host + "/none:1: " + registry.Host + " has no such image (NAME_UNKNOWN: Unknown name); check the name and the tag, and that the image was pushed", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, usage := openError(t, "-", fromStdin(noEngine(t, test.options), strings.TrimSuffix(test.text, "\n")))
			if got != test.want || usage != test.usage {
				t.Errorf("got %q (usage: %v), want %q (usage: %v)", got, usage, test.want, test.usage)
			}
		})
	}
}

// TestDockerfileFaults shows what is wrong with a text, and is no trouble of
// the tool.
func TestDockerfileFaults(t *testing.T) {
	for _, test := range []struct {
		name string
		text []byte
		line int
	}{
		{"no instruction", []byte("FROM scratch\nRUNN true\n"), 2},
		{"unused stage", []byte("FROM scratch AS a\nEXPOSE\nFROM scratch\n"), 2},
		{"long line", slices.Concat([]byte("FROM scratch\nRUN "), bytes.Repeat([]byte("a"), 64<<10), []byte("\n")), 2},
		{"circle", []byte("FROM scratch AS a\nCOPY --from=a /x /y\n"), 2},
		{"empty", nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := open(t, writeFile(t, "Dockerfile", test.text), source.Options{})
			config, err := s.Config(t.Context())
			if err != nil || len(config.Faults) != 1 || config.Faults[0].At.Line != test.line {
				t.Errorf("%+v, %v; want one fault in line %d", config, err, test.line)
			}
		})
	}
}
