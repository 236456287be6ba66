// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// accountMaker is the pair of programs by which an image gets new accounts.
type accountMaker int

const (
	anyMaker     accountMaker = iota // it is not known which, or they may be installed
	shadowMaker                      // groupadd and useradd
	busyboxMaker                     // addgroup and adduser, as Alpine and BusyBox have them
	noMaker                          // none, nor anything that could install them
)

// makerOf returns what the image has for new accounts.
func makerOf(ctx context.Context, s *check.Subject) (accountMaker, error) {
	build, err := s.Build(ctx)
	if isUnavailable(err) {
		return anyMaker, nil
	}
	if err != nil {
		return anyMaker, err
	}
	for _, candidate := range []struct {
		program string
		maker   accountMaker
	}{{"useradd", shadowMaker}, {"adduser", busyboxMaker}} {
		found, err := makesAccounts(ctx, s, build, candidate.program)
		switch {
		case isUnavailable(err):
			return anyMaker, nil
		case err != nil:
			return anyMaker, err
		case found:
			return candidate.maker, nil
		}
	}
	return installableMaker(ctx, s, build)
}

// makesAccounts reports whether the image has the program, which manages
// accounts.
func makesAccounts(ctx context.Context, s *check.Subject, build *check.Build, program string) (bool, error) {
	if build != nil {
		return build.AccountPrograms.Has(program)
	}
	p, err := s.Program(ctx, program, "")
	if err != nil {
		return false, err
	}
	return p.Found, nil
}

// installableMaker tells whether an image without programs for accounts may get
// them: a RUN line needs a shell, and the line a package manager.
func installableMaker(ctx context.Context, s *check.Subject, build *check.Build) (accountMaker, error) {
	if build != nil {
		if hasShell(build) {
			return anyMaker, nil
		}
		return noMaker, nil
	}
	line, err := installLine(ctx, s, "useradd")
	if err != nil && !isUnavailable(err) {
		return anyMaker, err
	}
	if err == nil && line == "" {
		return noMaker, nil
	}
	return anyMaker, nil
}

// hasShell reports whether RUN lines find a shell in the base image of a
// Dockerfile, as far as that is known.
func hasShell(build *check.Build) bool { return slices.Contains(build.Programs, "/bin/sh") }

// lacksShell reports whether RUN lines certainly find no shell in the image.
func lacksShell(ctx context.Context, s *check.Subject) (bool, error) {
	build, err := s.Build(ctx)
	switch {
	case isUnavailable(err):
		return false, nil
	case err != nil:
		return false, err
	case build != nil:
		isKnown := build.AccountPrograms.Rest == nil // as it is of every base that is known
		return isKnown && !hasShell(build), nil
	}
	shell, err := s.Program(ctx, "/bin/sh", "")
	switch {
	case isUnavailable(err):
		return false, nil
	case err != nil:
		return false, err
	default:
		return !shell.Found, nil
	}
}

// newAccount is what an image still needs for the function's user.
type newAccount struct {
	who      check.Identity
	user     string // the name of the user; "" if there is one
	group    string // the name of its group
	hasGroup bool   // the group is there already
}

// what says what is to be made.
func (a newAccount) what() string {
	switch {
	case a.user == "":
		return "group"
	case a.hasGroup:
		return "user"
	default:
		return "group and user"
	}
}

// line returns the line of a Dockerfile that makes the account.
func (a newAccount) line(by accountMaker) string {
	var commands []string
	if by == busyboxMaker {
		if !a.hasGroup {
			commands = append(commands, fmt.Sprintf("addgroup -g %d %s", a.who.GID, a.group))
		}
		if a.user != "" {
			commands = append(commands, fmt.Sprintf("adduser -D -u %d -G %s %s", a.who.UID, named(a.group, "<group>"), a.user))
		}
		return "RUN " + strings.Join(commands, " && ")
	}
	if !a.hasGroup {
		commands = append(commands, fmt.Sprintf("groupadd -g %d %s", a.who.GID, a.group))
	}
	if a.user != "" {
		commands = append(commands, fmt.Sprintf("useradd -u %d -g %d -m %s", a.who.UID, a.who.GID, a.user))
	}
	return "RUN " + strings.Join(commands, " && ")
}

// mend returns how to make the account, in a Dockerfile whose later lines run
// as USER says.
func (a newAccount) mend(by accountMaker) string {
	mend := "create the " + a.what() + " before the USER line" // behind it, RUN is not root
	if by == anyMaker {
		mend += "; if the base image lacks the program, install its package first (shadow-utils on Red Hat, shadow on Alpine)"
	}
	return mend + ":\n\n" + a.line(by)
}

// entries returns the lines of /etc/passwd and /etc/group for the account.
func (a newAccount) entries() (user, group string) {
	return fmt.Sprintf("%s:x:%d:%d::/home/%s:/bin/sh", a.user, a.who.UID, a.who.GID, a.user), fmt.Sprintf("%s:x:%d:", a.group, a.who.GID)
}

// byHand returns how to bring the account into an image that has no program to
// make it: into its files, or as those where it has none.
func (a newAccount) byHand(isEmpty bool) string {
	user, group := a.entries()
	if isEmpty {
		return "bring the two files, as there are no programs to make them:\n\n" +
			"COPY <<EOF /etc/passwd\n" + user + "\nEOF\nCOPY <<EOF /etc/group\n" + group + "\nEOF"
	}
	var lines, files []string
	if a.user != "" {
		lines, files = append(lines, "# passwd: "+user), append(files, "passwd")
	}
	if !a.hasGroup {
		lines, files = append(lines, "# group: "+group), append(files, "group")
	}
	return "no program of the image makes accounts: add each line to a copy of the base image's file, and bring that:\n\n" +
		strings.Join(lines, "\n") + "\nCOPY " + strings.Join(files, " ") + " /etc/"
}

// Names for a new account: the usual one, and another where the image has that
// already, as Microsoft's .NET images do.
const usualName, otherName = "app", "function"

// freeUser returns a name that no user of the image has.
func freeUser(accounts *check.Accounts) string {
	if slices.ContainsFunc(accounts.Users, func(a check.Account) bool { return a.Name == usualName }) {
		return otherName
	}
	return usualName
}

// freeGroup returns a name that no group of the image has.
func freeGroup(accounts *check.Accounts) string {
	if slices.ContainsFunc(accounts.Groups, func(g check.Group) bool { return g.Name == usualName }) {
		return otherName
	}
	return usualName
}
