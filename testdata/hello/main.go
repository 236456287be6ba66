// SPDX-License-Identifier: Apache-2.0

// Command hello writes an image that keeps FunctionGraph's contract to standard
// output, as docker save would: a small HTTP server, built here and now, on
// nothing but the account it runs as. It needs Go and no container engine.
//
//	go run ./testdata/hello > hello.tar
//
// With -broken the image has the mistakes that most first images have.
package main

import (
	"archive/tar"
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const home = "/home/app"

func main() {
	broken := flag.Bool("broken", false, "make the mistakes that most first images make")
	flag.Parse()
	if err := run(os.Stdout, *broken); err != nil {
		fmt.Fprintln(os.Stderr, "hello:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, broken bool) error {
	server, err := build()
	if err != nil {
		return err
	}
	layer, err := layer(server)
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	image, err = mutate.ConfigFile(image, config(image, broken))
	if err != nil {
		return err
	}
	return tarball.Write(name.MustParseReference("hello:1.0"), image, w)
}

// build compiles the server as a static program for the platform.
func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "hello-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "server")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "github.com/fgpreflight/fgpreflight/testdata/hello/server")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("building the server: %w", err)
	}
	return os.ReadFile(out)
}

// config is what the Dockerfile of such an image would say.
func config(image v1.Image, broken bool) *v1.ConfigFile {
	file, err := image.ConfigFile()
	if err != nil {
		panic(err) // the image was made here
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	file.Config = v1.Config{
		User: "1003:1003",
		Env: []string{
			"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + home,
			"GROUP_ID=1003", "GROUP_NAME=app", "USER_ID=1003", "USER_NAME=app",
		},
		Entrypoint:   []string{home + "/server"},
		ExposedPorts: map[string]struct{}{"8000/tcp": {}},
	}
	if broken {
		file.Config.User = "root"
		file.Config.Env = []string{"PORT=8080", "GROU_NAME=app"}
		file.Config.Entrypoint = []string{"./server"}
		file.Config.WorkingDir = home
	}
	return file
}

// layer holds the server, its folder and its account.
func layer(server []byte) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []struct {
		name string
		mode int64
		id   int
		data string
	}{
		{"etc/passwd", 0o644, 0, "root:x:0:0:root:/root:/sbin/nologin\napp:x:1003:1003::" + home + ":/sbin/nologin\n"},
		{"etc/group", 0o644, 0, "root:x:0:\napp:x:1003:\n"},
		{"home/", 0o755, 0, ""},
		{"home/app/", 0o755, 1003, ""},
		{"home/app/server", 0o755, 1003, string(server)},
		{"tmp/", 0o1777, 0, ""},
	} {
		h := &tar.Header{Name: f.name, Mode: f.mode, Uid: f.id, Gid: f.id, Size: int64(len(f.data))}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := io.WriteString(w, f.data); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
}
