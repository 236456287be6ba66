// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/check/settings"
)

// groupKey is the annotation of a flag with the heading it is listed under.
const groupKey = "group"

// moreKey is the annotation of a command with what its help says behind the
// flags.
const moreKey = "more"

// help writes a command's help to standard output.
func (p *program) help(cmd *cobra.Command) {
	var b bytes.Buffer
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\nUsage:\n  %s\n", strings.TrimSpace(about), usageLine(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", cmd.Example)
	}
	writeCommands(&b, cmd)
	writeFlags(&b, cmd)
	if more := cmd.Annotations[moreKey]; more != "" {
		fmt.Fprintf(&b, "\n%s\n", more)
	}
	if cmd == cmd.Root() {
		fmt.Fprintf(&b, "\n%s\n", rootEnding)
	}
	_, _ = p.stdout.Write(b.Bytes()) // It remembers a failure.
}

// usageLine returns how the command is called, with its path before it.
func usageLine(cmd *cobra.Command) string {
	if parent := cmd.Parent(); parent != nil {
		return parent.CommandPath() + " " + cmd.Use
	}
	return cmd.Use
}

func writeCommands(b *bytes.Buffer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	fmt.Fprintf(b, "\nCommands:\n")
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(table, "  %s\t%s\n", sub.Name(), sub.Short)
		}
	}
	_ = table.Flush() // Writing to a buffer does not fail.
}

// writeFlags lists the command's flags under their headings.
func writeFlags(b *bytes.Buffer, cmd *cobra.Command) {
	for _, group := range flagGroups(cmd) {
		fmt.Fprintf(b, "\n%s:\n", group.title)
		table := tabwriter.NewWriter(b, 0, 0, 3, ' ', 0)
		for _, f := range group.flags {
			fmt.Fprint(table, flagLine(f))
		}
		_ = table.Flush() // Writing to a buffer does not fail.
	}
}

// flagGroup is the flags under one heading.
type flagGroup struct {
	title string
	flags []*pflag.Flag
}

// flagGroups returns the command's flags under their headings, in the order in
// which they were defined.
func flagGroups(cmd *cobra.Command) []*flagGroup {
	var groups []*flagGroup
	byTitle := map[string]*flagGroup{}
	set := cmd.Flags()
	set.SortFlags = false
	set.VisitAll(func(f *pflag.Flag) {
		title := "Other flags"
		if named := f.Annotations[groupKey]; len(named) > 0 {
			title = named[0]
		}
		if byTitle[title] == nil {
			byTitle[title] = &flagGroup{title: title}
			groups = append(groups, byTitle[title])
		}
		byTitle[title].flags = append(byTitle[title].flags, f)
	})
	return groups
}

func flagLine(f *pflag.Flag) string {
	short := "    "
	if f.Shorthand != "" {
		short = "-" + f.Shorthand + ", "
	}
	kind := ""
	if f.NoOptDefVal == "" {
		kind = " " + f.Value.Type()
	}
	return fmt.Sprintf("  %s--%s%s\t%s\n", short, f.Name, kind, f.Usage)
}

func (p *program) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(cmd.Root(), args[0])
			}
			topic.InitDefaultHelpFlag()
			p.help(topic)
			return nil
		},
	}
}

func unknownCommand(root *cobra.Command, name string) error {
	var known []string
	for _, sub := range root.Commands() {
		if sub.IsAvailableCommand() {
			known = append(known, sub.Name())
		}
	}
	return seeHelp(root, fmt.Sprintf("unknown command %q%s", name, settings.DidYouMean(name, known)))
}
