// SPDX-License-Identifier: Apache-2.0

package source

// What the tests of the derived facts reach into.
var (
	ParseConfig   = parseConfig
	ParseAccounts = parseAccounts
	Accounts      = accounts
	User          = user
	Command       = command
	ResolveUser   = resolveUser
)
