// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/source"
)

const damaged = "; it is damaged or incomplete: save, push or build the image again"

// TestBrokenFiles shows the line for each file that cannot be opened.
func TestBrokenFiles(t *testing.T) {
	image := newImage(t, "{}")
	docker, oci := image.DockerArchive("app:1"), image.OCIArchive()
	manifestJSON := func(text string) []byte { return tarOf(t, file{name: "manifest.json", data: []byte(text)}) }
	indexJSON := func(text string) []byte { return tarOf(t, file{name: "index.json", data: []byte(text)}) }
	const noArchive = "the file is not an image archive: it is not a tar, nor one in gzip or zstd; make one with docker save -o FILE IMAGE, or name an image"
	for _, test := range []struct {
		name, prefix, file string
		data               []byte
		want               string
	}{
		{"text", "", "a.tar", []byte("hello, world\n"), noArchive},
		{"text with a prefix", "oci-archive:", "a", []byte(strings.Repeat("hello", 200)), noArchive},
		{"empty", "", "a.tar", nil, noArchive},
		{"cut off in a file", "", "a.tar", docker[:len(docker)-3000], "the archive is cut off in entry 2; save or copy the image again"},
		{"cut off gzip", "", "a.tar.gz", checktest.Gzip(docker)[:400], "the archive is cut off; save or copy the image again"},
		{"cut off zstd", "", "a.tar.zst", zstandard(t, docker)[:400], "the archive is cut off; save or copy the image again"},
		{"broken gzip", "", "a.tar.gz", []byte("\x1f\x8bxxxxxxxxxxxxxxxxx"), "reading the archive: gzip: invalid header" + damaged},
		{"text in gzip", "", "a.gz", checktest.Gzip([]byte(strings.Repeat("hello", 200))), noArchive},
		{"xz", "", "a.tar.xz", []byte("\xfd7zXZ\x00xxxxxxxxxx"), "archives in xz or bzip2 are not read; decompress it and pipe it in: xz -dc FILE | fgpreflight -"},
		{
			"no image", "", "a.tar", tarOf(t, file{name: "etc/passwd"}),
			"the archive has no manifest.json or index.json in it, so it is not an image; make one with docker save -o FILE IMAGE, or name an image",
		},
		{
			"the other kind", "docker-archive:", "a.tar", oci,
			"the archive has no manifest.json in it, so it is not an image; make one with docker save -o FILE IMAGE, or name an image",
		},
		{
			"the other kind", "oci-archive:", "a.tar", docker,
			"the archive has no index.json in it, so it is not an image; make one with docker save -o FILE IMAGE, or name an image",
		},
		{"manifest.json is no JSON", "", "a.tar", manifestJSON("{"), "reading manifest.json: unexpected end of JSON input" + damaged},
		{"manifest.json is empty", "", "a.tar", manifestJSON("[]"), "manifest.json names no image" + damaged},
		{"manifest.json is too long", "", "a.tar", manifestJSON(strings.Repeat(" ", 8<<20+1)), "reading manifest.json: more than 8388608 bytes" + damaged},
		{"index.json is no JSON", "", "a.tar", indexJSON("{"), "reading index.json: unexpected end of JSON input" + damaged},
		{"index.json is empty", "", "a.tar", indexJSON("{}"), "the layout's index.json names no image" + damaged},
		{"index.json names nothing", "", "a.tar", indexJSON(`{"manifests":[]}`), "the layout's index.json names no image" + damaged},
		{
			"a blob is missing", "", "a.tar", indexJSON(`{"manifests":[{"digest":"` + image.Manifest.Digest + `"}]}`),
			"the layout has no blob " + image.Manifest.Digest + damaged,
		},
		{
			"a manifest was changed", "", "a.tar", bytes.Replace(oci, []byte(`"layers":[`), []byte(`"layerz":[`), 1),
			"reading manifest " + image.Manifest.Digest + ": digest mismatch: got " +
				checktest.NewBlob("", bytes.Replace(image.Manifest.Data, []byte(`"layers":[`), []byte(`"layerz":[`), 1)).Digest +
				", want " + image.Manifest.Digest + damaged,
		},
		{
			"links in circles", "", "a.tar", tarOf(t, file{name: "manifest.json", kind: '2', link: "x"}, file{name: "x", kind: '2', link: "manifest.json"}),
			"the file manifest.json in the archive links in circles" + damaged,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := test.prefix + writeFile(t, test.file, test.data)
			if got, usage := openError(t, target, source.Options{}); got != test.want || usage {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestBrokenFacts shows that what is broken behind the catalogue leaves the
// target open, and what is not broken readable.
func TestBrokenFacts(t *testing.T) {
	image := newImage(t, "{}")
	notJSON := newImage(t, "{}")
	notJSON.Config.Data = []byte("hello")
	cut := newImage(t, "{}")
	cut.Layers[0].Data = cut.Layers[0].Data[:100]
	other := newImage(t, "{}")
	other.Layers[1].Data = checktest.Gzip(tarOf(t, file{name: "data"}))
	renamed := checktest.NewBlob("", notJSON.Config.Data)
	plainName := tarOf(t,
		file{name: "config", data: notJSON.Config.Data}, file{name: "layer", data: image.Layers[0].Data},
		file{name: "manifest.json", data: []byte(`[{"Config":"config","Layers":["layer"]}]`)})
	short := func(digest string) string { return digest[:len("sha256:")+12] }
	for _, test := range []struct {
		name   string
		data   []byte
		config string // text of the error, "" for none
		files  string
	}{
		{"whole", image.OCIArchive(), "", ""},
		{
			"another config", notJSON.OCIArchive(),
			"reading the config: digest mismatch: got " + renamed.Digest + ", want " + image.Config.Digest + damaged, "",
		},
		{
			"another config of docker save", notJSON.DockerArchive(""),
			"reading the config: digest mismatch: got " + renamed.Digest + ", want " + image.Config.Digest + damaged, "",
		},
		{"config is no JSON", plainName, "reading the image config: it is not a JSON object" + damaged, ""},
		{"layer cut off", cut.OCIArchive(), "", "reading layer 1 (" + short(image.Layers[0].Digest) + "): reading the tar: unexpected EOF" + damaged},
		{
			"another layer", other.OCIArchive(), "",
			"reading layer 2 (" + short(image.Layers[1].Digest) + "): digest mismatch: got " + checktest.NewBlob("", other.Layers[1].Data).Digest +
				", want " + image.Layers[1].Digest + damaged,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := writeFile(t, "a.tar", test.data)
			s := open(t, target, source.Options{})
			_, err := s.Config(t.Context())
			wantError(t, "config", err, target, test.config)
			files, err := s.Tree(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"bin", "etc/passwd", "missing"} {
				_, err := fs.Lstat(files, name)
				if test.files == "" && errors.Is(err, fs.ErrNotExist) {
					err = nil
				}
				wantError(t, name, err, target, test.files)
			}
		})
	}
}

func wantError(t *testing.T, what string, err error, target, want string) {
	t.Helper()
	switch {
	case err == nil && want == "":
	case err == nil:
		t.Errorf("%s: no error, want %q", what, want)
	case err.Error() != target+": "+want:
		t.Errorf("%s:\ngot  %q\nwant %q", what, err, want)
	}
}

// TestLook tells files and folders apart by what is in them.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{
		"Dockerfile":         "",
		"app.dockerfile":     "",
		"Containerfile.prod": "",
		"build":              "# syntax=docker/dockerfile:1\n\n  from scratch\n",
		"windows":            "# escape=`\r\n\r\nARG X\r\nFROM scratch\r\n",
		"README.tar":         "Read me FROM top\n",
		"notes":              "TO whom it may concern\nFROM us\n",
		"service/Dockerfile": "FROM scratch\n",
		"empty/x":            "",
	} {
		checktest.WriteFile(t, filepath.Join(dir, name), []byte(data))
	}
	for _, name := range []string{"Dockerfile", "app.dockerfile", "Containerfile.prod", "build", "windows", "service"} {
		if got := info(t, open(t, filepath.Join(dir, name), source.Options{})).Source; got != "dockerfile" {
			t.Errorf("%s was opened as %s", name, got)
		}
	}
	for name, want := range map[string]string{
		"README.tar": "not an image archive", "notes": "not an image archive", "empty": "no Dockerfile, Containerfile or OCI layout", "none": "no such file",
	} {
		if got, _ := openError(t, filepath.Join(dir, name), source.Options{}); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q in it", name, got, want)
		}
	}
}

