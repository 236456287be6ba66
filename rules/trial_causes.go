// SPDX-License-Identifier: Apache-2.0

package rules

import "regexp"

// logCauses are how programs say in their log why they end. The first that
// fits a line counts. A path that is closed may be one that the program wants to
// make, which chown does not find. The groups of a pattern hold a name for the mend, where
// {name} stands for it and {user} for the effective user; unnamed takes its
// place where a log has none that may be typed.
var logCauses = []struct {
	pattern *regexp.Regexp
	what    string
	unnamed string
	fix     string
}{
	{
		pattern: regexp.MustCompile(`(?i)exec format error`),
		what:    "a program is for another architecture, or a script has no #! line",
		fix:     "build the image for linux/amd64, and begin scripts with #!/bin/sh; FG304 (command-architecture) looks at the program:\n\ndocker build --platform linux/amd64 .",
	},
	{
		pattern: regexp.MustCompile(`No module named '?([\w.]+)'?|Could not import module "?([\w.]+)"?`),
		what:    "a module of Python is not found",
		unnamed: "<module>",
		fix:     "install {name} in the image; if it is your own, say where it is, as the start is in / (FG402, absolute-start):\n\nENV PYTHONPATH=/app",
	},
	{
		pattern: regexp.MustCompile(`Cannot find (?:module|package) '([^']+)'`),
		what:    "a module of Node.js is not found",
		unnamed: "<module>",
		fix:     "install {name} in the image; if it is your own, name it from the root, as the start is in / (FG402, absolute-start):\n\nCMD [\"node\", \"/app/main.js\"]",
	},
	{
		pattern: regexp.MustCompile(`Could not find or load main class ([\w.$]+)|Unable to access jarfile (\S+)`),
		what:    "Java does not find the program",
		unnamed: "<program>",
		fix:     "name where {name} is from the root, as the start is in /:\n\nCMD [\"java\", \"-jar\", \"/app/app.jar\"]",
	},
	{
		pattern: regexp.MustCompile(`cannot load such file -- (\S+)|Could not locate Gemfile`),
		what:    "Ruby does not find a file",
		unnamed: "<file>",
		fix:     "install what is missing in the image, and tell Bundler where the application is, as the start is in /:\n\nENV BUNDLE_GEMFILE=/app/Gemfile",
	},
	{
		pattern: regexp.MustCompile(`error while loading shared libraries: ([^:\s]+)|Error loading shared library ([^:\s]+)`),
		what:    "a shared library is missing",
		unnamed: "<library>",
		fix:     "install the package that holds {name} in the final stage of the Dockerfile",
	},
	{
		pattern: regexp.MustCompile("version [`']?(GLIBC(?:XX)?_[\\d.]+)'? not found"),
		what:    "the program was built for a newer C library than the image has",
		unnamed: "<version>",
		fix:     "build the program on the same base image as it runs on, or link it statically",
	},
	{
		pattern: regexp.MustCompile(`(?i)read-only file system|\bEROFS\b`),
		what:    "it writes where nothing may be written",
		fix:     "write to /tmp; caches of most programs follow:\n\nENV XDG_CACHE_HOME=/tmp/.cache",
	},
	{
		pattern: regexp.MustCompile(`(?i)address already in use|\bEADDRINUSE\b`),
		what:    "two servers want the same port",
		fix:     "start one server on port 8000, and let every other one in the container listen elsewhere",
	},
	{
		pattern: regexp.MustCompile(`(?i)\b(?:bind|listen)(?:\(\)|:)? .*(?:permission denied|EACCES)`),
		what:    "the server may not open its port",
		fix:     "let the server listen on port 8000: ports below 1024 take a privilege that functions do not have",
	},
	{
		pattern: regexp.MustCompile(`(?i)(?:permission denied|access denied|EACCES)[^/]*["' ](/[^\s"':,)]+)|(/[^\s"':,)]+)[^/]*(?:permission denied|EACCES)`),
		what:    "a place is closed to the effective user",
		unnamed: "<path>",
		fix:     "open {name}, or the folder that it is to be made in, to {user} in the Dockerfile, or write to /tmp instead" + beforeUser + "RUN chown -R {user} {name} || chown {user} $(dirname {name})",
	},
	{
		pattern: regexp.MustCompile(`(?i:permission denied)|\bEACCES\b`),
		what:    "something is closed to the effective user",
		fix:     "open to {user} what the program reads and writes, or write to /tmp instead" + beforeUser + "RUN chown -R {user} /app",
	},
	{
		pattern: privilege,
		what:    "it takes a privilege that functions do not have",
		fix:     "do it while the image is built, in a RUN line; see FG806 (no-extra-privileges)",
	},
	{
		pattern: regexp.MustCompile(`KeyError: '([A-Z][A-Z0-9_]+)'|(?i:environment variables?):? ["'` + "`" + `$]?([A-Z][A-Z0-9_]+)|\b([A-Z][A-Z0-9_]+)["'` + "`" + `]? (?i:environment variable)|` +
			`\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)["'` + "`" + `]? (?:is |was )?(?:not set|not defined|undefined|required|missing)|` +
			`(\w+): (?:unbound variable|parameter not set|parameter null or not set)`),
		what:    "a variable is not set",
		unnamed: "<NAME>",
		fix:     "give the function the variable, here and in its settings:\n\n--env {name}=<value>",
	},
	{
		pattern: regexp.MustCompile(`(?i)no space left on device|\bENOSPC\b`),
		what:    "its disk is full",
		fix:     "write less: /tmp holds 512 MB unless the function says otherwise",
	},
	{
		pattern: regexp.MustCompile(`(?i)out ?of ?memory|cannot allocate memory|std::bad_alloc|\bMemoryError\b|\bENOMEM\b`),
		what:    "it got no more memory",
		fix:     "give the function more memory, or limit what the program takes (workers, heap, caches); see FG804 (fits-memory)",
	},
	{
		pattern: regexp.MustCompile(`(?i)too many open files|\bEMFILE\b`),
		what:    "it opened more files than a function may",
		fix:     "keep fewer than 2,048 files and connections open",
	},
	{
		pattern: regexp.MustCompile(`(?i)can't start new thread|resource temporarily unavailable|unable to create (?:new )?native thread|pthread_create failed`),
		what:    "it started more processes and threads than a function may",
		fix:     "start fewer than 1,024 processes and threads: set the number of workers instead of deriving it from the machine",
	},
	{
		pattern: regexp.MustCompile(`(?i)\bECONNREFUSED\b|connection refused`),
		what:    "it needs another server, which is not there",
		fix:     "start that server in the container before, or name the one outside by a variable of the function:\n\n--env <NAME>=<address>",
	},
	{
		pattern: regexp.MustCompile(`(?i)can't open (?:file )?['"]?(/[^\s'":]+)|(?:no such file or directory|ENOENT)[^/]*["' ](/[^\s"':,)]+)|(/[^\s"':,)]+)[^/]*no such file or directory`),
		what:    "a file is not there",
		unnamed: "<path>",
		fix:     "put {name} into the image; a path relative to WORKDIR is looked up in /, so name it from the root (FG402, absolute-start)",
	},
	{
		pattern: regexp.MustCompile(`(?i:no such file or directory)|\bENOENT\b|: not found$|command not found`),
		what:    "a file or program is not there",
		fix:     "put it into the image, and name it from the root, as the start is in / (FG402, absolute-start)",
	},
}

// privilege finds that a program was refused a privilege.
var privilege = regexp.MustCompile(`(?i)operation not permitted|\bEPERM\b|must be (?:run as )?root|run as root|requires root|` +
	`no new privileges|effective uid is not 0|can't set(?:gid|uid|groups)|setgid\(|setgroups`)
