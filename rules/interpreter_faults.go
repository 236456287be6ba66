// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// judgeFormat judges whether the kernel can tell how to start the file of a
// step, which is no loader.
func (p *started) judgeFormat(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	file := step.program
	name, at := file.File.Path, check.AtFile(file.File.Path)
	switch {
	case file.Kind == check.Binary && file.ELF == nil:
		return check.Failf(p.at, "%s begins like an ELF file, but its head is malformed", brief(name)).Also(at).
			WithFix("build or download %s again: it is damaged", brief(name)), nil
	case file.Kind == check.Binary:
		return check.Passf(p.at, "%s is an ELF file", brief(name)), nil
	case file.CarriageReturn:
		return check.Failf(p.at, "the first line of %s ends in CR LF, so that it names %q", brief(name), brief(file.Interpreter+"\r")).Also(at).
			WithFix("keep the carriage returns out by the line \"%s text eol=lf\" in .gitattributes, or take them out before the USER line:\n\nRUN sed -i 's/\\r$//' %s",
				named(path.Base(name), "*"), named(name, "<path>")), nil
	case file.Interpreter == "":
		return p.noFormat(ctx, s, step)
	}
	if _, ok := envProgram(file); isEnv(file) && !ok {
		return startDecides("name the interpreter itself in the first line, or "+passRun, "what env starts by %q is not understood", brief(file.InterpreterArg)), nil
	}
	return check.Passf(p.at, "%s names an interpreter", brief(name)), nil
}

// noFormat judges a file that is neither an ELF file nor a script.
func (p *started) noFormat(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	name, by := step.program.File.Path, ""
	switch step.kind {
	case commandStep:
		by = p.by
		if system, err := foreignSystem(ctx, s, step.program); err != nil || system != "" {
			return check.SeeRule("FG304", "command-architecture"), err
		}
	case envStep:
		by = "env"
	case loaderStep, shebangStep: // The kernel itself starts it.
	}
	switch {
	case step.kind == commandStep && p.byShell:
		return check.Passf(p.at, "%s runs %s itself", by, brief(name)), nil
	case by != "":
		return startDecides("give it a first line such as #!/bin/sh, or "+passRun, "%s has no #! line, and whether %s lets a shell run it is not known", brief(name), brief(by)), nil
	}
	return check.Failf(p.at, "%s is neither an ELF file nor a script whose first line names an interpreter (exec format error)", brief(name)).Also(check.AtFile(name)).
		WithFix("say in the first line of %s what runs it:\n\n#!%s", brief(name), interpreterFor(name)), nil
}

// interpreters are what files with an extension are usually run by.
var interpreters = map[string]string{
	".py": "/usr/bin/env python3", ".js": "/usr/bin/env node", ".mjs": "/usr/bin/env node", ".rb": "/usr/bin/env ruby",
	".pl": "/usr/bin/env perl", ".php": "/usr/bin/env php",
}

// interpreterFor returns what a first line should name for the file.
func interpreterFor(name string) string {
	if interpreter, ok := interpreters[path.Ext(name)]; ok {
		return interpreter
	}
	return "/bin/sh"
}

// libcOf are the C libraries by the beginning of their loaders' base names, and
// what images have them.
var libcOf = []struct{ loader, libc, images string }{
	{"ld-musl-", "musl", "Alpine images have it"},
	{"ld-linux", "glibc", "Debian, Ubuntu and Red Hat images have it, Alpine and static images do not"},
}

// missingLoader is the verdict on an ELF file whose loader is not there.
func (p *started) missingLoader(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	config, err := s.Config(ctx)
	if err != nil {
		return check.Verdict{}, err
	}
	arch, _, err := config.Architecture.Get()
	if err != nil {
		return check.Verdict{}, err
	}
	if step.from.ELF.Arch != arch {
		return check.SeeRule("FG304", "command-architecture"), nil
	}
	from, loader := brief(step.from.Path), brief(step.name)
	for _, known := range libcOf {
		if strings.HasPrefix(path.Base(step.name), known.loader) {
			return check.Failf(p.at, "%s was built for %s: its loader %s is not in the image", from, known.libc, loader).Also(check.AtFile(step.from.File.Path)).
				WithFix("build %s without a C library (for Go: CGO_ENABLED=0), or use a base image with %s: %s", from, known.libc, known.images), nil
		}
	}
	return check.Failf(p.at, "the loader %s of %s is not in the image", loader, from).Also(check.AtFile(step.from.File.Path)).
		WithFix("build %s on the distribution that the image is made of, or copy %s along", from, loader), nil
}

