// SPDX-License-Identifier: Apache-2.0

package check

import (
	"context"
	"io/fs"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

// Info says which target a report is about. Rules never see it, so that none
// can depend on the kind of source.
type Info struct {
	Target    string // as the user named it
	Source    string // what answered: "registry", "docker", "docker-archive", "oci", "dockerfile" …
	Name      string // the image's full name there, where it has one; the stage of a Dockerfile that was asked for
	Digest    string // of the manifest that was chosen, or the engine's image ID; "" when unknown
	Platform  string // "linux/amd64"; "" when unknown
	Reference string // the name that could be pushed as it stands; "" for a file

	Text     string   // of a Dockerfile, for excerpts; "" for an image
	Artifact string   // the name that locations in Text have
	Ignores  []Ignore // the suppressions in Text
	Notices  []Notice // what the user should know and no rule is about
}

// InText reports whether the location is a line of the Dockerfile's text.
func (i Info) InText(l Location) bool {
	return i.Text != "" && l.Line > 0 && l.Artifact == i.Artifact
}

// Lines returns the lines of the Dockerfile's text, counted as its parser does.
func (i Info) Lines() []string {
	const byteOrderMark = "\ufeff"
	return strings.Split(strings.TrimPrefix(i.Text, byteOrderMark), "\n")
}

// Editable reports whether the edit's old text is what stands at its place in
// the Dockerfile.
func (i Info) Editable(e Edit) bool {
	if e.Old == "" || !i.InText(e.At) || e.At.Base != "" || e.At.Column == 0 {
		return false
	}
	lines := i.Lines()
	if e.At.Line > len(lines) {
		return false
	}
	line := []rune(lines[e.At.Line-1])
	from, to := e.At.Column-1, e.At.Column-1+e.At.Width
	return to <= len(line) && string(line[from:to]) == e.Old
}

// Ignore is a comment in a Dockerfile that lets the failure of a rule pass.
type Ignore struct {
	Rule        string // ID or name, as written
	Reason      string // never empty
	At          Location
	First, Last int // the lines that it is about; both 0 for the whole file
}

// Notice is something wrong with the call or its target that no rule is
// about: an unknown build argument, a suppression that suppresses nothing.
type Notice struct {
	At      Location
	Message string // one sentence without a full stop
}

// Provider is what a source can tell of a target. Each function is called at
// most once; a nil one means that the source cannot tell. An error is an
// [UnavailableError] when nothing went wrong but the fact is not to be had.
type Provider struct {
	Config   func(context.Context) (*Config, error)
	Manifest func(context.Context) (*Manifest, error)
	Size     func(context.Context) (*Size, error)
	// RootFS is the image's file tree. Its FileInfo.Sys is a *tar.Header. It
	// implements fs.ReadLinkFS and reads layers as questions demand.
	RootFS func(context.Context) (fs.FS, error)
	// Tree is the same tree where questions that need every layer, as for
	// something that must be absent, may be asked cheaply enough.
	Tree func(context.Context) (fs.FS, error)

	Accounts func(context.Context, *Subject) (*Accounts, error)
	User     func(context.Context, *Subject) (*User, error)
	Command  func(context.Context, *Subject) (*Command, error)

	// Trial tells what happened when the image was started; nil where it was
	// not.
	Trial func(context.Context, *Subject) (*Trial, error)

	// Build tells how a Dockerfile makes its image; nil for an image.
	Build func(context.Context) (*Build, error)
}

// Subject is the opened target with its facts. Each fact is computed when it is
// first asked for and then shared; so is its error. A subject lives for one run
// with one context and is not safe for concurrent use.
type Subject struct {
	info     Info
	function *Function
	provider Provider
	asked    []string

	config   fact[*Config]
	manifest fact[*Manifest]
	size     fact[*Size]
	rootFS   fact[fs.FS]
	tree     fact[fs.FS]
	accounts fact[*Accounts]
	user     fact[*User]
	command  fact[*Command]
	build    fact[*Build]
	trial    fact[*Trial]
	programs map[[2]string]*fact[*Program]
}

// NewSubject returns the subject of a target, for a function with these
// settings.
func NewSubject(info Info, f *Function, p Provider) *Subject {
	return &Subject{info: info, function: f, provider: p, programs: map[[2]string]*fact[*Program]{}}
}

// Changed returns a fresh subject of the same target whose provider is changed,
// so that stronger evidence, or a fault in a test, takes the place of a fact.
func (s *Subject) Changed(change func(*Provider)) *Subject {
	p := s.provider
	change(&p)
	return NewSubject(s.info, s.function, p)
}

// fact is a value that is computed once.
type fact[T any] struct {
	once  sync.Once
	value T
	err   error
}

func (f *fact[T]) get(compute func() (T, error)) (T, error) {
	f.once.Do(func() {
		// A panic must stay an error for the next rule that asks, too.
		defer func() {
			if cause := recover(); cause != nil {
				f.err = &PanicError{Cause: cause, Stack: debug.Stack()}
			}
		}()
		f.value, f.err = compute()
	})
	return f.value, f.err
}

// ask notes that a rule consulted the fact called name and returns it.
func ask[T any](s *Subject, name string, f *fact[T], compute func() (T, error)) (T, error) {
	if !slices.Contains(s.asked, name) {
		s.asked = append(s.asked, name)
	}
	return f.get(compute)
}

// from calls the provider's function for the fact called name, or says that
// there is none.
func from[T any](name string, provide func() (T, error), ok bool) func() (T, error) {
	if ok {
		return provide
	}
	return func() (T, error) {
		var none T
		return none, &UnavailableError{Fact: name, Why: "this kind of target does not tell it", Deferred: true}
	}
}

// platform returns the image's platform by its config, "" while nobody has asked
// for that.
func (s *Subject) platform() string {
	config := s.config.value
	if config == nil || !config.OS.IsSet() || !config.Architecture.IsSet() {
		return ""
	}
	return config.OS.Or("") + "/" + config.Architecture.Or("")
}

// Function returns the settings of the function; it costs nothing and never
// fails.
func (s *Subject) Function() *Function { return s.function }

// Config returns the image's configuration. It costs the manifest and the
// config file.
func (s *Subject) Config(ctx context.Context) (*Config, error) {
	return ask(s, "config", &s.config, from("config", func() (*Config, error) { return s.provider.Config(ctx) }, s.provider.Config != nil))
}

// Manifest returns the manifest and the index it was chosen from. It costs the
// manifest.
func (s *Subject) Manifest(ctx context.Context) (*Manifest, error) {
	return ask(s, "manifest", &s.manifest, from("manifest", func() (*Manifest, error) { return s.provider.Manifest(ctx) }, s.provider.Manifest != nil))
}

// Size returns what the image weighs. It costs the manifest.
func (s *Subject) Size(ctx context.Context) (*Size, error) {
	return ask(s, "size", &s.size, from("size", func() (*Size, error) { return s.provider.Size(ctx) }, s.provider.Size != nil))
}

// RootFS returns the image's file tree. Each question reads layers from the
// top down until it is answered: bytes for a file that is there, every layer
// for one that is not.
func (s *Subject) RootFS(ctx context.Context) (fs.FS, error) {
	return ask(s, "root file system", &s.rootFS, from("root file system", func() (fs.FS, error) { return s.provider.RootFS(ctx) }, s.provider.RootFS != nil))
}

// Tree returns the image's file tree for questions that need every layer:
// listing a directory, showing that something is absent. It is unavailable
// where that would mean to fetch the whole image unasked.
func (s *Subject) Tree(ctx context.Context) (fs.FS, error) {
	return ask(s, "whole file tree", &s.tree, from("whole file tree", func() (fs.FS, error) { return s.provider.Tree(ctx) }, s.provider.Tree != nil))
}

// Accounts returns the image's users and groups. It costs /etc/passwd and
// /etc/group.
func (s *Subject) Accounts(ctx context.Context) (*Accounts, error) {
	return ask(s, "accounts", &s.accounts, from("accounts", func() (*Accounts, error) { return s.provider.Accounts(ctx, s) }, s.provider.Accounts != nil))
}

// User returns the image's USER, resolved. It costs the config, and the
// accounts when USER holds a name.
func (s *Subject) User(ctx context.Context) (*User, error) {
	return ask(s, "user", &s.user, from("user", func() (*User, error) { return s.provider.User(ctx, s) }, s.provider.User != nil))
}

// Command returns what the function starts. It costs the config.
func (s *Subject) Command(ctx context.Context) (*Command, error) {
	return ask(s, "command", &s.command, from("command", func() (*Command, error) { return s.provider.Command(ctx, s) }, s.provider.Command != nil))
}

// NotStarted is the message of every rule that needs a started container where
// the user did not ask for one.
const NotStarted = "the image was not started"

// IsStarted reports whether the user asked for a start, without starting
// anything.
func (s *Subject) IsStarted() bool { return s.provider.Trial != nil }

// Trial returns what happened when the image was started. It costs the start,
// and is unavailable where the user did not ask for one.
func (s *Subject) Trial(ctx context.Context) (*Trial, error) {
	return ask(s, "running container", &s.trial, func() (*Trial, error) {
		if s.provider.Trial == nil {
			return nil, &UnavailableError{Fact: "running container", Why: NotStarted, Hint: "pass --run", Deferred: true}
		}
		return s.provider.Trial(ctx, s)
	})
}

// Build returns how the Dockerfile makes its image. It is nil for an image,
// which does not tell, and costs nothing.
func (s *Subject) Build(ctx context.Context) (*Build, error) {
	if s.provider.Build == nil {
		return nil, nil //nolint:nilnil // No Dockerfile is an answer.
	}
	return ask(s, "build", &s.build, func() (*Build, error) { return s.provider.Build(ctx) })
}

// Env returns the variables that the function's process gets: the image's with
// the function's own on top. It costs the config.
func (s *Subject) Env(ctx context.Context) (Env, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return Env{}, err
	}
	return config.Env.Over(s.function.Env), nil
}

