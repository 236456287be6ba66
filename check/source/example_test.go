// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// Every kind of target gives the same facts. Each is read when it is asked for;
// the closer removes what had to be kept until then.
func ExampleOpen() {
	dir, err := writeLayout(v1.Config{User: "1003:1003", Cmd: []string{"/app/server"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	subject, closer, err := source.Open(ctx, "oci:"+dir, source.Options{Platform: "linux/amd64"})
	if err != nil {
		fmt.Println(err) // It names the target, the cause and the way out.
		return
	}
	defer closer.Close()
	config, err := subject.Config(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("user", config.User.Or("root"))
	fmt.Println("start command", config.Cmd.Or(nil))
	files, err := subject.RootFS(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = fs.Stat(files, "app/server")
	fmt.Println(err)
	// Output:
	// user 1003:1003
	// start command [/app/server]
	// stat app/server: file does not exist
}

// writeLayout writes an image without files as an OCI layout in a new folder.
func writeLayout(config v1.Config) (dir string, err error) {
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: config, RootFS: v1.RootFS{Type: "layers"}})
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "layout"); err != nil {
		return "", err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return dir, err
	}
	return dir, path.AppendImage(image)
}
