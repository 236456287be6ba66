// SPDX-License-Identifier: Apache-2.0

// Package dockerfile tells what image a Dockerfile makes, without building it:
// the configuration with the line of every value, the accounts and, as far as
// the text settles them, the files.
//
// Nothing is run and nothing is read but the text. What the text cannot tell,
// as a base image that nobody described, is unknown and never guessed: on any
// Dockerfile the facts are those of the image built from it, or unavailable.
package dockerfile
