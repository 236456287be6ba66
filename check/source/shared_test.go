// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// family returns images that have two base layers in common, of which the lower
// one is fetched in parts, and one layer and a config of their own.
func family(t *testing.T, n int) []*checktest.Image {
	t.Helper()
	noise := bigImage(t, 700<<10).Layers[0].Data
	var images []*checktest.Image
	for i := range n {
		c := &checktest.Case{Name: "family", Config: fmt.Appendf(nil, `{"Env": ["I=%d"]}`, i), Layers: []checktest.Files{
			{Entries: "/first file\n/noise file\n/last file\n", Contents: map[string][]byte{"/noise": noise, "/last": []byte("2")}},
			{Entries: "/etc/passwd file\n/base file\n", Contents: map[string][]byte{"/etc/passwd": []byte("root:x:0:0::/:/bin/sh\n")}},
			{Entries: fmt.Sprintf("/app/%d file\n", i)},
		}}
		image, err := c.Build()
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, image)
	}
	return images
}

func newShared(t *testing.T) *source.Shared {
	t.Helper()
	s := source.NewShared(t.Context())
	t.Cleanup(s.Close)
	return s
}

// askAround asks an image for what is in each of its layers, and for what is in
// none.
func askAround(t *testing.T, target string, i int, o source.Options) {
	t.Helper()
	s, closer, err := source.Open(t.Context(), target, o)
	if err != nil {
		t.Error(err)
		return
	}
	_, err = s.Config(t.Context())
	accounts, accountsErr := s.Accounts(t.Context())
	files, filesErr := s.RootFS(t.Context())
	if err := errors.Join(err, accountsErr, filesErr); err != nil {
		t.Error(err)
		return
	}
	if len(accounts.Users) != 1 {
		t.Errorf("%s: accounts %v, want root's", target, accounts.Users)
	}
	for _, name := range []string{fmt.Sprintf("app/%d", i), "base", "first", "last"} {
		if _, err := fs.Stat(files, name); err != nil {
			t.Error(err)
		}
	}
	if _, err := fs.Stat(files, fmt.Sprintf("app/%d", i+1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %v for what only another image has, want ErrNotExist", target, err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
}

// TestSharedRegistry checks many images of one registry side by side. Nothing is
// fetched twice: of a blob neither the whole nor a part.
func TestSharedRegistry(t *testing.T) {
	images := family(t, 50)
	var seen requests
	reg := checktest.NewRegistry(t, seen.wrap)
	for i, image := range images {
		reg.Push(t, image, fmt.Sprintf("app%d", i%5), strconv.Itoa(i))
	}
	seen.take()
	for _, full := range []bool{false, true} {
		o := source.Options{Full: full, Shared: newShared(t)}
		var checks sync.WaitGroup
		next := make(chan int)
		for range 8 {
			checks.Go(func() {
				for i := range next {
					askAround(t, fmt.Sprintf("registry:%s/app%d:%d", reg.Host, i%5, i), i, o)
				}
			})
		}
		for i := range images {
			next <- i
		}
		close(next)
		checks.Wait()
		var blobs []string
		for _, line := range seen.take() {
			if _, blob, ok := strings.Cut(line, "/blobs/"); ok {
				blobs = append(blobs, blob)
			}
		}
		slices.Sort(blobs)
		for i, blob := range blobs[1:] {
			if blob == blobs[i] {
				t.Errorf("full %t: %s is fetched more than once", full, blob)
			}
		}
		parts := 4 // of the lower base layer, and the whole of the other one
		if full {
			parts = 2
		}
		if want := 2*len(images) + parts; len(blobs) != want {
			t.Errorf("full %t: %d blobs and parts of blobs fetched, want %d", full, len(blobs), want)
		}
	}
}

// TestSharedRegistries has a registry whose blobs are not what their digests
// say. What is read there is nothing to an image of the same digest elsewhere.
func TestSharedRegistries(t *testing.T) {
	image := newImage(t, "{}")
	evil := checktest.NewRegistry(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/blobs/"+image.Layers[0].Digest) {
				_, _ = w.Write(tarOf(t, file{name: "etc/passwd", data: []byte("evil")}, file{name: "more"}))
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	good := checktest.NewRegistry(t, nil)
	evil.Push(t, image, "app", "1")
	good.Push(t, image, "app", "1")
	o := source.Options{Shared: newShared(t)}
	if got := readFile(t, open(t, "registry:"+evil.Host+"/app:1", o), "etc/passwd"); got != "evil" {
		t.Errorf("from the first registry: %q", got)
	}
	if got := readFile(t, open(t, "registry:"+good.Host+"/app:1", o), "etc/passwd"); !strings.HasPrefix(got, "root:") {
		t.Errorf("from the second registry: %q", got)
	}
}

// TestSharedConnection asks for many images over one connection, until the end.
func TestSharedConnection(t *testing.T) {
	image := newImage(t, "{}")
	var mu sync.Mutex
	clients := make(map[string]bool)
	reg := checktest.NewRegistry(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			clients[r.RemoteAddr] = true
			mu.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	reg.Push(t, image, "app", "1")
	clear(clients)
	var open atomic.Int64
	o := source.Options{Shared: source.NewShared(t.Context())}
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		open.Add(1)
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		return countedConn{connection, &open}, err
	}
	for range 10 {
		s, closer, err := source.Open(t.Context(), "registry:"+reg.Host+"/app:1", o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Config(t.Context()); err != nil {
			t.Error(err)
		}
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
	if len(clients) != 1 || open.Load() != 1 {
		t.Errorf("%d connections for ten images, %d open; want one", len(clients), open.Load())
	}
	o.Shared.Close()
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections are open in the end", n)
	}
}

type countedConn struct {
	net.Conn

	open *atomic.Int64
}

func (c countedConn) Close() error {
	c.open.Add(-1)
	return c.Conn.Close()
}

// TestSharedTrust keeps the connections of those who verify nothing apart.
func TestSharedTrust(t *testing.T) {
	image := newImage(t, "{}")
	reg := checktest.NewRegistry(t, nil)
	reg.Push(t, image, "app", "1")
	shared := newShared(t)
	target := "registry:" + reg.Host + "/app:1"
	open(t, target, source.Options{Shared: shared, Insecure: true})
	_, closer, err := source.Open(t.Context(), target, source.Options{Shared: shared, CAFile: "missing.pem"})
	if err == nil {
		_ = closer.Close()
		t.Error("the connections for --insecure were used with --ca-file")
	}
}

// TestSharedLayout removes a base layer after one image was read: the next one
// of that folder has it all the same, and one of another folder has not.
func TestSharedLayout(t *testing.T) {
	image := newImage(t, "{}")
	here, there := t.TempDir(), t.TempDir()
	image.WriteLayout(t, here)
	image.WriteLayout(t, there)
	o := source.Options{Shared: newShared(t)}
	missing := func(target string) error {
		files, err := open(t, target, o).RootFS(t.Context())
		if err != nil {
			return err
		}
		if _, err = fs.Stat(files, "no/such"); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := missing("oci:" + here); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{here, there} {
		if err := os.Remove(filepath.Join(dir, "blobs", strings.Replace(image.Layers[0].Digest, ":", "/", 1))); err != nil {
			t.Fatal(err)
		}
	}
	if err := missing("oci:" + here); err != nil {
		t.Errorf("the same folder: %v", err)
	}
	if err := missing("oci:" + there); err == nil || !strings.Contains(err.Error(), "the layout has no blob") {
		t.Errorf("another folder: %v, want the blob to be missing", err)
	}
}

// TestSharedLeavesArchives shows that an archive's layers are its own.
func TestSharedLeavesArchives(t *testing.T) {
	image := newImage(t, "{}")
	o := source.Options{Shared: newShared(t)}
	for name, data := range map[string][]byte{"docker.tar": image.DockerArchive("app:1"), "oci.tar": image.OCIArchive()} {
		for range 2 {
			o.Stdin = bytes.NewReader(data)
			for _, target := range []string{writeFile(t, name, data), "-"} {
				if got := readFile(t, open(t, target, o), "etc/group"); got != "app:x:1003:\n" {
					t.Errorf("%s: %q", target, got)
				}
			}
		}
	}
}
