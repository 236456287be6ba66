// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// TestLazy shows what each question costs in requests.
func TestLazy(t *testing.T) {
	image := newImage(t, `{"index": ["linux/amd64", "linux/arm64"]}`)
	var seen requests
	reg := checktest.NewRegistry(t, seen.wrap)
	reg.Push(t, image, "app", "1")
	seen.take()

	s := open(t, "registry:"+reg.Host+"/app:1", source.Options{})
	step := func(what string, want ...string) {
		t.Helper()
		if diff := cmp.Diff(want, seen.take()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	step("Open", "GET /v2/", "GET /v2/app/manifests/1", "GET /v2/app/manifests/"+image.Manifest.Digest)
	ctx := t.Context()
	if _, err := s.Manifest(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.Size(ctx); err != nil {
		t.Error(err)
	}
	step("manifest and size")
	if _, err := s.Config(ctx); err != nil {
		t.Error(err)
	}
	step("config", "GET /v2/app/blobs/"+image.Config.Digest)
	files, err := s.RootFS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	step("root file system")
	if _, err := fs.Stat(files, "data"); err != nil {
		t.Error(err)
	}
	step("a file of the upper layer", "GET /v2/app/blobs/"+image.Layers[1].Digest)
	if _, err := fs.ReadFile(files, "etc/passwd"); err != nil {
		t.Error(err)
	}
	step("a file of the lower layer", "GET /v2/app/blobs/"+image.Layers[0].Digest)
	if _, err := fs.Stat(files, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	step("a file that is missing")
	var unavailable *check.UnavailableError
	if _, err := s.Tree(ctx); !errors.As(err, &unavailable) || unavailable.Hint != "pass --full" {
		t.Errorf("tree: %v, want the hint --full", err)
	}
}

// bigImage is an image of one layer that does not compress, with a file at its
// beginning and one at its end.
func bigImage(t *testing.T, size int) *checktest.Image {
	t.Helper()
	noise := make([]byte, size)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	c := &checktest.Case{Name: "big", Config: []byte("{}"), Layers: []checktest.Files{{
		Entries: "/first file\n/noise file\n/last file\n",
		Contents: map[string][]byte{
			"/first": []byte("1"), "/noise": noise, "/last": []byte("2"),
		},
	}}}
	image, err := c.Build()
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// TestRanges shows that a layer is fetched in parts, as far as needed.
func TestRanges(t *testing.T) {
	image := bigImage(t, 700<<10)
	var seen requests
	reg := checktest.NewRegistry(t, seen.wrap)
	reg.Push(t, image, "app", "1")
	s := open(t, "registry:"+reg.Host+"/app:1", source.Options{})
	seen.take()
	blob := "GET /v2/app/blobs/" + image.Layers[0].Digest
	if _, err := s.Config(t.Context()); err != nil {
		t.Fatal(err)
	}
	seen.take()
	files, err := s.RootFS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Stat(files, "first"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{blob + " bytes=0-131071"}, seen.take()); diff != "" {
		t.Errorf("the first file (-want +got):\n%s", diff)
	}
	if _, err := fs.Stat(files, "last"); err != nil {
		t.Fatal(err)
	}
	last := fmt.Sprintf(" bytes=393216-%d", len(image.Layers[0].Data)-1)
	if diff := cmp.Diff([]string{blob + " bytes=131072-393215", blob + last}, seen.take()); diff != "" {
		t.Errorf("the last file (-want +got):\n%s", diff)
	}

	full := open(t, "registry:"+reg.Host+"/app:1", source.Options{Full: true})
	tree, err := full.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen.take()
	if _, err := fs.ReadDir(tree, "."); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{blob}, seen.take()); diff != "" {
		t.Errorf("with --full (-want +got):\n%s", diff)
	}
}

// blobHandler answers requests for blobs, others are left to the registry.
func blobHandler(answer http.HandlerFunc) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// TestDownloads reads a layer from registries that send it in odd ways.
func TestDownloads(t *testing.T) {
	image := bigImage(t, 700<<10)
	data := map[string][]byte{image.Config.Digest: image.Config.Data, image.Layers[0].Digest: image.Layers[0].Data}
	digest := func(r *http.Request) string { return r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:] }
	serve := func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data[digest(r)]))
	}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   string // "" for success
	}{
		{"parts", serve, ""},
		{"no parts", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(data[digest(r)]) }, ""},
		{"parts of a length that is not told", func(w http.ResponseWriter, r *http.Request) {
			var first, last int64
			all := data[digest(r)]
			if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last); n < 2 {
				_, _ = w.Write(all)
				return
			}
			if first >= int64(len(all)) {
				w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
				return
			}
			last = min(last, int64(len(all))-1)
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", first, last))
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write(all[first : last+1])
		}, ""},
		{"connections that break off", func(w http.ResponseWriter, r *http.Request) {
			serve(&breaking{ResponseWriter: w, left: 50 << 10}, r)
		}, ""},
		{"the first connection breaks off, and no parts", func(w http.ResponseWriter, r *http.Request) {
			b := &breaking{ResponseWriter: w, left: 50 << 10}
			w.Header().Set("Content-Length", strconv.Itoa(len(data[digest(r)])))
			_, _ = io.Copy(b, struct{ io.Reader }{bytes.NewReader(data[digest(r)])})
		}, "reading layer 1 (sha256:*): the download broke off (unexpected EOF), and the registry does not send the rest alone; see what docker pull HOST/app:1 says"},
		{"another part", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Range") == "" {
				serve(w, r)
				return
			}
			w.Header().Set("Content-Range", "bytes 7-8/9")
			w.WriteHeader(http.StatusPartialContent)
		}, `reading layer 1 (sha256:*): the registry sent the part "bytes 7-8/9" in place of bytes=0-131071; see what docker pull HOST/app:1 says`},
		{"other bytes", func(w http.ResponseWriter, r *http.Request) {
			if digest(r) == image.Config.Digest {
				serve(w, r)
				return
			}
			_, _ = w.Write(newImage(t, "{}").Layers[0].Data)
		}, "reading layer 1 (sha256:*): digest mismatch: *; it is damaged or incomplete: save, push or build the image again"},
	} {
		t.Run(test.name, func(t *testing.T) {
			reg := checktest.NewRegistry(t, blobHandler(test.answer))
			reg.Push(t, image, "app", "1")
			target := "registry:" + reg.Host + "/app:1"
			files, err := open(t, target, source.Options{}).RootFS(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_, err = fs.Stat(files, "last")
			if test.want == "" {
				_, missing := fs.Stat(files, "missing") // That takes the layer to its end.
				if err != nil || !errors.Is(missing, fs.ErrNotExist) {
					t.Error(err, missing)
				}
				return
			}
			if err == nil || !matches(test.want, strings.ReplaceAll(err.Error(), reg.Host, "HOST"), "registry:HOST/app:1: ") {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

// TestWrongSize reads a layer whose descriptor is wrong about its size, from a
// registry that refuses what is beyond the end.
func TestWrongSize(t *testing.T) {
	image := newImage(t, `{"layerSizes": [11000000000, 11000000000]}`)
	reg := checktest.NewRegistry(t, blobHandler(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		for _, b := range append(image.Layers, image.Config) {
			if strings.HasSuffix(r.URL.Path, b.Digest) {
				_, _ = w.Write(b.Data)
			}
		}
	}))
	reg.Push(t, image, "app", "1")
	wantStory(t, open(t, "registry:"+reg.Host+"/app:1", source.Options{}))
}

// breaking breaks the connection after some bytes.
type breaking struct {
	http.ResponseWriter
	left int
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		panic(http.ErrAbortHandler)
	}
	return b.ResponseWriter.Write(p)
}

// matches reports whether text is the prefix and then the pattern, in which a
// star stands for anything.
func matches(pattern, text, prefix string) bool {
	text, ok := strings.CutPrefix(text, prefix)
	parts := strings.Split(pattern, "*")
	for i, part := range parts {
		at := strings.Index(text, part)
		if at < 0 || (i == 0 && at > 0) {
			return false
		}
		text = text[at+len(part):]
	}
	return ok && (text == "" || strings.HasSuffix(pattern, "*"))
}

// TestRegistryErrors shows the line for each kind of trouble.
func TestRegistryErrors(t *testing.T) {
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v2/" {
				return
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
		}
	}
	manifest := func(mediaType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/v2/" {
				w.Header().Set("Content-Type", mediaType)
				_, _ = io.WriteString(w, body)
			}
		}
	}
	const docker = "application/vnd.docker.distribution.manifest.v2+json"
	digest := "sha256:" + strings.Repeat("0", 64)
	const emptyIndex = `{"schemaVersion":2,"manifests":[]}`
	digestOfEmptyIndex := checktest.NewBlob("", []byte(emptyIndex)).Digest
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   string
	}{
		{
			"unknown name", status(404, `{"errors":[{"code":"NAME_UNKNOWN","message":"Unknown name","detail":{"a":1}}]}`),
			"HOST has no such image (NAME_UNKNOWN: Unknown name); check the name and the tag, and that the image was pushed",
		},
		{
			"no registry", http.NotFound,
			"HOST has no such image; check the name and the tag, and that the image was pushed",
		},
		{
			"unauthorised", status(401, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`),
			"HOST gives no access (UNAUTHORIZED: authentication required); log in with docker login HOST, or check the name",
		},
		{
			"forbidden", status(403, `{"errors":[{"code":"DENIED"}]}`),
			"HOST gives no access (DENIED); log in with docker login HOST, or check the name",
		},
		{
			"too many", status(429, ""),
			"HOST limits the number of requests; wait, or log in for a higher limit: docker login HOST",
		},
		{
			"unavailable", status(503, "<html>long</html>"),
			"HOST answers 503 Service Unavailable; try again later, or see what docker pull HOST/app:1 says",
		},
		{
			"a long and coloured error", status(400, `{"errors":[{"code":"X","message":"\u001b[31m\n`+strings.Repeat("x", 5000)+`"}]}`),
			"HOST answers 400 Bad Request (X: \x1b[31m " + strings.Repeat("x", 900) + "*…; try again later, or see what docker pull HOST/app:1 says",
		},
		{
			"no JSON", manifest(docker, "hello"),
			"reading the manifest: invalid character 'h' looking for beginning of value; it is damaged or incomplete: save, push or build the image again",
		},
		{
			"schema 1", manifest("application/vnd.docker.distribution.manifest.v1+prettyjws", `{"schemaVersion":1,"fsLayers":[]}`),
			"the manifest is of Docker's schema 1, which has not been in use since 2017; pull the image and push it again with a current Docker",
		},
		{
			"an artifact", manifest("", `{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"`+digest+`","size":2},"layers":[]}`),
			"this is not a container image, but an artifact of the type application/vnd.cncf.helm.config.v1+json; name an image",
		},
		{
			"two things at once", manifest(docker, `{"schemaVersion":2,"config":{"digest":"`+digest+`"},"layers":[],"manifests":[]}`),
			"the manifest claims to be an index too; it is damaged or incomplete: save, push or build the image again",
		},
		{
			"an odd digest", manifest(docker, `{"schemaVersion":2,"config":{"digest":"sha256:../../x"},"layers":[]}`),
			`reading the manifest: the digest "sha256:../../x" is malformed; it is damaged or incomplete: save, push or build the image again`,
		},
		{
			"a negative size", manifest(docker, `{"schemaVersion":2,"config":{"digest":"`+digest+`","size":-1},"layers":[]}`),
			"reading the manifest: the size -1 of " + digest + " is impossible; it is damaged or incomplete: save, push or build the image again",
		},
		{
			"a huge config", manifest(docker, `{"schemaVersion":2,"config":{"digest":"`+digest+`","size":1099511627776},"layers":[]}`),
			"the config is said to have 1099511627776 bytes, more than 8388608; it is damaged or incomplete: save, push or build the image again",
		},
		{
			"an endless manifest", func(w http.ResponseWriter, r *http.Request) {
				for r.URL.Path != "/v2/" {
					if _, err := w.Write(make([]byte, 1<<20)); err != nil {
						return
					}
				}
			},
			"reading the manifest: the answer is longer than 8388608 bytes; see what docker pull HOST/app:1 says",
		},
		{
			"redirects in a circle", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/" {
					http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
				}
			},
			"more than 10 redirects; see what docker pull HOST/app:1 says",
		},
		{
			"a redirect to the metadata service", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/v2/" {
					http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
				}
			},
			"refusing to connect to a link-local address, which HOST leads to; check the name of the registry",
		},
		{
			"no manifest at all", manifest("", `{"schemaVersion":2}`),
			"the manifest names neither a config nor other manifests" + damaged,
		},
		{
			"thousands of layers", manifest(docker, `{"schemaVersion":2,"config":{},"layers":[`+strings.Repeat("{},", 1000)+`{}]}`),
			"the manifest has 1001 layers, more than 1000" + damaged,
		},
		{
			"an index in place of a manifest", func(w http.ResponseWriter, r *http.Request) {
				body := `{"schemaVersion":2,"manifests":[{"mediaType":"` + manifestType + `","digest":"` + digestOfEmptyIndex + `","platform":{"os":"linux","architecture":"amd64"}}]}`
				if strings.HasSuffix(r.URL.Path, digestOfEmptyIndex) {
					body = emptyIndex
				}
				manifest("", body)(w, r)
			},
			"manifest " + digestOfEmptyIndex + " is not the " + manifestType + " that its descriptor promises" + damaged,
		},
		{
			"an empty index", manifest("", `{"schemaVersion":2,"manifests":[]}`),
			"the index has no image in it; name an image",
		},
		{
			"thousands of entries", manifest("", `{"schemaVersion":2,"manifests":[`+strings.Repeat("{},", 1000)+`{}]}`),
			"the index has 1001 entries, more than 1000; it is damaged or incomplete: save, push or build the image again",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			host := strings.TrimPrefix(server.URL, "http://")
			got, usage := openError(t, "registry:"+host+"/app:1", source.Options{})
			got = strings.ReplaceAll(got, host, "HOST")
			if !matches(test.want, got, "") || usage {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// nested answers every request for a manifest with an index of one more index.
func nested(width int) http.HandlerFunc {
	level := func(n int) []byte {
		entries := []string{}
		for i := range width {
			child := checktest.NewBlob("", fmt.Appendf(nil, "%d-%d", n, i))
			entries = append(entries, `{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"`+child.Digest+`","size":1}`)
		}
		return []byte(`{"schemaVersion":2,"manifests":[` + strings.Join(entries, ",") + `]}`)
	}
	var n atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			_, _ = w.Write(level(int(n.Add(1))))
		}
	}
}

func TestNestedIndexes(t *testing.T) {
	server := httptest.NewServer(nested(1000))
	defer server.Close()
	got, _ := openError(t, "registry:"+strings.TrimPrefix(server.URL, "http://")+"/app:1", source.Options{})
	if !strings.HasPrefix(got, "indexes are nested too deep") {
		t.Errorf("got %q", got)
	}
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

func TestConnectionErrors(t *testing.T) {
	refusing := httptest.NewServer(nil)
	refusing.Close()
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer hanging.Close()
	plain := httptest.NewServer(registry.New(registry.Logger(quiet())))
	defer plain.Close()
	toPlain := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(plain.URL, "http://"))
	}
	unknown := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "registry.example", IsNotFound: true}
	}
	hostOf := func(s *httptest.Server) string { return strings.TrimPrefix(s.URL, "http://") }
	for _, test := range []struct {
		name, ref string
		options   source.Options
		want      string
	}{
		{
			"refused", hostOf(refusing) + "/app:1",
			source.Options{},
			hostOf(refusing) + " refuses the connection; check the host and the port, and that the registry runs",
		},
		{
			"unknown host", "registry.example/app:1",
			source.Options{Dial: unknown},
			"no host is called registry.example; check the name, the network and the proxy",
		},
		{
			"plain HTTP", "registry.example/app:1",
			source.Options{Dial: toPlain},
			"registry.example speaks plain HTTP; pass --insecure to allow that",
		},
		{
			"plain HTTP that is allowed", "registry.example/app:1",
			source.Options{Dial: toPlain, Insecure: true},
			"registry.example has no such image (NAME_UNKNOWN: Unknown name); check the name and the tag, and that the image was pushed",
		},
		{
			"SWR", "swr.sa-brazil-1.myhuaweicloud.com/org/app:1",
			source.Options{Insecure: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return toServer(ctx, t, network)
			}},
			"swr.sa-brazil-1.myhuaweicloud.com gives no access; log in with the command that SWR's console generates (Generate Login Command), or check the name",
		},
		{
			"Docker Hub", "app:1",
			source.Options{Insecure: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return toServer(ctx, t, network)
			}},
			"docker.io gives no access; check the name, or log in with docker login",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _ := openError(t, "registry:"+test.ref, test.options)
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	t.Run("time-out", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("no end within 50ms"))
		defer cancel()
		_, _, err := source.Open(ctx, "registry:"+hostOf(hanging)+"/app:1", source.Options{})
		if want := "registry:" + hostOf(hanging) + "/app:1: no end within 50ms; give it more time with --timeout"; err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

// toServer connects to a server that gives access to nothing but the ping.
func toServer(ctx context.Context, t *testing.T, network string) (net.Conn, error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v2/" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(server.URL, "http://"))
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(registry.New(registry.Logger(quiet())))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	own := writeFile(t, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	empty := writeFile(t, "empty.pem", nil)
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	const missing = " has no such image (NAME_UNKNOWN: Unknown name); check the name and the tag, and that the image was pushed"
	for _, test := range []struct {
		name, host string
		options    source.Options
		want       string
		usage      bool
	}{
		{
			"unknown authority", "example.com",
			source.Options{},
			"the certificate of example.com is not trusted: x509: certificate signed by unknown authority; " +
				"pass --ca-file FILE with the certificate of the registry's authority, or --insecure", false,
		},
		{"own authority", "example.com", source.Options{CAFile: own}, "example.com" + missing, false},
		{
			"another name", "registry.example",
			source.Options{CAFile: own},
			"the certificate of registry.example is not trusted: x509: certificate is valid for example.com, *.example.com, not registry.example; " +
				"mend the certificate, or pass --insecure", false,
		},
		{"not verified", "registry.example", source.Options{Insecure: true}, "registry.example" + missing, false},
		{
			"no such file", "example.com",
			source.Options{CAFile: own + "x"},
			"reading the certificates: open " + own + "x: no such file or directory; name a PEM file with --ca-file", true,
		},
		{"no certificate", "example.com", source.Options{CAFile: empty}, empty + " has no certificate in it; name a PEM file with --ca-file", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.options.Dial = dial
			got, usage := openError(t, "registry:"+test.host+"/app:1", test.options)
			if got != test.want || usage != test.usage {
				t.Errorf("got  %q, usage %v\nwant %q, usage %v", got, usage, test.want, test.usage)
			}
		})
	}
}

// TestRetries shows that a passing trouble is not told.
func TestRetries(t *testing.T) {
	image := newImage(t, "{}")
	var tries atomic.Int64
	reg := checktest.NewRegistry(t, blobHandler(func(w http.ResponseWriter, _ *http.Request) {
		if tries.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write(image.Config.Data)
	}))
	reg.Push(t, image, "app", "1")
	if _, err := open(t, "registry:"+reg.Host+"/app:1", source.Options{}).Config(t.Context()); err != nil || tries.Load() != 3 {
		t.Errorf("%v after %d tries", err, tries.Load())
	}
}

// guarded is a registry that wants a user name and a password, by basic
// authentication or by a token.
func guarded(t *testing.T, token bool) (*checktest.Registry, func(user, password string)) {
	t.Helper()
	var credentials atomic.Value
	var host string
	wrap := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			user, password, _ := r.BasicAuth()
			known := credentials.Load() == nil || credentials.Load() == user+":"+password
			switch {
			case token && r.URL.Path == "/token" && known:
				_, _ = io.WriteString(w, `{"token":"secret"}`)
			case token && r.Header.Get("Authorization") == "Bearer secret", !token && known, credentials.Load() == nil:
				next.ServeHTTP(w, r)
			case token && r.URL.Path != "/token":
				w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+host+`/token",service="test"`)
				w.WriteHeader(http.StatusUnauthorized)
			default:
				w.Header().Set("WWW-Authenticate", "Basic")
				w.WriteHeader(http.StatusUnauthorized)
			}
		})
	}
	reg := checktest.NewRegistry(t, wrap)
	host = reg.Host
	reg.Push(t, newImage(t, "{}"), "org/app", "1")
	return reg, func(user, password string) { credentials.Store(user + ":" + password) }
}

