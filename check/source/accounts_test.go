// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	mobyuser "github.com/moby/sys/user"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/rootfs"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// subject returns a subject with USER spec and the files, and a count of how
// often its root file system was asked for.
func subject(spec string, files fs.FS) (s *check.Subject, asked *int) {
	asked = new(int)
	return check.NewSubject(check.Info{}, &check.Function{}, check.Provider{
		Config: func(context.Context) (*check.Config, error) {
			at := check.At(check.ArtifactConfig, "User")
			if spec == "" {
				return &check.Config{User: check.NotSet[string](at)}, nil
			}
			return &check.Config{User: check.Known(spec, at)}, nil
		},
		RootFS: func(context.Context) (fs.FS, error) {
			*asked++
			return files, nil
		},
		Accounts: source.Accounts,
		User:     source.User,
	}), asked
}

func TestAccounts(t *testing.T) {
	s, _ := subject("", fstest.MapFS{
		"etc/passwd": {Data: []byte("root:x:0:0:root:/root:/bin/sh\n\n  fg:x:1003:44::/home/fg:\r\n#no:x:1:2\nshort\nodd:x:abc:-5:a:b:c:d:e\nbig:x:99999999999999999999:1")},
		"etc/group":  {Data: []byte("root:x:0:\n # comment\nfg:x:44:a,b\nshort")},
	})
	got, err := s.Accounts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	passwd := func(line int) check.Location { return check.Location{Artifact: "/etc/passwd", Line: line} }
	group := func(line int) check.Location { return check.Location{Artifact: "/etc/group", Line: line} }
	want := &check.Accounts{
		Users: []check.Account{
			{Name: "root", Home: "/root", At: passwd(1)},
			{Name: "fg", UID: 1003, GID: 44, Home: "/home/fg", At: passwd(3)},
			{Name: "#no", UID: 1, GID: 2, At: passwd(4)},
			{Name: "short", At: passwd(5)},
			{Name: "odd", GID: -5, Home: "b", At: passwd(6)},
			{Name: "big", UID: 1<<63 - 1, GID: 1, At: passwd(7)},
		},
		Groups: []check.Group{
			{Name: "root", At: group(1)},
			{Name: "fg", GID: 44, At: group(3)},
			{Name: "short", At: group(4)},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// brokenFS fails to open anything.
type brokenFS struct{ err error }

func (b brokenFS) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: b.err}
}

func TestAccountsWithoutFiles(t *testing.T) {
	for name, files := range map[string]fs.FS{
		"no files":    fstest.MapFS{},
		"directories": fstest.MapFS{"etc/passwd/x": {}, "etc/group": {Mode: fs.ModeDir}},
		"pipe":        fstest.MapFS{"etc/passwd": {Mode: fs.ModeNamedPipe, Data: []byte("a:x:1:1")}},
		"loop":        brokenFS{rootfs.ErrLinkLoop},
	} {
		s, _ := subject("", files)
		got, err := s.Accounts(t.Context())
		if err != nil || len(got.Users)+len(got.Groups) > 0 || got.Rest != nil {
			t.Errorf("%s: got %v, %v, want no accounts", name, got, err)
		}
	}
}

func TestAccountsErrors(t *testing.T) {
	broken := errors.New("broken layer")
	for want, files := range map[string]fs.FS{
		"reading /etc/passwd: open etc/passwd: broken layer": brokenFS{broken},
		"reading /etc/passwd: it is larger than":             fstest.MapFS{"etc/passwd": {Data: make([]byte, 1<<20+1)}},
		"reading /etc/group: it is larger than":              fstest.MapFS{"etc/group": {Data: make([]byte, 1<<20+1)}},
		"reading /etc/passwd: line 32769 is beyond":          fstest.MapFS{"etc/passwd": {Data: []byte(strings.Repeat("a\n", 1<<15+1))}},
		"reading /etc/group: line 32769 is beyond":           fstest.MapFS{"etc/group": {Data: []byte(strings.Repeat("a\n", 1<<15+1))}},
		"reading /etc/passwd: line 2 is beyond":              fstest.MapFS{"etc/passwd": {Data: []byte("a:x:1:1\n" + strings.Repeat("a", 1<<16))}},
	} {
		s, _ := subject("", files)
		_, err := s.Accounts(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got error %v, want %s…", err, want)
		}
	}
}

// FuzzAccounts compares with the parser of moby/sys/user.
func FuzzAccounts(f *testing.F) {
	f.Add([]byte("root:x:0:0:root:/root:/bin/sh\n#c\n \n:x:1\nx"), []byte("root:x:0:\n #c\nfg:x:+44:a"))
	f.Add([]byte("a:x:99999999999999999999:-1\r\n\vb"), []byte("::::::\n\t\n0x1:0x1:0x1"))
	f.Fuzz(func(t *testing.T, passwd, group []byte) {
		got, err := source.ParseAccounts(passwd, group)
		if err != nil {
			return
		}
		users, err := mobyuser.ParsePasswd(bytes.NewReader(passwd))
		if err != nil {
			t.Fatalf("moby/sys/user does not read passwd: %v", err)
		}
		groups, err := mobyuser.ParseGroup(bytes.NewReader(group))
		if err != nil {
			t.Fatalf("moby/sys/user does not read group: %v", err)
		}
		want := new(check.Accounts)
		for i, u := range users {
			want.Users = append(want.Users, check.Account{Name: u.Name, UID: int64(u.Uid), GID: int64(u.Gid), Home: u.Home, At: got.Users[i].At})
		}
		for i, g := range groups {
			want.Groups = append(want.Groups, check.Group{Name: g.Name, GID: int64(g.Gid), At: got.Groups[i].At})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
