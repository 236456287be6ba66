// SPDX-License-Identifier: Apache-2.0

package oracle_test

import (
	"archive/tar"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/source"
	"github.com/fgpreflight/fgpreflight/rules"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestEngine builds the Dockerfiles of testdata/engine with the machine's
// engine. All that the Dockerfile tells must be true of the image, and every
// rule must come to the same verdict, or unknown.
//
// A case holds the Dockerfile, the files of its build context, and in "decides"
// the rules that the Dockerfile must decide by itself, in "resolved" those that
// it must decide when the base image is read.
func TestEngine(t *testing.T) {
	files, err := filepath.Glob("testdata/engine/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are %d cases: %v", len(files), err)
	}
	bases := importBases(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			c := readEngineCase(t, file, bases)
			c.build(t)
			image := c.open(t, "docker:"+c.ref, source.Options{})
			for _, resolve := range []bool{false, true} {
				text := c.open(t, filepath.Join(c.dir, "Dockerfile"), source.Options{
					Platform: "linux/amd64", BuildArgs: c.bases.refs, Stage: c.target, ResolveBase: resolve,
				})
				c.compare(t, image, text, resolve)
			}
		})
	}
}

// engineCase is a Dockerfile that an engine builds.
type engineCase struct {
	dir, ref, target string
	bases            *bases
	decides          map[bool][]string // rules to be decided, by whether base images are read
}

func readEngineCase(t *testing.T, file string, bases *bases) *engineCase {
	t.Helper()
	c := &engineCase{
		dir: t.TempDir(), ref: "fgpreflight-oracle/case:" + strings.ToLower(rand.Text()), bases: bases, decides: map[bool][]string{},
	}
	for _, section := range sections(t, file) {
		switch section.Name {
		case "decides":
			c.decides[false] = strings.Fields(string(section.Data))
		case "resolved":
			c.decides[true] = strings.Fields(string(section.Data))
		case "target":
			c.target = strings.TrimSpace(string(section.Data))
		default:
			c.write(t, section)
		}
	}
	return c
}

func (c *engineCase) write(t *testing.T, section txtar.File) {
	t.Helper()
	name, mode := filepath.Join(c.dir, section.Name), os.FileMode(0o644)
	if strings.HasSuffix(name, ".sh") {
		mode = 0o755
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, section.Data, mode), os.Chmod(name, mode)); err != nil {
		t.Fatal(err)
	}
}

// build builds the image until the test ends.
func (c *engineCase) build(t *testing.T) {
	t.Helper()
	args := []string{"build", "--quiet", "--force-rm", "--network", "none", "--tag", c.ref}
	for name, ref := range c.bases.refs {
		args = append(args, "--build-arg", name+"="+ref)
	}
	if c.target != "" {
		args = append(args, "--target", c.target)
	}
	docker(t, append(args, c.dir)...)
	t.Cleanup(func() { docker(t, "image", "rm", "--force", c.ref) })
}

// docker runs the engine's client, which is to build as it did before buildkit:
// that takes base images from the engine alone, and needs no plug-in. The cases
// leave out what the two do differently: whose folder WORKDIR makes after USER,
// ARG after ENV of the same name, and ARG in a stage on the one that has it.
func docker(t *testing.T, args ...string) []byte {
	t.Helper()
	command := exec.Command("docker", args...)
	command.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("docker %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.String())
	}
	return out
}

