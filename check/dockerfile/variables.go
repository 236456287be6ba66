// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"maps"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// variables is a set of variables in the order of their first appearance.
type variables struct {
	list  []check.Variable
	index map[string]int
	rest  error // why others cannot be known; nil when these are all
}

func newVariables(list []check.Variable, rest error) *variables {
	v := &variables{index: map[string]int{}, rest: rest}
	for _, variable := range list {
		v.set(variable)
	}
	return v
}

func (v *variables) clone() *variables {
	return &variables{list: slices.Clone(v.list), index: maps.Clone(v.index), rest: v.rest}
}

func (v *variables) set(variable check.Variable) {
	if i, ok := v.index[variable.Name]; ok {
		v.list[i] = variable
		return
	}
	v.index[variable.Name] = len(v.list)
	v.list = append(v.list, variable)
}

// get returns the value of a variable. The error says why it, or whether there
// is one, cannot be known.
func (v *variables) get(name string) (value string, set bool, err error) {
	if i, ok := v.index[name]; ok {
		return v.list[i].Value, true, v.list[i].Err
	}
	return "", false, v.rest
}

// Lookup is get as a setting.
func (v *variables) Lookup(name string) check.Setting[string] {
	i, named := v.index[name]
	switch {
	case named && v.list[i].Err != nil:
		return check.Missing[string](v.list[i].Err)
	case named:
		return check.Known(v.list[i].Value, v.list[i].At)
	case v.rest != nil:
		return check.Missing[string](v.rest)
	default:
		return check.NotSet[string](check.Location{})
	}
}

// override sets the variables of over. Where those are not all known, any other
// may be among them.
func (v *variables) override(over *variables) {
	if over.rest != nil {
		v.rest = over.rest
		for i := range v.list {
			v.list[i].Err = over.rest
		}
	}
	for _, variable := range over.list {
		v.set(variable)
	}
}

func (v *variables) env() check.Env { return check.NewEnv(v.list, v.rest) }
