// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/fgpreflight/fgpreflight/check"
)

// step is one thing to do by hand, with the commands to type.
type step struct {
	text     string
	commands []string
}

// swrName returns the image's name in SWR, as the rules judged it: the one of
// the settings, else the target's own.
func swrName(r *check.Report) (check.Reference, bool) {
	if name := r.Function.SWRName; name.IsSet() {
		return check.SplitReference(name.Or("")), true
	}
	ref := check.SplitReference(r.Info.Reference)
	return ref, ref.IsSWR()
}

// nextSteps returns what is left to do for a function with the checked image.
func nextSteps(r *check.Report, name check.Reference) []step {
	var steps []step
	if push := pushCommands(r.Info, name); len(push) > 0 {
		region := ""
		if name.SWRRegion() != "" {
			region = " of region " + Sanitise(name.SWRRegion(), maxWord)
		}
		steps = append(steps,
			step{text: "log in to SWR" + region + " with the command that its console makes (Generate Login Command)"},
			step{text: pushText(r.Info), commands: push})
	}
	return append(steps, step{text: creation(r.Function)}, step{text: trigger(r.Function)})
}

// sourceDockerfile is what answers for a target that is not built yet.
const sourceDockerfile = "dockerfile"

// sourceName is a name that a shell and an engine take as it is. An archive
// may hold any other.
var sourceName = regexp.MustCompile(`^[a-z0-9][A-Za-z0-9._/:@-]*$`)

// placeholder stands for a name that is not known; no engine takes it for one.
const placeholder = "IMAGE"

// pushCommands returns the commands that bring the image to SWR under the
// name; none when it was read from there.
func pushCommands(info check.Info, name check.Reference) []string {
	from, to := localName(info), withoutDigest(name)
	tool := "docker"
	if info.Source == "podman" {
		tool = "podman"
	}
	tag := tool + " tag " + from + " " + shellWord(to)
	push := tool + " push " + shellWord(to)
	switch {
	case info.Source == "registry" && info.Reference == name.Text:
		return nil
	case info.Source == sourceDockerfile:
		return []string{buildCommand(info, to), push}
	case info.Source == "registry":
		return []string{pullCommand(info, from), tag, push}
	case info.Source == "docker-archive" && info.Target != "-":
		return append(loadCommand(info), tag, push)
	case from == to:
		return []string{push}
	default:
		return []string{tag, push}
	}
}

// buildCommand returns the command that builds what a Dockerfile was checked
// for, under the name to. Its context is the folder that it is typed in.
func buildCommand(info check.Info, to string) string {
	command := "docker build"
	if sourceName.MatchString(info.Platform) {
		command += " --platform " + info.Platform
	}
	if info.Target != "-" && info.Artifact != "" && Sanitise(info.Artifact, maxWord) == info.Artifact {
		command += " --file " + shellWord(info.Artifact)
	}
	if stage := Sanitise(info.Name, maxWord); stage != "" {
		command += " --target " + shellWord(stage)
	}
	return command + " --tag " + shellWord(to) + " ."
}

// loadCommand returns the command that loads an archive. The target may name
// the kind of archive before the path, and the image behind it; a colon that is
// left may be part of either, and no command is better than a wrong one.
func loadCommand(info check.Info) []string {
	file := strings.TrimPrefix(info.Target, info.Source+":")
	if info.Name != "" {
		file = strings.TrimSuffix(file, ":"+info.Name)
	}
	if strings.Contains(file, ":") || Sanitise(file, maxWord) != file {
		return nil
	}
	return []string{"docker load --input " + shellWord(file)}
}

func pullCommand(info check.Info, from string) string {
	if sourceName.MatchString(info.Platform) {
		return "docker pull --platform " + info.Platform + " " + from
	}
	return "docker pull " + from
}

// pushText says what the commands do, and what must come first.
func pushText(info check.Info) string {
	switch {
	case info.Source == "registry", info.Source == "docker", info.Source == "podman":
		return "push the image"
	case info.Source == sourceDockerfile:
		return "build the image, with the build arguments that were given here, and push it"
	case localName(info) == placeholder:
		return "load the image into the engine, and push it; " + placeholder + " is the name that it gets there"
	default:
		return "load the image into the engine, and push it"
	}
}

// localName returns the name that the image has, or will have once it is
// loaded, in an engine.
func localName(info check.Info) string {
	candidates := []string{info.Reference, info.Name}
	switch info.Source {
	case "docker", "podman":
		candidates = append(candidates, info.Digest) // the image's ID
	case "oci", "oci-archive":
		return placeholder // a layout names images by tag alone
	}
	for _, name := range candidates {
		if len(name) <= maxWord && sourceName.MatchString(name) {
			return name
		}
	}
	return placeholder
}

// withoutDigest returns the name for a push, which cannot choose the digest.
func withoutDigest(name check.Reference) string {
	text, _, _ := strings.Cut(name.Text, "@")
	return Sanitise(text, maxWord)
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._/:@%+=,-]+$`)

// shellWord returns s as one word for a shell.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// creation says what to choose in the console when the function is created.
func creation(f *check.Function) string {
	kind := "HTTP Function"
	if f.Type.Or(check.HTTP) == check.Event {
		kind = "Event Function"
	}
	text := "create the function in FunctionGraph's console: Container Image, " + kind +
		", an agency with SWR Admin, this image"
	if id := f.RunsAs(); id != (check.Identity{UID: check.DefaultID, GID: check.DefaultID}) {
		text += fmt.Sprintf(", User ID %d, Group ID %d", id.UID, id.GID)
	}
	if f.Memory.IsSet() {
		text += fmt.Sprintf(", %d MB of memory", f.Memory.Or(0))
	}
	return text
}

// trigger says which trigger the function needs.
func trigger(f *check.Function) string {
	switch {
	case f.Type.Or(check.HTTP) == check.HTTP:
		return "add its trigger: APIG, the only one that an HTTP function takes"
	case f.Trigger.IsSet():
		return "add its trigger: " + Sanitise(strings.ToUpper(f.Trigger.Or("")), maxWord)
	default:
		return "add the trigger that sends its events"
	}
}
