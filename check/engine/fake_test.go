// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"archive/tar"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// node is a file of a fake engine's only container.
type node struct {
	path string // absolute
	typ  byte
	mode int64
	uid  int
	link string // of a symbolic or hard link; a hard link's is absolute
	data string
}

// fake is an engine that speaks the few endpoints that are used.
type fake struct {
	version   string
	component string
	slow      time.Duration     // how long it takes to tell the version
	images    map[string]string // JSON by reference
	tree      []node            // in the order of a walk
	list      http.HandlerFunc  // of images; nil for none
	archive   http.HandlerFunc  // instead of tars of the tree
	create    http.HandlerFunc  // instead of a success
	remove    http.HandlerFunc  // instead of a success

	mu         sync.Mutex
	asked      []string          // "METHOD path" without the API version, and the archive's path
	containers map[string]string // body of the creation by name
	removals   []string          // queries of the removals
}

// start serves f on a socket and returns its address.
func (f *fake) start(t *testing.T) string {
	t.Helper()
	f.containers = map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.41") })
	mux.HandleFunc("GET /v1.41/version", func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(f.slow)
		fmt.Fprintf(w, `{"Version": %q, "Components": [{"Name": %q}]}`, f.version, f.component)
	})
	mux.HandleFunc("GET /v1.41/images/{ref...}", f.inspectImage)
	if f.list != nil {
		mux.HandleFunc("GET /v1.41/images/json", f.list)
	}
	mux.HandleFunc("POST /v1.41/containers/create", f.createContainer)
	mux.HandleFunc("GET /v1.41/containers/{name}/json", f.inspectContainer)
	mux.HandleFunc("GET /v1.41/containers/{name}/archive", f.readArchive)
	mux.HandleFunc("GET /v1.41/containers/{name}/export", f.exportContainer)
	mux.HandleFunc("DELETE /v1.41/containers/{name}", f.removeContainer)
	return checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+path.Base(r.URL.Path)+" "+r.URL.Query().Get("path")))
		f.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
}

// client returns a client of f.
func (f *fake) client(t *testing.T) *engine.Client {
	t.Helper()
	c, err := engine.Connect(t.Context(), engine.Options{Host: f.start(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// rootFS returns the file system of f's container.
func (f *fake) rootFS(t *testing.T) *engine.FS {
	t.Helper()
	return f.client(t).RootFS(t.Context(), &engine.Image{ID: "sha256:1"})
}

// requests returns how often a request was made, as it is written in asked.
func (f *fake) requests(line string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, asked := range f.asked {
		if asked == line {
			n++
		}
	}
	return n
}

func (f *fake) inspectImage(w http.ResponseWriter, r *http.Request) {
	answer, ok := f.images[strings.TrimSuffix(r.PathValue("ref"), "/json")]
	if !ok {
		refuse(w, http.StatusNotFound, "No such image")
		return
	}
	io.WriteString(w, answer)
}

func (f *fake) createContainer(w http.ResponseWriter, r *http.Request) {
	if f.create != nil {
		f.create(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.containers[r.URL.Query().Get("name")] = string(body)
	f.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"Id": "1"}`)
}

func (f *fake) has(w http.ResponseWriter, r *http.Request) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.containers[r.PathValue("name")]
	if !ok {
		refuse(w, http.StatusNotFound, "No such container")
	}
	return ok
}

func (f *fake) inspectContainer(w http.ResponseWriter, r *http.Request) {
	if f.has(w, r) {
		io.WriteString(w, `{"Id": "1"}`)
	}
}

func (f *fake) removeContainer(w http.ResponseWriter, r *http.Request) {
	if f.remove != nil {
		f.remove(w, r)
		return
	}
	if !f.has(w, r) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.containers, r.PathValue("name"))
	f.removals = append(f.removals, r.URL.RawQuery)
	w.WriteHeader(http.StatusNoContent)
}

func (f *fake) readArchive(w http.ResponseWriter, r *http.Request) {
	if !f.has(w, r) {
		return
	}
	if f.archive != nil {
		f.archive(w, r)
		return
	}
	top := r.URL.Query().Get("path")
	if !slices.ContainsFunc(f.tree, func(n node) bool { return n.path == top }) {
		refuse(w, http.StatusNotFound, "Could not find the file "+top)
		return
	}
	okArchive(w)
	out := tar.NewWriter(w)
	defer out.Close()
	for _, n := range f.tree {
		if n.path == top || strings.HasPrefix(n.path, strings.TrimSuffix(top, "/")+"/") {
			writeNode(out, n, top)
		}
	}
}

// exportContainer exports the tree as Podman does: without the root.
func (f *fake) exportContainer(w http.ResponseWriter, r *http.Request) {
	if !f.has(w, r) {
		return
	}
	if f.archive != nil {
		f.archive(w, r)
		return
	}
	out := tar.NewWriter(w)
	defer out.Close()
	for _, n := range f.tree[1:] {
		n.path = strings.TrimPrefix(n.path, "/")
		writeNode(out, n, "/")
	}
}

// writeNode names files as Docker does: from the last component of what was
// asked for, hard links among them.
func writeNode(out *tar.Writer, n node, top string) {
	h := &tar.Header{
		Name: rebase(n.path, top), Typeflag: n.typ, Mode: n.mode, Uid: n.uid,
		Linkname: n.link, Size: int64(len(n.data)),
	}
	if n.typ == tar.TypeLink {
		if n.path == top { // alone it is an ordinary file
			h.Typeflag, h.Linkname = tar.TypeReg, ""
		} else {
			h.Linkname, h.Size, n.data = strings.TrimPrefix(rebase(n.link, top), "/"), 0, ""
		}
	}
	out.WriteHeader(h)
	io.WriteString(out, n.data)
}

func rebase(name, top string) string {
	if top == "/" {
		return name
	}
	return path.Base(top) + strings.TrimPrefix(name, top)
}

func okArchive(w http.ResponseWriter) {
	w.Header().Set("X-Docker-Container-Path-Stat", base64.StdEncoding.EncodeToString([]byte(`{"name": "x"}`)))
	w.WriteHeader(http.StatusOK)
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"message": message})
}
