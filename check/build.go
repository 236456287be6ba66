// SPDX-License-Identifier: Apache-2.0

package check

// Build is what a Dockerfile does to make its image, as far as its result does
// not show it.
type Build struct {
	// Base is the image that the target's chain of stages starts from, as
	// written after expansion: "python:3.13-slim", "scratch".
	Base string
	// Programs are programs of the base image that everybody may execute, as they
	// are started: by path, or by name where PATH is the base image's.
	Programs []string
	// AccountTools are the uses of programs that manage accounts, in the
	// stages that the target is built from, in order.
	AccountTools []ToolUse
	// AccountPrograms are the programs that manage accounts, as the image has
	// them in the end: "useradd".
	AccountPrograms Set
}

// ToolUse is a program that a RUN instruction starts.
type ToolUse struct {
	Name string // "useradd"
	Base string // the image that its stage starts from
	At   Location
	// Present tells whether the program is there at that point. Its error says
	// why that cannot be known.
	Present Setting[bool]
	// Instead is a program for the same purpose that is there, as in
	// "adduser"; "" for none.
	Instead string
}
