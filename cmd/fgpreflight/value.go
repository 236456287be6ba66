// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/check/settings"
)

// value is a flag whose texts are read by a function.
type value struct {
	kind string // stands for the value in help, "NUMBER"
	text string // what was set last
	read func(text string) error
}

func (v *value) String() string { return v.text }
func (v *value) Type() string   { return v.kind }

func (v *value) Set(text string) error {
	if err := v.read(text); err != nil {
		return err
	}
	v.text = text
	return nil
}

// flags adds flags of one heading to a set.
type flags struct {
	set   *pflag.FlagSet
	group string
}

// toggle adds a flag that needs no value.
func (f flags) toggle(name, usage string, read func(bool)) {
	f.addFlag(name, usage, "true", &value{read: func(text string) error {
		on, err := boolean(text)
		if err == nil {
			read(on)
		}
		return err
	}})
}

// add adds a flag; kind stands for its value in help. The name may have a
// letter behind it that is short for it: "output o".
func (f flags) add(name, kind, usage string, read func(string) error) {
	f.addFlag(name, usage, "", &value{kind: kind, read: read})
}

func (f flags) addFlag(name, usage, without string, v pflag.Value) {
	name, letter, _ := strings.Cut(name, " ")
	f.set.AddFlag(&pflag.Flag{
		Name:        name,
		Shorthand:   letter,
		Usage:       usage,
		Value:       v,
		NoOptDefVal: without,
		Annotations: map[string][]string{groupKey: {f.group}},
	})
}

// into returns the reader of a flag whose value goes to target.
func into[T any](target *T, parse func(string) (T, error)) func(string) error {
	return func(text string) error {
		v, err := parse(text)
		if err == nil {
			*target = v
		}
		return err
	}
}

func text(s string) (string, error) { return s, nil }

func boolean(s string) (bool, error) {
	v, err := strconv.ParseBool(s)
	if err != nil {
		return false, errors.New("want true or false")
	}
	return v, nil
}

func number(s string) (int64, error) {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, errors.New("want a whole number")
	}
	return v, nil
}

// items reads a list as the console writes one: items with commas between
// them. An empty text is an empty list, which is like none.
func items(s string) ([]string, error) {
	if s == "" {
		return nil, nil
	}
	return strings.Split(s, ","), nil
}

// maxJobs is how many targets may be read side by side.
const maxJobs = 64

func jobs(s string) (int, error) {
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 || v > maxJobs {
		return 0, fmt.Errorf("want a number from 1 to %d", maxJobs)
	}
	return v, nil
}

func duration(s string) (time.Duration, error) {
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		return 0, errors.New("want a duration such as 90s or 5m")
	}
	return v, nil
}

// oneOf returns the parser of a word out of a few.
func oneOf(words ...string) func(string) (string, error) {
	return func(s string) (string, error) {
		for _, word := range words {
			if s == word {
				return word, nil
			}
		}
		return "", fmt.Errorf("want %s%s", strings.Join(words, " or "), settings.DidYouMean(s, words))
	}
}

// readFile reads the file that the user named; whole is false for one of more
// bytes than the limit.
func readFile(name string, limit int64) (raw []byte, whole bool, err error) {
	file, err := os.Open(name) //nolint:gosec // G304: Opening the file that the user named is the purpose.
	if err != nil {
		return nil, false, err
	}
	defer file.Close() //nolint:errcheck // It was only read.
	return readAtMost(file, limit)
}

// readAtMost reads to the end; whole is false where that is beyond the limit.
func readAtMost(in io.Reader, limit int64) (raw []byte, whole bool, err error) {
	raw, err = io.ReadAll(io.LimitReader(in, limit+1))
	return raw, int64(len(raw)) <= limit, err
}
