// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"path"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// knownProgram is what the rules know of a program, or of one subcommand of a
// program, that a start command may name. It is plain data; the table is
// [knownPrograms].
type knownProgram struct {
	names  words  // base names without a version ("python" stands for python3.12 too)
	sub    words  // subcommands, one of which must come first; "" for none
	module words  // names by which "python -m" runs it
	source string // address of the page that says all this

	common bool // people call programs of their own the same, and do not keep these in a folder of programs

	// What it starts.
	operand operandKind
	valued  words  // options that take a value, beside those named below
	inline  words  // options whose value is the text of a program
	script  words  // options whose value is a file to run
	modules words  // options whose value is a module looked up in the search path
	app     words  // variables that name the same
	chdir   words  // options that choose the folder to start from
	search  words  // options with more folders for the search path
	paths   words  // variables with the same
	project words  // files, one of which it expects in the folder it starts from; "." for the folder itself
	root    words  // options that say where those files are
	rootKey string // the file that such an option names; "" for a folder
	early   bool   // those that are named in a mend stand before the subcommand
	idle    string // what it does with nothing to run: "opens a shell"; "" where that is of use, or not known

	// Where it listens.
	port, bind         words // options for the port, and for address and port in one
	portVars, bindVars words // variables for the same
	defaultPort        string
	config             words // options for a configuration file, which may set the port
	configured         bool  // a configuration file that it finds by itself sets the port

	// How it stays.
	daemon     []string // arguments that send it to the background
	daemonises bool     // it goes there by itself,
	foreground []string // but not with one of these arguments
	foreConfig bool     // nor where its configuration file forbids it

	// What it does before it serves.
	work      string // "downloads packages"; "" for nothing
	workFlags words  // options without which it does not; "" when it always does

	instead string // Dockerfile lines that avoid that it goes to the background, or works at the start
	expands bool   // it expands ${NAME} in its arguments itself
}

// words is a list of words with blanks between them, which keeps the table
// readable.
type words string

func (w words) list() []string { return strings.Fields(string(w)) }
func (w words) has(word string) bool {
	for next := range strings.FieldsSeq(string(w)) { // Without a list, as tables are asked often.
		if next == word {
			return true
		}
	}
	return false
}

// operandKind is what the first argument of a program that is no option means.
type operandKind int

const (
	noOperand      operandKind = iota // nothing that a rule asks for
	scriptOperand                     // a file to run; the arguments after it are that file's
	moduleOperand                     // a module looked up in the search path: "app:app"
	classOperand                      // the same; the arguments after it are that module's
	folderOperand                     // the folder to start from
	addressOperand                    // where to listen: "8000", "0.0.0.0:8000"
	commandOperand                    // another program; the arguments after it are that program's
)

// launch is what the arguments of a call say about the program that it starts.
type launch struct {
	call  check.Call
	known *knownProgram // nil for a program that is not in the table
	name  string        // for messages: "uvicorn", "npm start"; the base name of an unknown program
	start int           // index in call.Args of that program, behind those that only start it (npx, "python -m")
	work  *step         // the first on the way that does work before anything serves, or nil
	needs *step         // the first on the way that expects files in the folder it starts from, or nil

	script      string // the file that an interpreter is told to run, as written; "" for none
	scriptIndex int    // its index in call.Args
	module      string // the module to look up in the search path, "app:app"; "" for none
	searchDir   string // the folder to start from, by an option (--chdir, --prefix) or an operand; "" for none
	searchPath  string // the folders that an option adds to the search path (--app-dir, -cp); "" for none
	projectDir  string // where an option says that the project is; "" for none
	listenOn    string // the operand that says where to listen; "" for none
	binds       bool   // an option says where to listen
	inline      bool   // the text of a program is among the arguments
	repl        bool   // an interpreter or a shell with nothing to run

	options []option // those of the program and of the script it runs
}

// step is a known program on the way to the one that serves.
type step struct {
	*knownProgram
	name  string // as launch.name
	start int    // index in call.Args
}

