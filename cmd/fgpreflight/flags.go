// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/settings"
	"github.com/fgpreflight/fgpreflight/rules"
)

// checkFlags is what the flags of the command check say.
type checkFlags struct {
	platform, engine, caFile string
	full, insecure           bool
	timeout                  time.Duration
	jobs                     int
	targetsFrom              string
	shard                    shard

	dockerfile, resolveBase bool
	stage                   string
	buildArgs, bases        map[string]string

	trial trialFlags

	config    string
	overrides []func(*settings.Settings) // in the order of the command line

	baseline, writeBaseline string

	formats       []wantedFormat
	output, color string
	verbose       bool
}

func newCheckFlags(set *pflag.FlagSet) *checkFlags {
	f := &checkFlags{timeout: 5 * time.Minute, jobs: 4, buildArgs: map[string]string{}, bases: map[string]string{}, color: "auto"}
	f.trial = trialFlags{network: "none", startTimeout: time.Minute, requests: 1}
	f.addTarget(flags{set, "Target"})
	f.trial.add(flags{set, trialGroup})
	f.addFunction(flags{set, "Function (overrides .fgpreflight.yaml)"})
	f.addRules(flags{set, "Rules (overrides .fgpreflight.yaml)"})
	f.addReport(flags{set, "Report"})
	return f
}

func (f *checkFlags) addTarget(to flags) {
	to.toggle("dockerfile", "the target - is a Dockerfile", func(on bool) { f.dockerfile = on })
	to.add("target", "STAGE", "the Dockerfile's build stage (default the last)", into(&f.stage, text))
	to.add("build-arg", "NAME=VALUE", "a value for ARG, as docker takes it; repeatable", f.buildArg)
	to.add("base", "NAME=TARGET", "read the base image NAME from there; repeatable", f.base)
	to.toggle("resolve-base", "read base images, from the engine or a registry", func(on bool) { f.resolveBase = on })
	to.add("platform", "OS/ARCH", "demand this platform, not just prefer linux/amd64", into(&f.platform, text))
	to.toggle("full", "read whole layers from registries, to list files", func(on bool) { f.full = on })
	to.add("engine", "ADDRESS", "the engine's socket (default as docker finds it)", into(&f.engine, text))
	to.toggle("insecure", "allow plain HTTP, and certificates of anybody", func(on bool) { f.insecure = on })
	to.add("ca-file", "FILE", "trust these certificate authorities too (PEM)", into(&f.caFile, text))
	to.add("targets-from", "FILE", "targets in a file too, one a line; - for stdin", into(&f.targetsFrom, text))
	to.add("shard", "I/N", "check only part I of N parts of the targets", into(&f.shard, parseShard))
	to.add("timeout", "DURATION", "give up a target after this time (default 5m)", into(&f.timeout, duration))
	to.add("jobs", "NUMBER", "read so many targets side by side (default 4)", into(&f.jobs, jobs))
}

// buildArg adds one value for ARG. A name alone stands for the variable of the
// environment, if there is one, as for docker build.
func (f *checkFlags) buildArg(text string) error {
	name, value, given := strings.Cut(text, "=")
	if name == "" {
		return errors.New("want NAME=VALUE, or NAME for a variable of the environment")
	}
	if !given {
		value, given = os.LookupEnv(name)
	}
	if given {
		f.buildArgs[name] = value
	}
	return nil
}

// base adds a target that a base image is read from.
func (f *checkFlags) base(text string) error {
	name, target, _ := strings.Cut(text, "=")
	if name == "" || target == "" {
		return errors.New("want NAME=TARGET, as in app-base:1=oci:base")
	}
	f.bases[name] = target
	return nil
}

func (f *checkFlags) addRules(to flags) {
	to.add("config", "FILE", "read this configuration file, and look for none", into(&f.config, text))
	to.add("profile", "PROFILE", "severities as documented (default) or observed", override(f, check.ParseProfile, func(s *settings.Settings, p check.Profile) { s.Policy.Profile = p }))
	to.add("severity", "RULE=LEVEL", "error, warning or note for a rule; repeatable", f.severity)
	to.add("skip", "RULE=REASON", "do not count a rule's failure; repeatable", f.skip)
	to.add("only", "RULE,...", "check these rules only; repeatable", f.only)
	to.add("fail-on", "LEVEL", "error (default), warning, note or never", override(f, settings.ParseFailOn, func(s *settings.Settings, level check.Severity) { s.Gate.FailOn = level }))
	to.toggle("strict", "an undecided rule of severity error fails too", func(on bool) {
		f.override(func(s *settings.Settings) { s.Gate.Strict = on })
	})
	to.add("baseline", "FILE", "hide what this file knows, only new findings count", into(&f.baseline, baselineFile))
	to.add("write-baseline", "FILE", "record in a file what fails, and hide it", into(&f.writeBaseline, baselineFile))
}

func (f *checkFlags) addReport(to flags) {
	to.add("format", "NAME[=FILE],...", "formats of the report (default auto), see below", f.addFormats)
	to.add("output o", "FILE", "write the report to a file, whole or not at all", into(&f.output, text))
	addColor(to, &f.color)
	to.toggle("verbose v", "show every rule with its evidence", func(on bool) { f.verbose = on })
}

// colors are the values of --color.
var colors = []string{"auto", "always", "never"}

func addColor(to flags, color *string) {
	to.add("color", "WHEN", "auto (default), always or never", into(color, oneOf(colors...)))
}

// override keeps a change of the settings until the file has been read.
func (f *checkFlags) override(change func(*settings.Settings)) {
	f.overrides = append(f.overrides, change)
}

