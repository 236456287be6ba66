// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// Limits on expansion, which buildkit has none for: a few lines of ENV, each
// the one before ten times, fill any memory.
const (
	maxExpansion = 256 << 10 // bytes that the variables of one word may add
	maxPattern   = 4 << 20   // bytes that one ${name//pattern/text} may come to
	maxWork      = 32 << 20  // bytes that a whole Dockerfile may come to
)

// expansion is what a word of an instruction comes to.
type expansion struct {
	text      string
	words     []string // text taken apart at white space, from expandWords alone
	undefined []string // variables in the word that are not set
	err       error    // why the text is not certain
}

// errTooLarge stands for an expansion beyond the limits.
var errTooLarge = errors.New("the variables expand to more than is read")

// expand returns what a word comes to with these variables. A fault is a
// mistake in the word, which ends the build. An unknown variable matters only
// if the word comes out differently with different values.
func (e *evaluator) expand(word string, vars *variables) (out expansion, fault error) {
	if e.isPlain(word) { // As most are, and the builder's own expansion is slow.
		return expansion{text: word}, nil
	}
	return e.expandBy(word, vars, (*evaluator).processWord)
}

// isPlain reports whether a word certainly comes to itself.
func (e *evaluator) isPlain(word string) bool {
	return !strings.ContainsFunc(word, func(r rune) bool {
		return r == 0 || r >= utf8.RuneSelf || r == e.file.escape || strings.ContainsRune("$'\"<", r)
	})
}

// expandWords is expand for an instruction that takes what a word comes to
// apart at white space.
func (e *evaluator) expandWords(word string, vars *variables) (out expansion, fault error) {
	return e.expandBy(word, vars, (*evaluator).processWords)
}

// process expands a word.
type process func(*evaluator, string, *getter) (expansion, error)

func (e *evaluator) expandBy(word string, vars *variables, expand process) (out expansion, fault error) {
	out, fault = e.expandWith(word, vars, nil, expand)
	if out.err == nil {
		return out, fault
	}
	reason := out.err
	for _, stand := range []string{"", "a", "b/c"} {
		other, otherFault := e.expandWith(word, vars, &stand, expand)
		if other.text != out.text || !slices.Equal(other.words, out.words) || (otherFault == nil) != (fault == nil) {
			return expansion{text: word, err: reason}, nil
		}
	}
	out.err = nil
	return out, fault
}

// expandWith expands a word with every unknown variable set to stand, or not
// set when stand is nil; the result's err is the reason of the first that was
// needed.
func (e *evaluator) expandWith(word string, vars *variables, stand *string, expand process) (expansion, error) {
	if !utf8.ValidString(word) {
		word = string([]rune(word)) // So does the scanner, but it complains on standard error.
	}
	getter := &getter{vars: vars, stand: stand, word: word}
	out, err := expand(e, word, getter)
	e.work += len(out.text) + getter.bytes
	if getter.tooLarge || e.work > maxWork {
		return expansion{text: word}, errTooLarge
	}
	out.err = getter.unknown
	return out, err
}

func (e *evaluator) processWord(word string, vars *getter) (expansion, error) {
	text, unmatched, err := shell.NewLex(e.file.escape).ProcessWord(word, vars)
	return expansion{text: text, undefined: slices.Sorted(maps.Keys(unmatched))}, err
}

func (e *evaluator) processWords(word string, vars *getter) (expansion, error) {
	words, err := shell.NewLex(e.file.escape).ProcessWords(word, vars)
	return expansion{words: words}, err
}

// getter hands variables out to buildkit's shell.
type getter struct {
	vars     *variables
	stand    *string
	word     string
	bytes    int
	tooLarge bool
	unknown  error
}

// Get returns the value of a variable.
func (g *getter) Get(name string) (string, bool) {
	value, set, err := g.vars.get(name)
	if err != nil {
		if g.unknown == nil {
			g.unknown = err
		}
		if g.stand == nil {
			return "", false
		}
		value, set = *g.stand, true
	}
	g.bytes += len(value)
	replaces := strings.Contains(g.word, "//") && g.bytes*(g.bytes+len(g.word)) > maxPattern
	if g.bytes > maxExpansion || replaces {
		g.tooLarge = true
		return "", set
	}
	return value, set
}

// Keys returns the names of the variables; buildkit asks for them only to
// suggest another name.
func (g *getter) Keys() []string { return nil }

// limitError says that a Dockerfile comes to more than is read of it.
type limitError struct{ line int }

// Error names the line.
func (e *limitError) Error() string {
	return fmt.Sprintf("line %d: %v: no Dockerfile that is meant to be built needs so much", e.line, errTooLarge)
}
