// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// missing tells why the program is not found, and where it is instead.
func (p *started) missing(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	link, target, err := danglingLink(ctx, s, p.Tried)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case link != "":
		return check.Failf(p.at, "%s is a symbolic link to %s, which leads to nothing", brief(link), brief(target)).Also(check.AtFile(link)).
			WithFix("install what %s should lead to, or remove the link and name the program itself", brief(link)), nil
	case strings.ContainsAny(p.name, " \t"):
		return p.oneWord(), nil
	}
	workdir, err := workingDir(ctx, s)
	if err != nil {
		return check.Verdict{}, err
	}
	there, err := p.elsewhere(ctx, s, workdir)
	if err != nil {
		return check.Verdict{}, err
	}
	v, place := check.Failf(p.at, "%s is not in the image", brief(p.name)), p.name
	switch {
	case !strings.Contains(p.name, "/"):
		v = check.Failf(p.at, "%s is in no folder of PATH: %s", brief(p.name), foldersOf(p.Tried))
	case !path.IsAbs(p.name):
		v = check.Failf(p.at, "%s, which is %s for the platform, is not in the image", brief(p.name), brief(p.Tried[0]))
		place = path.Join(workdir, p.dir, p.name)
	}
	switch {
	case there != "":
		v.Message += "; it is at " + brief(there)
		return v.Also(check.AtFile(there)).WithFix("replace %s by its path:\n\n%s", brief(p.name), named(there, "<path>")), nil
	case strings.Contains(p.name, "/"):
		return v.WithFix("copy it there:\n\nCOPY --chmod=0755 %s %s", named(path.Base(p.name), "<program>"), named(place, "<path>")), nil
	}
	return p.install(ctx, s, v)
}

// danglingLink returns the first of the paths that is a symbolic link, and what
// that is said to lead to.
func danglingLink(ctx context.Context, s *check.Subject, paths []string) (link, target string, err error) {
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return "", "", err
	}
	for _, candidate := range paths {
		dir, _, err := check.Reach(fsys, path.Dir(candidate), s.Function().RunsAs(), 0)
		var info fs.FileInfo
		if err == nil {
			info, err = fs.Lstat(fsys, check.FSName(path.Join(dir.Path, path.Base(candidate))))
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", "", err
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := fs.ReadLink(fsys, check.FSName(path.Join(dir.Path, path.Base(candidate))))
			return candidate, target, err
		}
	}
	return "", "", nil
}

// oneWord is the verdict on a whole command line in the place of a program.
func (p *started) oneWord() check.Verdict {
	v := check.Failf(p.at, "the whole text %q is taken for the name of one program", brief(p.name))
	if strings.ContainsAny(p.name, "&|;<>$'\"") {
		return v.WithFix("let a shell take it apart:\n\n%s", jsonArray("/bin/sh", "-c", p.name))
	}
	return v.WithFix("make a word of the array of each word:\n\n%s", jsonArray(strings.Fields(p.name)...))
}

// elsewhere returns where a program of the same name is: along PATH, or in
// WORKDIR.
func (p *started) elsewhere(ctx context.Context, s *check.Subject, workdir string) (string, error) {
	base := path.Base(p.name)
	for _, name := range []string{base, path.Join(workdir, base)} {
		other, err := p.find(ctx, s, name, "")
		if err != nil {
			return "", err
		}
		if other.Found && other.File.Mode.IsRegular() {
			return other.Path, nil
		}
	}
	return "", nil
}

// foldersOf returns the folders of the paths as PATH lists them.
func foldersOf(tried []string) string {
	var folders []string
	for _, name := range tried {
		folders = append(folders, path.Dir(name))
	}
	return cut(strings.Join(folders, ":"), 2*maxShown)
}

// packageManagers are the programs that install packages, each with the line
// that does so without leaving a cache behind. Where one of another
// distribution is there too, the first counts.
var packageManagers = []struct{ program, line string }{
	{"apk", "RUN apk add --no-cache "},                                               // https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper
	{"apt-get", "RUN apt-get update && apt-get install -y --no-install-recommends "}, // https://manpages.debian.org/stable/apt/apt-get.8.en.html
	{"microdnf", "RUN microdnf install -y "},                                         // https://github.com/rpm-software-management/microdnf
	{"dnf", "RUN dnf install -y "},                                                   // https://dnf.readthedocs.io/en/latest/command_ref.html
	{"tdnf", "RUN tdnf install -y "},                                                 // https://github.com/vmware/tdnf
	{"yum", "RUN yum install -y "},                                                   // https://man7.org/linux/man-pages/man8/yum.8.html
	{"zypper", "RUN zypper --non-interactive install "},                              // https://en.opensuse.org/SDB:Zypper_manual
}

// packageOf are the packages that are not called as the program in them.
var packageOf = map[string]string{"node": "nodejs"}

// install adds how to get the program into the image.
func (p *started) install(ctx context.Context, s *check.Subject, v check.Verdict) (check.Verdict, error) {
	line, err := installLine(ctx, s, p.name)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case line == "":
		place := p.Tried[0]
		if usual := "/usr/local/bin/" + p.name; slices.Contains(p.Tried, usual) {
			place = usual
		}
		return v.WithFix("copy it to a folder of PATH:\n\nCOPY --chmod=0755 %s %s", named(p.name, "<program>"), named(place, "<path>")), nil
	default:
		return v.WithFix("install the package that brings it:\n\n%s", line), nil
	}
}

// installLine returns the line that installs a program by the image's own
// package manager, or "" where there is none.
func installLine(ctx context.Context, s *check.Subject, program string) (string, error) {
	name := program
	if other, ok := packageOf[program]; ok {
		name = other
	}
	for _, manager := range packageManagers {
		p, err := s.Program(ctx, manager.program, "")
		if err != nil {
			return "", err
		}
		if p.Found {
			return manager.line + named(name, "<package>"), nil
		}
	}
	return "", nil
}
