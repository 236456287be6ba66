// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/fgpreflight/fgpreflight/check"
)

// Options say how targets are opened. The zero value reads archives and
// layouts, and registries without credentials.
type Options struct {
	// Platform is the platform that the user demands, "os/arch[/variant]". When
	// it is empty linux/amd64 is preferred, but not demanded.
	Platform string
	Function *check.Function // settings of the function; nil for none
	Full     bool            // read whole layers from registries too

	// Dockerfile says that the target "-" is a Dockerfile, not an archive. Stage,
	// BuildArgs and ResolveBase are for Dockerfiles alone.
	Dockerfile  bool
	Stage       string            // the build stage that is meant; "" for the last one
	BuildArgs   map[string]string // values for ARG
	ResolveBase bool              // read base images from the engine or the registry
	// Bases are the targets that base images are read from, by the name that FROM
	// has for them.
	Bases  map[string]string
	Engine string // address of the engine's socket; "" to find it

	Insecure  bool   // allow plain HTTP and do not verify certificates
	CAFile    string // PEM file of further certificate authorities; "" for none
	UserAgent string // of requests to registries
	// Keychain knows the credentials for registries. When it is nil those of
	// docker's configuration and of podman's are used.
	Keychain authn.Keychain
	// Dial opens connections to registries; nil for the network's.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	// Shared is what targets have in common that are opened in one call; nil for
	// nothing.
	Shared *Shared

	// Progress is told what [Build] and [Load] do from now on, as in "building
	// the image"; nil for nobody.
	Progress func(doing string)

	Stdin io.Reader           // for the target "-"
	Env   func(string) string // looks up an environment variable; nil is an empty environment
	Home  string              // the user's home directory; "" for none
	// Now is the clock that tells when nobody uses a container any more which was
	// made to look into an image. Without it such a container has no deadline, and
	// stays if this process is killed on a machine that another looks after.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Env == nil {
		o.Env = func(string) string { return "" }
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Function == nil {
		o.Function = &check.Function{}
	}
	return o
}

// Open opens the target called arg. It reads just enough to tell that the
// target is an image: the manifest from a registry, the catalogue of an archive
// or a layout, the engine's description. Everything else is read when the
// subject is asked for it. The context must live as long as the subject.
//
// The error is an [*Error]. The closer ends what is still being read, and
// removes temporary files and containers.
func Open(ctx context.Context, arg string, o Options) (*check.Subject, io.Closer, error) {
	o = o.withDefaults()
	subject, closer, err := openTarget(ctx, arg, o)
	if err != nil {
		return nil, nil, explain(ctx, arg, wayOutDamaged, err)
	}
	return subject, closer, nil
}

func openTarget(ctx context.Context, arg string, o Options) (*check.Subject, io.Closer, error) {
	t, err := Detect(arg, look)
	if err != nil {
		return nil, nil, err
	}
	if t.Kind == Stream && o.Dockerfile {
		t.Kind = DockerfileStream
	}
	if t.Kind == Dockerfile || t.Kind == DockerfileStream {
		return openDockerfile(ctx, t, arg, o)
	}
	if o.Stage != "" || len(o.BuildArgs) > 0 || o.ResolveBase || len(o.Bases) > 0 {
		return nil, nil, &Error{
			Err:    errors.New("--target, --build-arg, --base and --resolve-base are for Dockerfiles, and this is an image"),
			WayOut: "leave them out or name a Dockerfile",
			Usage:  true,
		}
	}
	im, err := openImage(ctx, arg, t, o)
	if err != nil {
		return nil, nil, err
	}
	im.info.Target, im.progress = arg, o.Progress
	return im.subject(o), im, nil
}

// openImage opens an image; arg is the target as the user named it.
func openImage(ctx context.Context, arg string, t Target, o Options) (*image, error) {
	want, err := parsePlatform(o.Platform)
	if err != nil {
		return nil, err
	}
	im, err := open(ctx, t, want, o)
	if err != nil {
		return nil, alsoNoTarget(err, t, arg)
	}
	im.shared = o.Shared.layerStore()
	if err := im.demand(ctx, want); err != nil {
		_ = im.Close() // There is a better error.
		return nil, err
	}
	return im, nil
}

// alsoNoTarget adds to the message that a name leads to no image what there is
// at the path of that name.
func alsoNoTarget(err error, t Target, arg string) error {
	if t.Kind != Reference {
		return err
	}
	switch look(arg) {
	case OtherFile:
		return also(err, "and the file of that name is no image archive")
	case OtherDir:
		return also(err, "and the folder of that name holds no Dockerfile or OCI layout")
	case Nothing, LayoutDir, ArchiveFile, DockerfileDir, DockerfileFile:
	}
	return err
}

func open(ctx context.Context, t Target, want platform, o Options) (*image, error) {
	switch t.Kind {
	case RegistryImage:
		return openRegistry(ctx, t.Name, want, o)
	case DockerImage, PodmanImage:
		return openEngine(ctx, t, o)
	case Reference:
		return openReference(ctx, t, want, o)
	case Layout:
		return openLayout(ctx, t, want)
	case Archive, DockerArchive, OCIArchive:
		return openArchiveFile(ctx, t, want)
	case Stream:
		im, err := openStream(ctx, t, o.Stdin, want)
		if errors.Is(err, errNoArchive) {
			err = &Error{Err: errNoArchive, WayOut: "pipe one in, as docker save writes it, or pass --dockerfile for a Dockerfile"}
		}
		return im, err
	case Tags:
		return nil, &Error{Err: errors.New("a pattern for tags stands for several images"), WayOut: "name one", Usage: true}
	case Dockerfile, DockerfileStream:
	}
	return nil, fmt.Errorf("unknown kind of target %d", t.Kind)
}
