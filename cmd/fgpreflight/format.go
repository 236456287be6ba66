// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/report"
	"github.com/fgpreflight/fgpreflight/check/settings"
)

// formatWriter writes the reports of one call.
type formatWriter func(io.Writer, []*check.Report, report.Options) error

// lineWriter writes the report of one target.
type lineWriter func(io.Writer, *check.Report, check.Gate) error

// format is one of those that --format takes: a document of the whole call, or
// lines that are written target by target, or else text.
type format struct {
	name     string
	about    string
	document formatWriter
	line     lineWriter
}

const (
	autoFormat     = "auto"
	githubFormat   = "github"
	markdownFormat = "markdown"
)

var formats = []format{
	{name: autoFormat, about: "text; on GitHub Actions also annotations and a job summary"},
	{name: "text", about: "for people"},
	{name: "json", about: "all there is to know, see fgpreflight schema", document: writeJSON},
	{name: "jsonl", about: "JSON Lines: each target of json in a line, once it is checked", line: report.JSONLine},
	{name: "sarif", about: "SARIF 2.1.0 for code scanning; all rows with --verbose", document: report.SARIF},
	{name: "junit", about: "JUnit XML for test reports", document: report.JUnit},
	{name: githubFormat, about: "workflow commands for annotations on GitHub", document: report.GitHub},
	{name: "gitlab", about: "Code Quality for merge requests on GitLab", document: report.GitLab},
	{name: "checkstyle", about: "Checkstyle XML", document: report.Checkstyle},
	{name: "tap", about: "Test Anything Protocol 13", document: report.TAP},
	{name: markdownFormat, about: "tables for summaries of jobs", document: report.Markdown},
}

func writeJSON(w io.Writer, reports []*check.Report, o report.Options) error {
	return report.JSON(w, reports, o.Gate, o.Version)
}

func formatNames() []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.name)
	}
	return out
}

// formatsHelp lists the formats.
func formatsHelp() string {
	var b strings.Builder
	b.WriteString("Formats, several with commas between them, each but one with =FILE:\n")
	table := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	for _, f := range formats {
		fmt.Fprintf(table, "  %s\t%s\n", f.name, f.about)
	}
	_ = table.Flush() // Writing to a buffer does not fail.
	return strings.TrimSuffix(b.String(), "\n")
}

// findFormat returns the format called name.
func findFormat(name string) (format, error) {
	for _, f := range formats {
		if f.name == name {
			return f, nil
		}
	}
	names := formatNames()
	last := len(names) - 1
	return format{}, fmt.Errorf("want %s or %s, each with =FILE or not%s", strings.Join(names[:last], ", "), names[last], settings.DidYouMean(name, names))
}

// wantedFormat is a format that the user asked for, and the file for it; "" for
// where --output leads.
type wantedFormat struct {
	format
	file string
}

// addFormats reads one --format: formats with a comma between them.
func (f *checkFlags) addFormats(text string) error {
	for item := range strings.SplitSeq(text, ",") {
		name, file, toFile := strings.Cut(item, "=")
		found, err := findFormat(name)
		if err != nil {
			return err
		}
		if toFile && file == "" {
			return fmt.Errorf("want a file behind the equals sign, as in %s=report.out", name)
		}
		f.formats = append(f.formats, wantedFormat{found, file})
	}
	return nil
}

// wantedFormats returns the formats that the call has to write, auto for none.
func (f *checkFlags) wantedFormats() []wantedFormat {
	if len(f.formats) == 0 {
		return []wantedFormat{{formats[0], ""}}
	}
	return f.formats
}

// checkFormats says what is wrong with the formats together.
func (f *checkFlags) checkFormats() error {
	var plain []string
	files := map[string]string{}
	for _, w := range f.wantedFormats() {
		if w.file == "" {
			plain = append(plain, w.name)
			continue
		}
		path := filepath.Clean(w.file)
		if other := files[path]; other != "" {
			return fmt.Errorf("--format: %s and %s have the same file %s", other, w.name, w.file)
		}
		files[path] = w.name
	}
	switch {
	case len(plain) > 1:
		return fmt.Errorf("--format: %s and %s would be mixed; give one of them a file, as in %s=FILE", plain[0], plain[1], plain[1])
	case f.output != "" && len(plain) == 0:
		return errors.New("--output: every format has a file of its own; leave one out, or one of the files")
	case f.output != "" && files[filepath.Clean(f.output)] != "":
		return fmt.Errorf("--output: %s is the file of %s", f.output, files[filepath.Clean(f.output)])
	}
	return nil
}

// completeFormats completes the last of several formats. Behind an equals sign
// shells complete files, and the script for bash nothing else right: it escapes
// the commas and then misses what stands before the equals sign.
func completeFormats(_ *cobra.Command, _ []string, text string) ([]string, cobra.ShellCompDirective) {
	if strings.Contains(text, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	before := text[:strings.LastIndex(text, ",")+1]
	var out []string
	for _, f := range formats {
		out = append(out, described(before+f.name, f.about))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}
