// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"slices"
	"strconv"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// emptyBase returns what the image called scratch is.
func emptyBase(at check.Location) *Base {
	facts := baseFacts{image: &knownImage{}, system: &baseSystem{}, at: at}
	base := facts.base()
	base.RootFS = emptyFS{}
	return base
}

// baseFacts makes the facts of one image, all of them seen at one place.
type baseFacts struct {
	image  *knownImage
	system *baseSystem
	ref    string
	at     check.Location
}

func (b baseFacts) base() *Base {
	return &Base{
		Config:       b.config(),
		Shell:        check.Known([]string{"/bin/sh", "-c"}, b.at),
		Accounts:     b.accounts(),
		Tools:        b.tools(),
		Programs:     b.programs(),
		Distribution: b.system.family,
	}
}

func (b baseFacts) config() check.Config {
	k := b.image
	cmd := k.cmd
	if cmd == nil && k.entrypoint == nil {
		cmd = b.system.cmd
	}
	platform := &check.UnavailableError{Fact: "platform", Why: "the platform is chosen when the image is built", Hint: "pass --platform"}
	return check.Config{
		OS:           check.Missing[string](platform),
		Architecture: check.Missing[string](platform),
		User:         setting(b, userFact, k.user, k.user != ""),
		Entrypoint:   setting(b, entrypointFact, slices.Clone(k.entrypoint), k.entrypoint != nil),
		Cmd:          setting(b, commandFact, slices.Clone(cmd), cmd != nil),
		WorkingDir:   setting(b, workdirFact, k.workdir, k.workdir != ""),
		Env:          b.env(),
		Ports:        b.set(portsFact, k.ports),
		Volumes:      b.set(volumesFact, k.volumes),
		Healthcheck:  check.NotSet[[]string](b.at),
		StopSignal:   setting(b, stopSignalFact, k.stopSignal, k.stopSignal != ""),
	}
}

// setting returns a value of the configuration.
func setting[T any](b baseFacts, fact imageFact, value T, set bool) check.Setting[T] {
	switch {
	case slices.Contains(b.image.varies, fact):
		return check.Missing[T](b.varying(string(fact)))
	case set:
		return check.Known(value, b.at)
	}
	return check.NotSet[T](b.at)
}

func (b baseFacts) set(fact imageFact, have []string) check.Set {
	set := check.Set{Have: slices.Clone(have), At: b.at}
	if slices.Contains(b.image.varies, fact) {
		set.Rest = b.varying(string(fact))
	}
	return set
}

func (b baseFacts) env() check.Env {
	var vars []check.Variable
	for _, entry := range slices.Concat(b.system.env, b.image.env) {
		name, value, known := strings.Cut(entry, "=")
		v := check.Variable{Name: name, Value: value, At: b.at}
		if !known {
			v.Err = b.varying("variable " + name)
		}
		vars = append(vars, v)
	}
	var rest error
	if slices.Contains(b.image.varies, variablesFact) {
		rest = b.varying(string(variablesFact))
	}
	return check.NewEnv(vars, rest).Under(b.at)
}

// accounts returns the accounts of the system and of the image.
func (b baseFacts) accounts() *check.Accounts {
	a := &check.Accounts{}
	if b.system.more || slices.Contains(b.image.varies, accountsFact) {
		a.Rest = b.varying(string(accountsFact))
	}
	for _, line := range b.merged(b.system.users, b.image.users) {
		field, err := b.fields(line)
		a.Users = append(a.Users, check.Account{Name: field[0], UID: numeric(field[1]), GID: numeric(field[2]), Home: field[3], At: b.at, Err: err})
	}
	for _, line := range b.merged(b.system.groups, b.image.groups) {
		field, err := b.fields(line)
		a.Groups = append(a.Groups, check.Group{Name: field[0], GID: numeric(field[1]), At: b.at, Err: err})
	}
	return a
}

// merged returns the system's accounts or groups, without those that the image
// removes or tells better, and then the image's own.
func (b baseFacts) merged(system, own []string) []string {
	kept := slices.DeleteFunc(slices.Clone(system), func(line string) bool {
		same := func(other string) bool { return nameOf(other) == nameOf(line) }
		return slices.ContainsFunc(b.image.without, same) || slices.ContainsFunc(own, same)
	})
	return slices.Concat(kept, own)
}

// nameOf returns the name in an account or a group of the table.
func nameOf(line string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(line, "?"), ":")
	return name
}

// fields splits an account or a group of the table; the error is that of a
// line which not every build has.
func (b baseFacts) fields(line string) ([]string, error) {
	line, maybe := strings.CutPrefix(line, "?")
	field := strings.Split(line, ":")
	if maybe {
		return field, b.varying("account " + field[0])
	}
	return field, nil
}

// numeric returns an ID of the table, all of which are numbers.
func numeric(digits string) int64 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return n
}

// tools returns the programs of the system and of the image that manage
// accounts.
func (b baseFacts) tools() check.Set {
	set := check.Set{Have: slices.Concat(b.system.tools, b.image.tools), At: b.at}
	slices.Sort(set.Have)
	set.Have = slices.Compact(set.Have)
	for _, tool := range slices.Concat(b.system.maybeTools, b.image.maybeTools) {
		if !slices.Contains(set.Have, tool) {
			set.Rest = b.varying("programs that manage accounts")
		}
	}
	return set
}

// varying returns the reason for a fact that differs between the builds of the
// image.
func (b baseFacts) varying(fact string) error {
	return &check.UnavailableError{
		Fact: fact,
		Why:  "not every build of " + brief(b.ref) + " has the same " + fact,
		Hint: "pass --resolve-base",
	}
}