// missingInterpreter is the verdict on a script whose interpreter is not there.
func (p *started) missingInterpreter(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	script := named(step.from.File.Path, "<path>")
	if strings.ContainsAny(step.name, " \t") { // only what env gets may hold one
		return check.Failf(p.at, "the first line of %s gives env the name of a program as %q, in one word", brief(step.from.Path), brief(step.name)).
			Also(check.AtFile(step.from.File.Path)).
			WithFix("let env take it apart"+beforeUser+"RUN sed -i '1s|.*|#!%s -S %s|' %s", named(step.from.Interpreter, "<env>"), wordsOrPlaceholder(step.name), script), nil
	}
	if isAnyMounted(s.Function(), step.program.Tried) {
		return onMount(step.name), nil
	}
	v, err := p.withoutInterpreter(ctx, s, step)
	if err != nil {
		return check.Verdict{}, err
	}
	base := path.Base(step.name)
	other, err := p.find(ctx, s, base, "")
	if err != nil {
		return check.Verdict{}, err
	}
	if other.Found && other.File.Mode.IsRegular() {
		return v.WithFix("name %s where it is"+beforeUser+"RUN sed -i '1s|%s|%s|' %s", brief(base), named(step.name, "<interpreter>"), named(other.Path, "<path>"), script), nil
	}
	line, err := installLine(ctx, s, base)
	if err != nil {
		return check.Verdict{}, err
	}
	if line == "" {
		return v.WithFix("start from a base image that has %s, or name an interpreter in the first line of %s that is in the image", brief(base), brief(step.from.File.Path)), nil
	}
	return v.WithFix("install the interpreter"+beforeUser+"%s", line), nil
}

// withoutInterpreter is the failure of a script whose interpreter is not there,
// yet without a mend.
func (p *started) withoutInterpreter(ctx context.Context, s *check.Subject, step fileStep) (check.Verdict, error) {
	script, interpreter, at := brief(step.from.Path), brief(step.name), check.AtFile(step.from.File.Path)
	if !step.program.Found { // what was found may be a link, but to something that is no file
		link, target, err := danglingLink(ctx, s, step.program.Tried)
		if err != nil {
			return check.Verdict{}, err
		}
		if link != "" {
			return check.Failf(p.at, "%s is to be run by %q, but %s is a symbolic link to %s, which leads to nothing",
				script, interpreter, brief(link), brief(target)).Also(at), nil
		}
	}
	return check.Failf(p.at, "%s is to be run by %q, which is not in the image", script, interpreter).Also(at), nil
}

// wordsOrPlaceholder returns the words of a line, those that had better not be
// typed as a placeholder.
func wordsOrPlaceholder(line string) string {
	fields := strings.Fields(line)
	for i, word := range fields {
		if fields[i] = strings.TrimLeft(word, "-"); typeable(fields[i]) {
			fields[i] = word
		} else {
			fields[i] = "<word>"
		}
	}
	return strings.Join(fields, " ")
}

// closedInterpreter is the verdict on an interpreter or a loader that the
// function's user may not execute.
func (p *started) closedInterpreter(s *check.Subject, step fileStep) check.Verdict {
	who, o := s.Function().RunsAs(), step.program.Obstacle
	told := map[string]check.Verdict{}
	p.tell(told)
	if verdict, ok := told[o.Path]; ok {
		return verdict
	}
	return check.Failf(p.at, "%s is run by %s, but %s may not execute %s (%s)", brief(step.from.Path), brief(step.name), who, brief(o.Path), ownership(o.Owned)).
		Also(check.AtFile(o.Path)).WithFix("let the function's user get at what runs %s"+beforeUser+"%s", brief(step.from.Path), chmodLine(o.Owned, who, check.Execute))
}
