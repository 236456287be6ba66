// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/check/settings"
)

const rootLong = `Tells whether a container image, or the image that a Dockerfile makes, will work
as a Huawei Cloud FunctionGraph function, why not, and what to change.

A TARGET is one of
  dockerfile:PATH              a Dockerfile, or a folder with one
  registry:REF, docker://REF   an image in a registry; app:1.* is all such tags
  docker:REF, podman:REF       an image of a local engine
  docker-archive:FILE          what docker save wrote
  oci-archive:FILE             an OCI layout in a tar
  oci:FOLDER[:TAG|@DIGEST]     an OCI layout
  -                            an archive on standard input
Without a prefix, a file or folder that is there is told apart by its content;
anything else is a name, looked up in the local engine and then in its registry.
A target that is called like a command comes after the word check. Without any
target the working folder is one.

A Dockerfile is judged by its text alone, offline: what its base image brings is
known for the well-known ones, and read from the image with --resolve-base. With
--run it is built, and judged by its image.`

const rootExample = `  fgpreflight
  fgpreflight --target api --build-arg PORT=8000 services/*/Dockerfile
  fgpreflight app.tar
  docker save app:1.0 | fgpreflight -
  fgpreflight --run --memory 512 docker:app:1.0
  fgpreflight --function event --uid 2000 --env STAGE=test docker:app:1.0
  fgpreflight --swr-name swr.sa-brazil-1.myhuaweicloud.com/shop/app:1.0 app.tar
  fgpreflight --format json -o report.json registry.example.com/shop/app:1.0
  fgpreflight --format text,sarif=report.sarif services/*/Dockerfile
  fgpreflight --format jsonl --targets-from images.txt 'quay.io/shop/app:1.*'
  fgpreflight explain FG202`

const rootEnding = `Settings that every call needs belong in .fgpreflight.yaml, in the folder of the
target, in the working folder, or above.

Exit codes: 0 nothing failed; 1 a rule failed; 2 the call is wrong and nothing
was done; 3 a target could not be read or a check not be completed.`

// rootCommand returns the command with its sub-commands. The command by itself
// checks targets.
func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "fgpreflight [flags] [TARGET...]",
		Short:         "Preflight of Dockerfiles and images for Huawei Cloud FunctionGraph",
		Long:          rootLong,
		Example:       rootExample,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	p.checksTargets(root)
	root.SetIn(p.stdin)
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetVersionTemplate("fgpreflight {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { p.help(cmd) })
	root.SetHelpCommand(p.helpCommand())
	root.AddCommand(p.checkCommand(), p.rulesCommand(), p.explainCommand(), p.schemaCommand(), p.versionCommand(), p.manCommand(), p.probeCommand())
	root.InitDefaultCompletionCmd()
	for _, sub := range root.Commands() {
		if sub.Name() == "completion" {
			sub.RunE = noShell
		}
	}
	return root
}

// noShell is what the command completion does by itself.
func noShell(cmd *cobra.Command, _ []string) error {
	return seeHelp(cmd, "name a shell: bash, fish, powershell or zsh")
}

// flagError says what is wrong with a flag, and where to read how it is meant.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		text = unknownFlag(cmd, e)
	} else if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		text = fmt.Sprintf("--%s %q: %v", e.GetFlag().Name, e.GetValue(), e.Unwrap())
	} else if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		text = fmt.Sprintf("--%s needs a value: %s", e.GetFlag().Name, e.GetFlag().Usage)
	}
	return seeHelp(cmd, text)
}

func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) string {
	if e.GetSpecifiedShortnames() != "" {
		return "unknown flag -" + e.GetSpecifiedName()
	}
	var known []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			known = append(known, "--"+f.Name)
		}
	})
	name := "--" + e.GetSpecifiedName()
	return fmt.Sprintf("unknown flag %s%s", name, settings.DidYouMean(name, known))
}

// seeHelp returns a usage error that points to the command's help.
func seeHelp(cmd *cobra.Command, text string) error {
	return fmt.Errorf("%s; see %s --help", text, cmd.CommandPath())
}

// noArguments is for commands that take flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return seeHelp(cmd, fmt.Sprintf("%s takes no argument, got %q", cmd.CommandPath(), args[0]))
	}
	return nil
}
