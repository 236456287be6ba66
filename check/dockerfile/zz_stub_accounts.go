// SPDX-License-Identifier: Apache-2.0

package dockerfile

// Placeholder until accounts.go is there: whoever adds the real types deletes this file.

import "github.com/fgpreflight/fgpreflight/check"

type accountBook struct{ a *check.Accounts }

func newAccountBook(base *Base, unknown error) *accountBook                            { return &accountBook{base.Accounts} }
func (b *accountBook) clone() *accountBook                                             { return b }
func (b *accountBook) run(*check.Command, check.Location, func(string) check.Location) {}
func (b *accountBook) accounts() *check.Accounts                                       { return b.a }
func (b *accountBook) toolUses() []check.ToolUse                                       { return nil }
func (b *accountBook) replaced(string, error)                                          {}