// PrimaryGroup returns the group that the image's USER brings, and where that
// is said: the group in USER itself, that of the account, or 0 for a UID
// without an account. The user must have resolved. It may cost the accounts.
func (s *Subject) PrimaryGroup(ctx context.Context, u *User) (gid int64, at Location, err error) {
	if gid, set, err := u.GID.Get(); set || err != nil {
		return gid, u.GID.At(), err
	}
	accounts, err := s.Accounts(ctx)
	if err != nil {
		return 0, Location{}, err
	}
	account, found, err := accounts.UserByID(u.UID)
	if err != nil || !found {
		return 0, u.At, err
	}
	return account.GID, account.At, account.GIDErr
}

// Program looks up the program called name from the directory dir ("" is the
// start directory, /) with the effective PATH and user. It costs the parts of
// the root file system on the way, and all of it when the program is missing.
func (s *Subject) Program(ctx context.Context, name, dir string) (*Program, error) {
	key := [2]string{name, dir}
	if s.programs[key] == nil {
		s.programs[key] = &fact[*Program]{}
	}
	return ask(s, "program", s.programs[key], func() (*Program, error) {
		env, err := s.Env(ctx)
		if err != nil {
			return nil, err
		}
		pathVar, set, err := env.Lookup("PATH").Get()
		if err != nil {
			return nil, err
		}
		if !set {
			pathVar = DefaultPath
		}
		fsys, err := s.RootFS(ctx)
		if err != nil {
			return nil, err
		}
		return LookUp(fsys, name, dir, pathVar, s.function.RunsAs())
	})
}

// SWRName returns the image's name in SWR: the one in the settings, else the
// target's own when its host is one of SWR's, else not set.
func (s *Subject) SWRName() Setting[Reference] {
	if name := s.function.SWRName; name.IsSet() {
		return Known(SplitReference(name.Or("")), name.At())
	}
	if ref := SplitReference(s.info.Reference); ref.IsSWR() {
		return Known(ref, Location{Artifact: ArtifactReference})
	}
	return NotSet[Reference](Location{Artifact: ArtifactReference})
}
