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
	if verdict, ok, err := unexpanded(ctx, s, p.name); ok || err != nil {
		return verdict, err
	}
	link, target, err := danglingLink(ctx, s, p.Tried)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case link != "":
		return check.Failf(p.at, "%s is a symbolic link to %s, which leads to nothing", brief(link), brief(target)).Also(check.AtFile(link)).
			WithFix("install what %s should lead to, or remove the link and name the program itself", brief(link)), nil
	case strings.ContainsAny(p.name, " \t"):
		return p.oneWord(), nil
	case shellBuiltins.has(p.name):
		return p.builtin(ctx, s)
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
	case strings.Contains(p.name, "/") && !isPackaged(p.name):
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

// builtin is the verdict on a command of shells that no shell is started for.
func (p *started) builtin(ctx context.Context, s *check.Subject) (check.Verdict, error) {
	cmd, err := s.Command(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	around, script := []string{}, []string{p.name, "…"}
	if i := slices.Index(cmd.Args, p.name); i >= 0 { // else it stands in a text that a wrapper takes apart
		around, script = cmd.Args[:i], slices.Clone(cmd.Args[i:])
	}
	if script[0] == "source" {
		script[0] = "." // as every shell calls it
	}
	return check.Failf(p.at, "%s is a command of shells, not a program, and no shell is started here", p.name).
		WithFix("let a shell run it:\n\n%s", jsonArray(slices.Concat(around, []string{"/bin/sh", "-c", strings.Join(script, " ")})...)), nil
}

// foldersOf returns the folders of the paths as PATH lists them.
func foldersOf(tried []string) string {
	var folders []string
	for _, name := range tried {
		folders = append(folders, path.Dir(name))
	}
	return cut(strings.Join(folders, ":"), 2*maxShown)
}

// install adds how to get the program into the image.
func (p *started) install(ctx context.Context, s *check.Subject, v check.Verdict) (check.Verdict, error) {
	program := path.Base(p.name)
	line, err := installLine(ctx, s, program)
	switch {
	case err != nil:
		return check.Verdict{}, err
	case line == "" && isPackaged(p.name):
		return v.WithFix("start from a base image that has %s, in the stage that becomes the image:\n\n%s", program, baseWith(program)), nil
	case line == "":
		place := p.Tried[0]
		if usual := "/usr/local/bin/" + p.name; slices.Contains(p.Tried, usual) {
			place = usual
		}
		return v.WithFix("copy it to a folder of PATH:\n\nCOPY --chmod=0755 %s %s", named(p.name, "<program>"), named(place, "<path>")), nil
	default:
		return v.WithFix("install the package that brings it"+beforeUser+"%s", line), nil
	}
}
