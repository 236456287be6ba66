// SPDX-License-Identifier: Apache-2.0

// Package check is the vocabulary of fgpreflight: rules, the facts they ask
// for, the verdicts they give and the report made of them.
//
// A [Rule] is a value with a pure function. It asks a [Subject], the opened
// target, for facts and compares them with what FunctionGraph demands. Facts
// are lazy, computed once, three-valued (known, not set, unknown) and carry
// the [Location] where they were seen. [Run] applies a list of rules to one
// subject and returns a [Report] with one row for every rule.
//
// The package imports the standard library only. Whatever needs a registry, an
// engine or a parser of somebody else's reaches a rule through the functions
// of a [Provider], which package source fills in.
package check