// TestInterrupted shows that a context that ends stops the copying of a stream.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("interrupted"))
	for _, target := range []string{"-", writeFile(t, "a.tar", newImage(t, "{}").OCIArchive())} {
		_, _, err := source.Open(ctx, target, source.Options{Stdin: bytes.NewReader(newImage(t, "{}").OCIArchive())})
		if err == nil || err.Error() != target+": interrupted" {
			t.Errorf("got %v", err)
		}
	}
}

// TestArchiveLimits shows what an archive may not cost.
func TestArchiveLimits(t *testing.T) {
	many := make([]file, 100_001)
	for i := range many {
		many[i].name = "x"
	}
	long := make([]file, 17)
	for i := range long {
		long[i].name = strings.Repeat("x", 1<<20-100)
	}
	for name, data := range map[string][]byte{"entries": tarOf(t, many...), "names": tarOf(t, long...)} {
		err := source.OpenBytes(t.Context(), data, "")
		if want := "the archive has more than 100000 entries or 16777216 bytes of names"; err == nil || err.Error() != want {
			t.Errorf("too many %s: %v", name, err)
		}
	}
	const gib = 1 << 30
	for _, test := range []struct {
		stored, size int64
		want         string
	}{
		{1 << 10, gib, ""},
		{gib / 100, gib + 1<<20, ""},
		{1 << 20, gib + 1<<20, "it decompresses to more than 200 times its size"},
	} {
		err := source.Decompress(test.stored, test.size)
		if (err == nil) != (test.want == "") || (err != nil && err.Error() != test.want) {
			t.Errorf("%d bytes from %d: %v, want %q", test.size, test.stored, err, test.want)
		}
	}
}

