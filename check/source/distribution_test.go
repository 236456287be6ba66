// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/source"
)

// release returns the files of an image of a distribution.
func release(text string, programs ...string) fstest.MapFS {
	files := fstest.MapFS{"etc/os-release": {Data: []byte(text)}}
	for _, name := range programs {
		files[name] = &fstest.MapFile{Mode: 0o755}
	}
	return files
}

func TestDistribution(t *testing.T) {
	costly := errors.New("costly")
	for name, test := range map[string]struct {
		files  fs.FS
		costly error
		family string
		tools  []string
		rest   error
	}{
		"debian": {
			release("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", "usr/sbin/useradd", "sbin/adduser", "usr/bin/apt"),
			nil, "debian",
			[]string{"adduser", "useradd"},
			nil,
		},
		"ubuntu":         {release("ID=ubuntu\nID_LIKE=debian\n"), nil, "debian", nil, nil},
		"like debian":    {release("ID=raspbian\nID_LIKE=debian\n"), nil, "debian", nil, nil},
		"red hat":        {release("ID=\"rhel\"\nID_LIKE=\"fedora\"\n", "usr/sbin/useradd"), nil, "redhat", []string{"useradd"}, nil},
		"like red hat":   {release("ID='rocky'\nID_LIKE='rhel centos fedora'\n"), nil, "redhat", nil, nil},
		"suse":           {release("ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"\n"), nil, "suse", nil, nil},
		"unheard of":     {release("ID=arch\n", "bin/busybox", "usr/bin/useradd"), nil, "", []string{"useradd"}, nil},
		"comment":        {release("# ID=debian\n"), nil, "", nil, nil},
		"busybox":        {fstest.MapFS{"bin/busybox": {}, "bin/adduser": {}}, nil, "busybox", []string{"adduser"}, nil},
		"nothing":        {fstest.MapFS{}, nil, "", nil, nil},
		"own tools":      {release("ID=debian\n", "usr/local/bin/adduser"), nil, "debian", []string{"adduser"}, nil},
		"costly":         {release("ID=debian\n", "usr/sbin/useradd"), costly, "debian", nil, costly},
		"costly unknown": {release("ID=arch\n", "usr/sbin/useradd"), costly, "", nil, costly},
		"small":          {release("ID=alpine\n", "usr/sbin/adduser"), costly, "alpine", []string{"adduser"}, nil},
		"read anyway":    {fstest.MapFS{"bin/busybox": {}, "bin/adduser": {}}, costly, "busybox", []string{"adduser"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			family, tools := source.DistributionOf(test.files, test.costly)
			if family != test.family {
				t.Errorf("family %q, want %q", family, test.family)
			}
			if diff := cmp.Diff(test.tools, tools.Have); diff != "" {
				t.Errorf("tools (-want +got):\n%s", diff)
			}
			if !errors.Is(tools.Rest, test.rest) {
				t.Errorf("rest: %v, want %v", tools.Rest, test.rest)
			}
		})
	}
}

// What cannot be read makes nothing certain.
func TestDistributionBroken(t *testing.T) {
	for _, name := range []string{"etc/os-release", "usr/sbin/useradd"} {
		family, tools := source.DistributionOf(brokenAt{release("ID=debian\n"), name}, nil)
		if _, err := tools.Has("groupadd"); !errors.Is(err, errBroken) {
			t.Errorf("%s: %q, %v; want %v", name, family, err, errBroken)
		}
	}
}

var errBroken = errors.New("broken")

// brokenAt is a tree with one file that cannot be read.
type brokenAt struct {
	fstest.MapFS
	name string
}

func (b brokenAt) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.MapFS.Open(name)
}

func (b brokenAt) Stat(name string) (fs.FileInfo, error) {
	if name == b.name {
		return nil, errBroken
	}
	return b.MapFS.Stat(name)
}
