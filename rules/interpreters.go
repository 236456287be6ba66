// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"io"
	"path"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// stepKind is why a file takes part in the start of a program.
type stepKind int

const (
	commandStep stepKind = iota // the start command names it
	loaderStep                  // the dynamic loader that an ELF file names
	shebangStep                 // the interpreter in a script's first line
	envStep                     // the program that env is told to start there
)

// fileStep is one file that takes part in the start of a program.
type fileStep struct {
	kind    stepKind
	name    string         // as written
	from    *check.Program // that names it; nil for the program itself
	program *check.Program
}

// maxScripts is how many scripts may be each other's interpreters: Linux allows
// four recursions, https://man7.org/linux/man-pages/man2/execve.2.html.
const maxScripts = 5

// steps returns the files that take part in the start of the program, itself
// first. Deep is set where more scripts interpret one another than the kernel
// takes.
func (p *started) steps(ctx context.Context, s *check.Subject) (steps []fileStep, deep bool, err error) {
	last := fileStep{kind: commandStep, name: p.name, program: p.Program}
	steps = append(steps, last)
	for scripts := 0; last.kind != loaderStep; {
		if last.program.Kind == check.Script {
			scripts++
		}
		if scripts > maxScripts {
			return steps, true, nil
		}
		needed := needsOf(last.program)
		if len(needed) == 0 {
			break
		}
		for _, next := range needed {
			next.from = last.program
			if next.program, err = p.find(ctx, s, next.lookUpName(), p.dir); err != nil {
				return nil, false, err
			}
			steps = append(steps, next)
		}
		last = steps[len(steps)-1]
	}
	return steps, false, nil
}

// lookUpName is what the name is looked up by: the kernel knows no PATH.
func (f fileStep) lookUpName() string {
	if f.kind != envStep && !strings.Contains(f.name, "/") {
		return "./" + f.name
	}
	return f.name
}

// needsOf returns what the program's file names: a loader, or an interpreter
// and the program that it starts in its stead.
func needsOf(p *check.Program) []fileStep {
	switch {
	case p.Interpreter == "" || p.CarriageReturn:
		return nil
	case p.Kind == check.Binary:
		return []fileStep{{kind: loaderStep, name: p.Interpreter}}
	}
	needed := []fileStep{{kind: shebangStep, name: p.Interpreter}}
	if name, ok := envProgram(p); ok {
		needed = append(needed, fileStep{kind: envStep, name: name})
	}
	return needed
}

// isEnv reports whether the script's first line starts a program by env.
func isEnv(p *check.Program) bool {
	return path.Base(p.Interpreter) == "env" && p.InterpreterArg != ""
}

// envProgram returns the program that env is told to start by a script's first
// line. The kernel gives it the rest of the line as one argument, which only -S
// takes apart. It is not ok where the line is not understood.
func envProgram(p *check.Program) (name string, ok bool) {
	arg := p.InterpreterArg
	text, split := strings.CutPrefix(arg, "-S")
	if !split {
		text, split = strings.CutPrefix(arg, "--split-string=")
	}
	if !split {
		return arg, isEnv(p) && arg[0] != '-' && !strings.Contains(arg, "=")
	}
	if strings.ContainsAny(text, `\"'$#`) {
		return "", false
	}
	for word := range strings.FieldsSeq(text) {
		if !strings.Contains(word, "=") {
			return word, isEnv(p) && word[0] != '-'
		}
	}
	return "", false
}

// foreignSystem returns the operating system that the program is for when that
// is another one, or "".
func foreignSystem(ctx context.Context, s *check.Subject, p *check.Program) (string, error) {
	fsys, err := s.RootFS(ctx)
	if err != nil {
		return "", err
	}
	file, err := fsys.Open(check.FSName(p.File.Path))
	if err != nil {
		return "", err
	}
	defer file.Close()
	head, err := io.ReadAll(io.LimitReader(file, 4))
	switch text := string(head); {
	case err != nil:
		return "", err
	case text == "\xcf\xfa\xed\xfe": // Mach-O of 64 bits, little-endian
		return "macOS", nil
	case strings.HasPrefix(text, "MZ"):
		return "Windows", nil
	default:
		return "", nil
	}
}