// open opens a target as the program does.
func (c *engineCase) open(t *testing.T, target string, o source.Options) *check.Subject {
	t.Helper()
	o.Full, o.Env, o.Home = true, os.Getenv, os.Getenv("HOME")
	subject, closer, err := source.Open(t.Context(), target, o)
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

// compare holds all that the Dockerfile tells against the image.
func (c *engineCase) compare(t *testing.T, image, text *check.Subject, resolved bool) {
	t.Helper()
	for _, wrong := range slices.Concat(c.wrongConfig(t, text), wrongAccounts(t, image, text), c.wrongFiles(t, image, text, resolved)) {
		t.Errorf("base read %t: %s", resolved, wrong)
	}
	mustDecide := c.decides[false]
	if resolved {
		mustDecide = slices.Concat(mustDecide, c.decides[true])
	}
	built := check.Run(t.Context(), image, rules.All, check.Policy{})
	undecided := 0
	for i, row := range check.Run(t.Context(), text, rules.All, check.Policy{}).Results {
		want := built.Results[i]
		switch {
		case !asksTheSame(row.Rule):
		case row.Outcome == check.Unknown && !slices.Contains(mustDecide, row.Rule.ID):
			undecided++
			t.Logf("base read %t: %s is unknown: %s (the image: %v)", resolved, row.Rule.ID, row.Message, want.Outcome)
		case row.Outcome != want.Outcome:
			t.Errorf("base read %t: %s: %v for the Dockerfile (%s), %v for the image (%s)", resolved, row.Rule.ID, row.Outcome, row.Message, want.Outcome, want.Message)
		}
	}
	t.Logf("base read %t: %d undecided", resolved, undecided)
}

// asksTheSame reports whether a rule asks the same of a Dockerfile and of its
// image: not how the image was started, pushed or written.
func asksTheSame(rule *check.Rule) bool {
	return !rule.RunOnly() && strings.Trim(rule.Levels, "DF") != "" && (rule.ID < "FG603" || rule.ID > "FG609")
}

// wrongConfig returns what is wrong with the configuration.
func (c *engineCase) wrongConfig(t *testing.T, text *check.Subject) []string {
	t.Helper()
	var inspected []struct {
		OS           string `json:"Os"`
		Architecture string
		Config       dockerspec.DockerOCIImageConfig
	}
	if err := json.Unmarshal(docker(t, "image", "inspect", c.ref), &inspected); err != nil || len(inspected) != 1 {
		t.Fatalf("docker image inspect: %d images, %v", len(inspected), err)
	}
	config, err := text.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(config.Faults) > 0 {
		t.Fatalf("a fault in what an engine builds: %+v", config.Faults)
	}
	var theirs answer
	theirs.image.OS, theirs.image.Architecture, theirs.image.Config = inspected[0].OS, inspected[0].Architecture, inspected[0].Config
	return compareConfig(config, theirs.image).wrong
}

// wrongAccounts returns what is wrong with the users and groups.
func wrongAccounts(t *testing.T, image, text *check.Subject) []string {
	t.Helper()
	have, err := text.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want, err := image.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, user := range have.Users {
		theirs, found, _ := want.UserByName(user.Name)
		if user.Err == nil && (!found || user.UIDErr == nil && user.UID != theirs.UID || user.GIDErr == nil && user.GID != theirs.GID || user.Home != "" && user.Home != theirs.Home) {
			out = append(out, fmt.Sprintf("user %+v is %+v", user, theirs))
		}
	}
	for _, group := range have.Groups {
		theirs, found, _ := want.GroupByName(group.Name)
		if group.Err == nil && (!found || group.GIDErr == nil && group.GID != theirs.GID) {
			out = append(out, fmt.Sprintf("group %+v is %+v", group, theirs))
		}
	}
	for _, user := range want.Users {
		if _, found, err := have.UserByName(user.Name); !found && err == nil {
			out = append(out, fmt.Sprintf("there is a user %+v too", user))
		}
	}
	for _, group := range want.Groups {
		if _, found, err := have.GroupByName(group.Name); !found && err == nil {
			out = append(out, fmt.Sprintf("there is a group %+v too", group))
		}
	}
	return out
}

// wrongFiles returns what is wrong with the files. Of a base image that was
// read only those are looked at that it does not have: each costs a question to
// the engine.
func (c *engineCase) wrongFiles(t *testing.T, image, text *check.Subject, resolved bool) []string {
	t.Helper()
	have, err := text.RootFS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want, err := image.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	config, err := text.Config(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	err = fs.WalkDir(want, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if resolved && c.bases.files[path] || leadsToVolume(config, path) || engineMade[path] {
			return nil
		}
		theirs, err := entry.Info()
		if err != nil {
			return err
		}
		ours, err := fs.Lstat(have, path)
		var unavailable *check.UnavailableError
		switch {
		case errors.As(err, &unavailable):
		case err != nil:
			out = append(out, err.Error())
		case describe(ours) != describe(theirs):
			out = append(out, fmt.Sprintf("/%s is %s, not %s", path, describe(theirs), describe(ours)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if resolved {
		return out
	}
	return append(out, inventedFiles(t, want, have)...)
}

// engineMade are the files that the engine makes in the container that it reads
// the image by.
var engineMade = map[string]bool{
	"dev": true, "dev/console": true, "dev/pts": true, "dev/shm": true, "proc": true, "sys": true,
	"etc/hostname": true, "etc/hosts": true, "etc/mtab": true, "etc/resolv.conf": true,
}

// leadsToVolume reports whether the engine makes a folder in the container that
// it reads the image by.
func leadsToVolume(config *check.Config, path string) bool {
	return slices.ContainsFunc(config.Volumes.Have, func(volume string) bool { return strings.HasPrefix(volume+"/", "/"+path+"/") })
}

// inventedFiles returns the files that the Dockerfile tells of and the image
// does not have.
func inventedFiles(t *testing.T, want, have fs.FS) []string {
	t.Helper()
	var out []string
	err := fs.WalkDir(have, ".", func(path string, _ fs.DirEntry, err error) error {
		if _, ok := errors.AsType[*check.UnavailableError](err); ok {
			return nil // Other files may be there; these are listed all the same.
		}
		if err != nil {
			return err
		}
		if _, err := fs.Lstat(want, path); errors.Is(err, fs.ErrNotExist) {
			out = append(out, fmt.Sprintf("/%s is not there", path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// describe returns a file's mode and owner.
func describe(info fs.FileInfo) string {
	header, ok := info.Sys().(*tar.Header)
	if !ok {
		return fmt.Sprintf("%v without an owner", info.Mode())
	}
	mode := info.Mode()
	if mode&fs.ModeSymlink != 0 {
		mode |= fs.ModePerm // Nobody asks for that of a link.
	}
	return fmt.Sprintf("%v of %d:%d", mode, header.Uid, header.Gid)
}