func TestCredentials(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("left out: the credential helper of the test is a shell script")
	}
	const user, password = "me", "pass:word"
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	bin := t.TempDir()
	helper := "#!/bin/sh\nread -r host\necho \"$host\" >>" + bin + "/asked\n" +
		`printf '{"ServerURL":"x","Username":"me","Secret":"pass:word"}'` + "\n"
	broken := "#!/bin/sh\necho 'the agent is locked'\nexit 1\n"
	for name, script := range map[string]string{"good": helper, "broken": broken} {
		if err := os.WriteFile(filepath.Join(bin, "docker-credential-"+name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	for _, test := range []struct {
		name, docker, podman string // contents of the files, HOST for the registry
		want                 string // "" for success
	}{
		{"docker's file", `{"auths":{"HOST":{"auth":"` + auth + `"}}}`, "", ""},
		{"docker's file, an old address", `{"auths":{"https://HOST/v1/":{"auth":"` + auth + `"}}}`, "", ""},
		{"podman's file", "", `{"auths":{"HOST":{"auth":"` + auth + `"}}}`, ""},
		{"podman's file, by repository", "", `{"auths":{"HOST/org/app":{"auth":"` + auth + `"},"HOST":{"auth":"eDp5"}}}`, ""},
		{"podman's file beside docker's", `{"auths":{"other.example":{"auth":"` + auth + `"}}}`, `{"auths":{"HOST":{"auth":"` + auth + `"}}}`, ""},
		{"a helper for the host", `{"credHelpers":{"HOST":"good"}}`, "", ""},
		{"a helper for all", `{"credsStore":"good"}`, "", ""},
		{"podman's file behind a broken helper", `{"credsStore":"broken"}`, `{"auths":{"HOST":{"auth":"` + auth + `"}}}`, ""},
		{"none", "", "", "HOST gives no access; log in with docker login HOST, or check the name"},
		{"wrong", `{"auths":{"HOST":{"auth":"eDp5"}}}`, "", "HOST gives no access; log in with docker login HOST, or check the name"},
		{
			"a broken helper", `{"credsStore":"broken"}`, "",
			"HOST gives no access; credentials could not be read: docker-credential-broken: exit status 1 the agent is locked; log in with docker login HOST, or check the name",
		},
		{
			"a missing helper", `{"credHelpers":{"HOST":"none"}}`, "",
			"HOST gives no access; credentials could not be read: docker-credential-none: exec: \"docker-credential-none\": executable file not found in $PATH; log in with docker login HOST, or check the name",
		},
		{
			"a helper elsewhere", `{"credHelpers":{"HOST":"../../bin/sh"}}`, "",
			"HOST gives no access; credentials could not be read: the credential helper \"../../bin/sh\" has an impossible name; log in with docker login HOST, or check the name",
		},
		{
			"a broken file", `{`, "",
			"HOST gives no access; credentials could not be read: DOCKER/config.json: unexpected end of JSON input; log in with docker login HOST, or check the name",
		},
	} {
		for _, token := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/token=%v", test.name, token), func(t *testing.T) {
				reg, demand := guarded(t, token)
				demand(user, password)
				home := t.TempDir()
				for name, text := range map[string]string{".docker/config.json": test.docker, ".config/containers/auth.json": test.podman} {
					if text != "" {
						checktest.WriteFile(t, filepath.Join(home, name), []byte(strings.ReplaceAll(text, "HOST", reg.Host)))
					}
				}
				target := "registry:" + reg.Host + "/org/app:1"
				if test.want == "" {
					open(t, target, source.Options{Home: home})
					return
				}
				got, _ := openError(t, target, source.Options{Home: home})
				got = strings.ReplaceAll(strings.ReplaceAll(got, reg.Host, "HOST"), filepath.Join(home, ".docker"), "DOCKER")
				if got != test.want {
					t.Errorf("got  %q\nwant %q", got, test.want)
				}
			})
		}
	}
}