// override returns the reader of a flag that changes the settings.
func override[T any](f *checkFlags, parse func(string) (T, error), change func(*settings.Settings, T)) func(string) error {
	return func(text string) error {
		v, err := parse(text)
		if err == nil {
			f.override(func(s *settings.Settings) { change(s, v) })
		}
		return err
	}
}

func (f *checkFlags) severity(text string) error {
	key, level, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want RULE=LEVEL")
	}
	rule, err := settings.FindRule(rules.All, key)
	if err != nil {
		return err
	}
	severity, err := check.ParseSeverity(level)
	if err == nil {
		f.override(func(s *settings.Settings) { s.Policy.Severity[rule.ID] = severity })
	}
	return err
}

func (f *checkFlags) skip(text string) error {
	key, reason, _ := strings.Cut(text, "=")
	if strings.TrimSpace(reason) == "" {
		return errors.New("want RULE=REASON; the report shows the reason")
	}
	rule, err := settings.FindRule(rules.All, key)
	if err == nil {
		f.override(func(s *settings.Settings) { s.Policy.Skip[rule.ID] = reason })
	}
	return err
}

func (f *checkFlags) only(text string) error {
	for key := range strings.SplitSeq(text, ",") {
		rule, err := settings.FindRule(rules.All, strings.TrimSpace(key))
		if err != nil {
			return err
		}
		f.override(func(s *settings.Settings) { s.Policy.Only[rule.ID] = true })
	}
	return nil
}

func (f *checkFlags) addFunction(to flags) {
	functionFlag(f, to, "function", "TYPE", "http (default) or event", settings.ParseFunctionType, func(f *check.Function) *check.Setting[check.FunctionType] { return &f.Type })
	functionFlag(f, to, "function-name", "NAME", "the function's name", text, func(f *check.Function) *check.Setting[string] { return &f.Name })
	functionFlag(f, to, "region", "REGION", "the function's region, as in sa-brazil-1", text, func(f *check.Function) *check.Setting[string] { return &f.Region })
	functionFlag(f, to, "swr-name", "NAME", "the name that the image gets in SWR", text, func(f *check.Function) *check.Setting[string] { return &f.SWRName })
	functionFlag(f, to, "memory", "NUMBER", "memory in MB", number, func(f *check.Function) *check.Setting[int64] { return &f.Memory })
	functionFlag(f, to, "uid", "NUMBER", "User ID (default -1, which is 1003)", number, func(f *check.Function) *check.Setting[int64] { return &f.UID })
	functionFlag(f, to, "gid", "NUMBER", "Group ID (default -1, which is 1003)", number, func(f *check.Function) *check.Setting[int64] { return &f.GID })
	functionFlag(f, to, "command", "ITEM,...", "Command, with commas as in the console", items, func(f *check.Function) *check.Setting[[]string] { return &f.Command })
	functionFlag(f, to, "args", "ITEM,...", "Args, with commas as in the console", items, func(f *check.Function) *check.Setting[[]string] { return &f.Args })
	functionFlag(f, to, "workdir", "FOLDER", "Working Directory", text, func(f *check.Function) *check.Setting[string] { return &f.WorkingDir })
	to.add("env", "NAME=VALUE", "a variable of the function; repeatable", f.env)
	functionFlag(f, to, "function-timeout", "SECONDS", "execution timeout", number, func(f *check.Function) *check.Setting[int64] { return &f.Timeout })
	to.toggle("initialization", "initialization is switched on", func(on bool) {
		f.override(func(s *settings.Settings) {
			s.Function.Initialization = check.Known(on, check.Location{Artifact: "--initialization"})
		})
	})
	functionFlag(f, to, "initializer-timeout", "SECONDS", "initialization timeout", number, func(f *check.Function) *check.Setting[int64] { return &f.InitializerTimeout })
	functionFlag(f, to, "trigger", "TYPE", "the trigger, as in apig", text, func(f *check.Function) *check.Setting[string] { return &f.Trigger })
	to.add("mount-path", "FOLDER", "a path with mounted storage; repeatable", f.mountPath())
}

// functionFlag adds a flag for one setting of the function.
func functionFlag[T any](f *checkFlags, to flags, name, kind, usage string, parse func(string) (T, error), field func(*check.Function) *check.Setting[T]) {
	at := check.Location{Artifact: "--" + name}
	to.add(name, kind, usage, override(f, parse, func(s *settings.Settings, v T) { *field(&s.Function) = check.Known(v, at) }))
}

// env adds one variable to those of the file.
func (f *checkFlags) env(text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok || name == "" {
		return errors.New("want NAME=VALUE")
	}
	vars := []check.Variable{{Name: name, Value: value, At: check.Location{Artifact: "--env", Key: name}}}
	f.override(func(s *settings.Settings) { s.Function.Env = s.Function.Env.Over(check.NewEnv(vars, nil)) })
	return nil
}

// mountPath returns the reader of a flag that takes the place of the file's
// list and adds up with itself.
func (f *checkFlags) mountPath() func(string) error {
	var mounts []string
	return func(text string) error {
		mounts = append(mounts, text)
		known := check.Known(slices.Clone(mounts), check.Location{Artifact: "--mount-path"})
		f.override(func(s *settings.Settings) { s.Function.Mounts = known })
		return nil
	}
}

// settings returns the settings in the file at path, or none for "", under the
// flags.
func (f *checkFlags) settings(path string) (*settings.Settings, error) {
	s := settings.Default()
	if path != "" {
		var err error
		if s, err = settings.Load(path, rules.All); err != nil {
			return nil, err
		}
	}
	for _, change := range f.overrides {
		change(s)
	}
	return s, nil
}