// option is an option of a call with its value, if it has one.
type option struct {
	name, value string
	index       int  // in call.Args of the word that holds the value
	joined      bool // written with an equals sign
}

// maxSteps bounds the programs that start one another in one call.
const maxSteps = 8

// recognise looks the call's program up in the table of known programs, steps
// through those that only start another one (npx, "python -m"), and returns
// what the arguments say.
func recognise(call check.Call) *launch {
	l := &launch{call: call, name: call.Name(), options: anyProgram.scanPassed(call.Args, 1)}
	if len(call.Args) > 0 {
		l.read(0, maxSteps, func(k *knownProgram) bool { return k.isNamed(call.Args[0]) })
	}
	return l
}

// isNamed reports whether a program that is started by that word is k: by its
// name, or by its name and a version.
func (k *knownProgram) isNamed(word string) bool {
	dir, base := path.Split(word)
	if k.common && dir != "" && !programFolders.has(path.Base(dir)) {
		return false
	}
	return k.names.has(base) || k.names.has(strings.TrimRight(base, "0123456789."))
}

// programFolders are where package managers install programs.
const programFolders words = "bin sbin .bin"

// read takes in the program at index start of the call, if one of the table's
// entries that match describes it; steps is how many may still be taken in.
func (l *launch) read(start, steps int, match func(*knownProgram) bool) bool {
	if steps == 0 {
		return false
	}
	for i := range knownPrograms {
		k := &knownPrograms[i]
		if !match(k) {
			continue
		}
		a, name := k.scan(l.call.Args, start), path.Base(l.call.Args[start])
		if k.sub != "" {
			if len(a.operands) == 0 || !k.sub.has(l.call.Args[a.operands[0]]) {
				continue
			}
			name += " " + l.call.Args[a.operands[0]]
			a.operands = a.operands[1:]
		}
		l.known, l.name, l.start, l.options = k, name, start, slices.Concat(a.options, a.passed)
		l.take(step{k, name, start}, steps-1, a)
		return true
	}
	return false
}

// take notes what the arguments of the known program say, and reads on where
// they start another one.
func (l *launch) take(k step, steps int, a arguments) {
	if l.work == nil && k.doesWork(a.options) {
		l.work = &k
	}
	if l.needs == nil && k.project != "" {
		l.needs = &k
	}
	for _, o := range a.options {
		if o.value != "" {
			l.takeOption(k.knownProgram, steps, o)
		}
	}
	if len(a.operands) > 0 {
		l.takeOperand(k.knownProgram, steps, a.operands[0])
	}
	l.repl = l.known == k.knownProgram && k.idle != "" && !l.inline && !l.binds && l.script == "" && l.module == ""
}

func (k *knownProgram) doesWork(options []option) bool {
	return k.work != "" && (k.workFlags == "" ||
		slices.ContainsFunc(options, func(o option) bool { return k.workFlags.has(o.name) }))
}

func (l *launch) takeOption(k *knownProgram, steps int, o option) {
	switch {
	case k.inline.has(o.name):
		l.inline = true
	case k.script.has(o.name):
		l.takeScript(steps, o.index)
	case k.modules.has(o.name):
		if k.operand != scriptOperand || !l.read(o.index, steps, func(other *knownProgram) bool { return other.module.has(o.value) }) {
			l.module = o.value
		}
	case k.chdir.has(o.name):
		l.searchDir = o.value
	case k.search.has(o.name):
		l.searchPath = o.value
	case k.root.has(o.name):
		l.projectDir = o.value
	case k.bind.has(o.name):
		l.binds = true
	}
}

