// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manCommand returns the hidden command that packagers call. It writes one page
// for all commands, in the macros of man(7), since the generator of Cobra makes
// a page for each, without the headings of the flags.
func (p *program) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "Print the man page",
		Example: "  fgpreflight man > fgpreflight.1",
		Args:    noArguments,
		Hidden:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := p.stdout.Write(manPage(cmd.Root()))
			return err
		},
	}
}

// manPage returns the man page of a command and those below it.
func manPage(root *cobra.Command) []byte {
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	m := &manual{}
	m.printf(".TH %s 1 \"\" \"%s %s\" \"User Commands\"\n.nh\n.ad l\n", strings.ToUpper(root.Name()), roff(root.Name()), roff(root.Version))
	m.printf(".SH NAME\n%s \\- %s\n", roff(root.Name()), roff(root.Short))
	m.section("SYNOPSIS")
	m.synopsis(root)
	m.section("DESCRIPTION")
	m.text(root.Long)
	m.flags(root)
	m.section("REPORTS")
	m.text(root.Annotations[moreKey])
	m.section("COMMANDS")
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			m.command(sub)
		}
	}
	m.section("EXAMPLES")
	m.text(root.Example)
	m.section("NOTES")
	m.text(rootEnding)
	return m.Bytes()
}

// manual is a man page while it is written.
type manual struct{ bytes.Buffer }

func (m *manual) printf(format string, args ...any) { fmt.Fprintf(&m.Buffer, format, args...) }

func (m *manual) section(title string) { m.printf(".SH %s\n", title) }

// synopsis lists how the command and those below it are called.
func (m *manual) synopsis(cmd *cobra.Command) {
	m.printf(".nf\n%s\n", roff(usageLine(cmd)))
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Runnable() {
			m.printf("%s\n", roff(usageLine(sub)))
		}
	}
	m.printf(".fi\n")
}

// command tells what a command does, with its flags. Those of a command that
// checks targets are those of the program itself.
func (m *manual) command(cmd *cobra.Command) {
	m.printf(".SS %s\n%s.\n", roff(cmd.Name()), roff(cmd.Short))
	if cmd.Long != "" {
		m.printf(".PP\n")
		m.text(cmd.Long)
	}
	for _, sub := range cmd.Commands() {
		m.printf(".TP\n.B %s\n%s.\n", roff(sub.Name()), roff(sub.Short))
	}
	if cmd.Annotations[moreKey] == "" {
		cmd.LocalNonPersistentFlags().VisitAll(m.flag)
	}
}

// flags lists the flags of a command under their headings.
func (m *manual) flags(cmd *cobra.Command) {
	m.section("OPTIONS")
	for _, group := range flagGroups(cmd) {
		m.printf(".SS %s\n", roff(group.title))
		for _, f := range group.flags {
			m.flag(f)
		}
	}
}

func (m *manual) flag(f *pflag.Flag) {
	names := "\\fB\\-\\-" + roff(f.Name) + "\\fP"
	if f.Shorthand != "" {
		names = "\\fB\\-" + roff(f.Shorthand) + "\\fP, " + names
	}
	if f.NoOptDefVal == "" {
		names += " \\fI" + roff(f.Value.Type()) + "\\fP"
	}
	m.printf(".TP\n%s\n%s\n", names, roff(f.Usage))
}

// text writes paragraphs, and lines that are indented as they are.
func (m *manual) text(text string) {
	var asItIs bool
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		indented := strings.HasPrefix(line, " ")
		switch {
		case indented && !asItIs:
			m.printf(".RS 2\n.nf\n")
		case asItIs && !indented:
			m.printf(".fi\n.RE\n")
		}
		asItIs = indented
		if line == "" {
			line = ".PP"
		} else {
			line = roff(strings.TrimPrefix(line, "  "))
		}
		m.printf("%s\n", line)
	}
	if asItIs {
		m.printf(".fi\n.RE\n")
	}
}

// roff returns a line with everything escaped that means something to the
// formatter, and hyphens as those that are typed.
func roff(line string) string {
	line = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, `"`, `\(dq`, "^", `\(ha`, "~", `\(ti`, "`", `\(ga`).Replace(line)
	var b strings.Builder
	for _, r := range line {
		if r < 0x7f {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\[u%04X]`, r)
		}
	}
	if strings.HasPrefix(line, ".") {
		return `\&` + b.String()
	}
	return b.String()
}