// TestHardLinks follows the links that tar writes for a file that it met twice.
func TestHardLinks(t *testing.T) {
	image := newImage(t, "{}")
	files := filesOf(t, image.DockerArchive(""))
	for i := range files {
		if strings.HasSuffix(files[i].name, ".tar.gz") {
			files[i].name += ".first"
		}
	}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.name, ".first"); ok {
			files = append(files, file{name: "./" + name, kind: '1', link: f.name})
		}
	}
	wantStory(t, open(t, writeFile(t, "a.tar", tarOf(t, files...)), source.Options{}))
}

func TestNoStdin(t *testing.T) {
	if got, usage := openError(t, "-", source.Options{}); got != "there is no standard input; name a file" || !usage {
		t.Errorf("got %q, usage %v", got, usage)
	}
}

// FuzzArchive shows that no bytes make the readers of archives panic.
func FuzzArchive(f *testing.F) {
	image := newImage(f, "{}")
	f.Add(image.DockerArchive("app:1"), "")
	f.Add(image.DockerArchive("app:1"), ":app")
	f.Add(image.OCIArchive(), "")
	f.Add(image.OCIArchive(), "@"+image.Manifest.Digest)
	f.Add(tarOf(f, file{name: "manifest.json", kind: '2', link: "../manifest.json"}), "")
	f.Fuzz(func(t *testing.T, data []byte, selector string) {
		if selector != "" && selector[0] != ':' && selector[0] != '@' {
			selector = ":" + selector
		}
		_ = source.OpenBytes(t.Context(), data, selector) // That it returns is the point.
	})
}