func (l *launch) takeOperand(k *knownProgram, steps, index int) {
	switch word := l.call.Args[index]; k.operand {
	case scriptOperand:
		isTask := k.project != "" && !strings.ContainsAny(word, "./")
		if word != "-" && !isTask { // a dash is standard input
			l.takeScript(steps, index)
		}
	case moduleOperand, classOperand:
		l.module = word
	case folderOperand:
		l.searchDir = word
	case addressOperand:
		l.listenOn = word
	case commandOperand:
		l.known, l.name, l.start, l.options = nil, path.Base(word), index, anyProgram.scanPassed(l.call.Args, index+1)
		l.read(index, steps, func(other *knownProgram) bool { return other.isNamed(word) })
	case noOperand:
	}
}

// takeScript notes the script at the index of the call. A script may itself be
// a known program: "python manage.py runserver".
func (l *launch) takeScript(steps, index int) {
	l.script, l.scriptIndex = l.call.Args[index], index
	base := path.Base(l.script)
	l.read(index, steps, func(other *knownProgram) bool { return other.names.has(base) })
}

// isInterpreter reports whether what the program runs gets the arguments behind
// it.
func (k *knownProgram) isInterpreter() bool {
	return k.operand == scriptOperand || k.operand == classOperand
}

// arguments is the arguments of a known program, told apart.
type arguments struct {
	options  []option
	operands []int    // indices in call.Args
	passed   []option // those behind a script, which are the script's
}

// scan tells the arguments of the program at index start apart.
func (k *knownProgram) scan(args []string, start int) arguments {
	var a arguments
	last := 1 // operand, with which the program's own arguments end
	if k.sub != "" {
		last = 2
	}
	for i := start + 1; i < len(args); i++ {
		if !isOption(args[i]) {
			a.operands = append(a.operands, i)
			switch {
			case len(a.operands) != last:
			case k.operand == commandOperand:
				return a
			case k.isInterpreter():
				a.passed = k.scanPassed(args, i+1)
				return a
			}
			continue
		}
		o := k.option(args, i)
		i = o.index
		a.options = append(a.options, o)
		if k.isInterpreter() && (k.inline.has(o.name) || k.script.has(o.name) || k.modules.has(o.name)) {
			a.passed = k.scanPassed(args, i+1)
			return a
		}
	}
	return a
}

// isOption reports whether the argument begins like an option; a lone dash is
// an operand.
func isOption(arg string) bool { return len(arg) > 1 && arg[0] == '-' }

// scanPassed returns the options from index i on.
func (k *knownProgram) scanPassed(args []string, i int) []option {
	var passed []option
	for ; i < len(args); i++ {
		if isOption(args[i]) {
			o := k.option(args, i)
			i = o.index
			passed = append(passed, o)
		}
	}
	return passed
}

// maxBundle is the length of a word that may hold several options of one
// letter each: "-uc", "-exc". Java's options are longer.
const maxBundle = 4

// option returns the option at index i: "--port=80", "--port 80", "-p80",
// "-p 80", "-vp 80" or "-v".
func (k *knownProgram) option(args []string, i int) option {
	word := args[i]
	if name, value, ok := strings.Cut(word, "="); ok {
		return option{name, value, i, true}
	}
	if k.takesValue(word) && i+1 < len(args) {
		return option{name: word, value: args[i+1], index: i + 1}
	}
	if first, rest := word[:2], word[2:]; k.takesValue(first) {
		return option{name: first, value: rest, index: i}
	}
	if last := "-" + word[len(word)-1:]; len(word) <= maxBundle && k.takesValue(last) && i+1 < len(args) {
		return option{name: last, value: args[i+1], index: i + 1}
	}
	return option{name: word, index: i}
}

func (k *knownProgram) takesValue(name string) bool {
	for _, list := range []words{k.valued, k.inline, k.script, k.modules, k.chdir, k.search, k.root, k.port, k.bind, k.config} {
		if list.has(name) {
			return true
		}
	}
	return false
}

// has reports whether the text stands among the program's arguments as one or
// more whole words.
func (l *launch) has(text string) bool {
	return strings.Contains(" "+strings.Join(l.call.Args[l.start:], " ")+" ", " "+text+" ")
}
