// SPDX-License-Identifier: Apache-2.0

package check

import "slices"

// Variable is one environment variable and where it is set.
type Variable struct {
	Name, Value string
	At          Location
	// Err says why the value, or whether there is one, cannot be known; nil
	// for a variable that is known.
	Err error
}

// Env is a set of environment variables. The zero Env is empty.
type Env struct {
	vars []Variable
	rest error
	at   Location // where a variable that is not set would be; zero for the config
}

// NewEnv returns the variables as an environment. Of several with one name the
// last wins, as in a container. Rest says why further variables cannot be
// known; nil when these are all.
func NewEnv(vars []Variable, rest error) Env {
	e := Env{rest: rest}
	seen := make(map[string]int, len(vars))
	for _, v := range vars {
		if i, ok := seen[v.Name]; ok {
			e.vars[i] = v
			continue
		}
		seen[v.Name] = len(e.vars)
		e.vars = append(e.vars, v)
	}
	return e
}

// Lookup returns the value of the variable called name.
func (e Env) Lookup(name string) Setting[string] {
	for _, v := range e.vars {
		switch {
		case v.Name != name:
		case v.Err != nil:
			return Missing[string](v.Err)
		default:
			return Known(v.Value, v.At)
		}
	}
	if e.rest != nil {
		return Missing[string](e.rest)
	}
	return NotSet[string](e.At())
}

// Under returns the environment with the place where a variable that is not
// set would be.
func (e Env) Under(at Location) Env {
	e.at = at
	return e
}

// At returns where a variable that is not set would be.
func (e Env) At() Location {
	if e.at.IsZero() {
		return At(ArtifactConfig, "Env")
	}
	return e.at
}

// All returns the variables that have a name, known or not, in order of first
// appearance.
func (e Env) All() []Variable { return slices.Clone(e.vars) }

// Rest returns why further variables cannot be known, or nil when All is all.
func (e Env) Rest() error { return e.rest }

// Over returns the environment that results when over is set on top of e, as a
// function's variables are set over its image's.
func (e Env) Over(over Env) Env {
	rest := e.rest
	if over.rest != nil {
		rest = over.rest
	}
	return NewEnv(append(e.All(), over.vars...), rest).Under(e.at)
}
