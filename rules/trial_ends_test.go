// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"strings"
	"testing"
	"time"

	"github.com/fgpreflight/fgpreflight/check"
)

// killedFor lets the kernel kill the container for its memory in MB.
func killedFor(limit int64) func(*check.Trial) {
	return all(ended(137), limited(limit, limit), func(t *check.Trial) { t.Memory.Killed, t.Exit.OutOfMemory = true, true })
}

func TestTrialEnds(t *testing.T) {
	late := func(t *check.Trial) { t.Exit.Early = false }
	asUser := func(f *check.Function) {
		f.UID, f.GID = check.Known[int64](2000, check.At("--uid", "")), check.Known[int64](2001, check.At("--gid", ""))
	}
	runTrialCases(t, []trialCase{
		{"alive", "FG801", nil, nil, nil, check.Pass, "runs on after the last request, as 1003:1003", ""},
		{"alive and closed", "FG801", closed(), asUser, nil, check.Pass, "as 2000:2001", ""},
		{"exit 1", "FG801", ended(1, "a", "b", "c", "d", " "), nil, nil, check.Fail, `the container ended 0.3 s after its start with exit code 1, before port 8000 was seen open; its log ends with "d"`, "docker run --rm --user 1003:1003 --workdir / --cap-drop ALL"},
		{"exit 1, to be tried", "FG801", ended(1), nil, nil, check.Fail, "exit code 1", "mend what the log names, or let --explain-failures try"},
		{"exit 1, all tried", "FG801", all(ended(1), func(t *check.Trial) { t.Experiments = []check.Experiment{{Kind: check.MoreCapabilities}} }), nil, nil, check.Fail, "exit code 1", "mend what the log names; this"},
		{"exit 0", "FG801", ended(0), nil, nil, check.Fail, "exit code 0, before port 8000 was seen open; it wrote nothing to its log, so the program was done", "in the foreground"},
		{"exit 127", "FG801", ended(127), nil, nil, check.Fail, "does not find a program", "FG301"},
		{"exit 126", "FG801", ended(126), nil, nil, check.Fail, "may not execute", "FG302"},
		{"killed", "FG801", ended(137), nil, nil, check.Fail, "exit code 137 (SIGKILL)", "kills process 1"},
		{"crashed", "FG801", all(ended(139), late), nil, nil, check.Fail, "exit code 139 (SIGSEGV), after port 8000 was open", ""},
		{"no signal", "FG801", ended(255), nil, nil, check.Fail, "with exit code 255, ", ""},
		{"out of memory", "FG801", killedFor(128), nil, nil, check.Unknown, "see FG804", ""},
		{"out of the machine's memory", "FG801", all(ended(137), func(t *check.Trial) { t.Exit.OutOfMemory = true }), nil, nil, check.Unknown, "this machine", "pass --memory"},
		{"works in WORKDIR", "FG801", all(ended(1), worksWith(check.InWorkdir, "WORKDIR /app")), nil, nil, check.Unknown, "see FG802", ""},
		{"not found, works in WORKDIR", "FG801", all(refused(check.NoSuchProgram, "no"), worksWith(check.InWorkdir, "WORKDIR /app")), nil, nil, check.Unknown, "see FG802", ""},
		{"an experiment that failed", "FG801", all(ended(1), func(t *check.Trial) {
			t.Experiments = []check.Experiment{{Kind: check.InWorkdir, Change: "WORKDIR /app"}}
		}), nil, nil, check.Fail, "exit code 1", ""},
		{"works as USER", "FG801", all(ended(1), worksWith(check.AsImageUser, "USER root")), nil, nil, check.Fail, "; it works with USER root", "RUN chown -R 1003:1003"},
		{"works with capabilities", "FG801", all(ended(1), worksWith(check.MoreCapabilities, "default capabilities")), nil, nil, check.Fail, "; it works with default capabilities", "at build time"},
		{"no network", "FG801", ended(1, failedLookUp), nil, nil, check.Unknown, "EAI_AGAIN", "pass --network bridge"},
		{"no such program", "FG801", refused(check.NoSuchProgram, "exec: no such file"), nil, nil, check.Fail, "did not find the program, or the interpreter of it: exec: no such file", "FG303 (interpreter-exists)"},
		{"no such program, by way of runc", "FG801", refused(check.NoSuchProgram, "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/x\": stat /x: no such file or directory: unknown"), nil, nil, check.Fail, `the interpreter of it: exec: "/x": stat /x: no such file or directory`, ""},
		{"no such program, by way of an older runc", "FG801", refused(check.NoSuchProgram, "OCI runtime create failed: container_linux.go:380: starting container process caused: exec: \"/x\": no such file: unknown"), nil, nil, check.Fail, `the interpreter of it: exec: "/x": no such file`, ""},
		{"no such program, by way of crun", "FG801", refused(check.NoSuchProgram, "crun: exec container process (missing dynamic library?) `/x`: No such file or directory"), nil, nil, check.Fail, "the interpreter of it: crun: exec container process", ""},
		{"forbidden", "FG801", refused(check.ProgramForbidden, "permission denied"), nil, nil, check.Fail, "may not execute the program as 1003:1003: permission denied", "FG302"},
		{"wrong format", "FG801", refused(check.WrongFormat, "exec format error"), nil, nil, check.Fail, "another architecture", "FG304"},
		{"unknown user", "FG801", refused(check.UnknownUser, "unable to find user"), nil, nil, check.Fail, "does not find the user", "FG206"},
		{"anything", "FG801", refused(check.OtherRefusal, "no space"), nil, nil, check.Fail, "did not start the container: no space", "docker run"},

		{"in /", "FG802", nil, nil, nil, check.Pass, "with / as its working directory", ""},
		{"ends in /", "FG802", all(ended(1, "no main.js"), worksWith(check.InWorkdir, "WORKDIR /app")), nil, []string{"node", "main.js"}, check.Fail, `works in WORKDIR /app and not in /, where the container ended 0.3 s after its start with exit code 1, before port 8000 was seen open; its log ends with "no main.js"`, "/app/main.js"},
		{"closed in /", "FG802", all(closed(), worksWith(check.InWorkdir, "WORKDIR /app")), nil, nil, check.Fail, "where port 8000 was not open within 60 s", "cd /app && exec"},
		{"not found in /", "FG802", all(refused(check.NoSuchProgram, "./server: no such file"), worksWith(check.InWorkdir, "WORKDIR /app")), nil, []string{"./server"}, check.Fail, "the engine says ./server: no such file", "/app/server"},
		{"ends anywhere", "FG802", ended(1), nil, nil, check.Unknown, "see FG801", ""},
		{"closed anywhere", "FG802", closed(), nil, nil, check.Unknown, "see FG101", ""},

		{"by itself", "FG806", nil, nil, nil, check.Pass, "came up as 1003:1003, without capabilities", ""},
		{"as USER alone", "FG806", all(ended(1), worksWith(check.AsImageUser, "USER root")), nil, nil, check.Fail, "works with USER root and not as 1003:1003 without capabilities, where the container ended", "chown"},
		{"with capabilities alone", "FG806", all(closed(), worksWith(check.MoreCapabilities, "default capabilities")), nil, nil, check.Fail, "default capabilities", "at build time"},
		{"by its log", "FG806", ended(1, "chown: /data: Operation not permitted", "giving up"), nil, nil, check.Fail, `"chown: /data: Operation not permitted"`, "RUN line"},
		{"by its log, and came up", "FG806", logged("chown: /data: Operation not permitted"), nil, nil, check.Pass, "", ""},
		{"ended for another reason", "FG806", ended(1), nil, nil, check.Unknown, "see FG801", ""},
		{"closed", "FG806", closed(), nil, nil, check.Unknown, "see FG101", ""},

		{"ended", "FG804", ended(1), nil, nil, check.Unknown, "see FG801", ""},
		{"ended", "FG805", ended(1), nil, nil, check.Unknown, "see FG801", ""},
		{"ended", "FG807", ended(1), nil, nil, check.Unknown, "see FG801", ""},
	})
}

// TestTrialCauses shows what a log tells about the end of its program.
func TestTrialCauses(t *testing.T) {
	for _, tt := range []struct{ line, message, mend string }{
		{"exec /app/run: exec format error", "another architecture", "--platform linux/amd64"},
		{"ModuleNotFoundError: No module named 'flask'", "module of Python", "install flask in the image"},
		{`ERROR:    Error loading ASGI app. Could not import module "main".`, "module of Python", "install main"},
		{"Error: Cannot find module '/server.js'", "module of Node.js", "install /server.js"},
		{"Error: Cannot find module '`reboot`'", "module of Node.js", "install <module>"},
		{"Error: Could not find or load main class com.shop.Main", "Java does not find", "com.shop.Main"},
		{"Error: Unable to access jarfile app.jar", "Java does not find", "where app.jar is"},
		{"Could not locate Gemfile", "Ruby", "BUNDLE_GEMFILE"},
		{"/app/s: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory", "shared library", "libpq.so.5"},
		{"/app/s: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /app/s)", "newer C library", "same base image"},
		{"OSError: [Errno 30] Read-only file system: '/app/x'", "nothing may be written", "/tmp/.cache"},
		{"Error: listen EADDRINUSE: address already in use :::8000", "the same port", "one server"},
		{"nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)", "may not open its port", "port 8000"},
		{"Error: listen EACCES: permission denied 0.0.0.0:80", "may not open its port", "port 8000"},
		{"PermissionError: [Errno 13] Permission denied: '/app/data'", "closed to the effective user", "RUN chown -R 1003:1003 /app/data"},
		{"Error: EACCES: permission denied, mkdir '/app/.next'", "closed to the effective user", "RUN chown -R 1003:1003 /app/.next || chown 1003:1003 $(dirname /app/.next)"},
		{`nginx: [emerg] open() "/run/nginx.pid" failed (13: Permission denied)`, "closed to the effective user", "1003:1003 /run/nginx.pid"},
		{"/entry.sh: line 3: /data/x: Permission denied", "closed to the effective user", "1003:1003 /data/x"},
		{"permission denied", "something is closed", "open to 1003:1003"},
		{"setpriv: setgroups failed: Operation not permitted", "takes a privilege", "FG806"},
		{"KeyError: 'DATABASE_URL'", "a variable is not set", "--env DATABASE_URL=<value>"},
		{"Error: DATABASE_URL is not set", "a variable is not set", "--env DATABASE_URL="},
		{`missing environment variable "TOKEN"`, "a variable is not set", "--env TOKEN="},
		{"/run.sh: line 2: NAME: unbound variable", "a variable is not set", "--env NAME="},
		{"OSError: [Errno 28] No space left on device", "disk is full", "512 MB"},
		{"java.lang.OutOfMemoryError: Java heap space", "no more memory", "FG804"},
		{"accept: too many open files", "more files", "2,048"},
		{"RuntimeError: can't start new thread", "more processes", "1,024"},
		{"Error: connect ECONNREFUSED 127.0.0.1:5432", "another server", "--env"},
		{"python: can't open file '//main.py': [Errno 2] No such file or directory", "a file is not there", "put //main.py into"},
		{"Error: ENOENT: no such file or directory, open '/app/config.json'", "a file is not there", "/app/config.json"},
		{"sh: 1: gunicorn: not found", "file or program is not there", "FG402"},
		{"Segmentation fault", `its log ends with "bye"`, "docker run"},
	} {
		t.Run(tt.line, func(t *testing.T) {
			c := trialCase{rule: "FG801", change: ended(1, "starting", tt.line, "bye")}
			got := c.run(t)
			if got.Outcome != check.Fail || !strings.Contains(got.Message, tt.message) || !strings.Contains(got.Fix, tt.mend) {
				t.Errorf("%s %q, fix %q; want %q and %q in them", got.Outcome, got.Message, got.Fix, tt.message, tt.mend)
			}
		})
	}
}

// TestTrialCauseInMany shows that the line which names the cause is found among
// others that speak of it.
func TestTrialCauseInMany(t *testing.T) {
	for mend, lines := range map[string][]string{
		"put /package.json into": {
			"npm error code ENOENT", "npm error path /package.json",
			"npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '/package.json'",
			"npm error enoent This is related to npm not being able to find a file.", "npm error enoent",
			"npm error A complete log of this run can be found in: /tmp/.npm/_logs/2026-11-24-debug-0.log",
		},
		"install /main.js in": {
			"node:internal/modules/cjs/loader:1143", "  throw err;", "Error: Cannot find module '/main.js'",
			"    at Module._load (node:internal/modules/cjs/loader:986:27)", "  code: 'MODULE_NOT_FOUND',", "  requireStack: []", "}", "Node.js v20.11.0",
		},
		"1003:1003 /var/cache/nginx/client_temp": {
			`nginx: [alert] could not open error log file: open() "/var/log/nginx/error.log" failed (13: Permission denied)`,
			`2026/11/24 14:00:01 [warn] 1#1: the "user" directive makes sense only if the master process runs with super-user privileges`,
			`2026/11/24 14:00:01 [emerg] 1#1: mkdir() "/var/cache/nginx/client_temp" failed (13: Permission denied)`,
		},
		"install shop in": {
			"Traceback (most recent call last):", "ModuleNotFoundError: No module named 'shop'",
			"[2026-11-24 14:00:01 +0000] [8] [INFO] Worker exiting (pid: 8)", "[2026-11-24 14:00:01 +0000] [1] [ERROR] Reason: Worker failed to boot.",
		},
	} {
		c := trialCase{rule: "FG801", change: ended(1, lines...)}
		if got := c.run(t); !strings.Contains(got.Fix, mend) {
			t.Errorf("%q, fix %q; want %q in it", got.Message, got.Fix, mend)
		}
	}
}

// TestTrialNetwork tells a network that is missing from a server that is.
func TestTrialNetwork(t *testing.T) {
	for line, want := range map[string]check.Outcome{
		"dial tcp: lookup db on [::1]:53: read udp [::1]:5->[::1]:53: read: connection refused":       check.Unknown,
		"psycopg2.OperationalError: could not translate host name \"db\" to address: Name or service": check.Unknown,
		"curl: (6) Could not resolve host: example.com":                                               check.Unknown,
		"wget: bad address 'example.com'":                                                             check.Unknown,
		"java.net.UnknownHostException: db":                                                           check.Unknown,
		"dial tcp 10.0.0.5:6379: connect: network is unreachable":                                     check.Unknown,
		"Can't reach database server at `db`:`5432`":                                                  check.Unknown,
		"Error: connect ECONNREFUSED 127.0.0.1:5432":                                                  check.Fail,
		"connect to localhost: connection timed out":                                                  check.Fail,
	} {
		c := trialCase{rule: "FG801", change: ended(1, line)}
		if got := c.run(t); got.Outcome != want {
			t.Errorf("%q: got %s (%s), want %s", line, got.Outcome, got.Message, want)
		}
	}
}

func TestTrialConduct(t *testing.T) {
	wrote := func(names ...string) func(*check.Trial) { return func(t *check.Trial) { t.Changes = names } }
	silent := func(t *check.Trial) { t.Log = check.Log{} }
	stopped := func(term bool, after time.Duration) func(*check.Trial) {
		return func(t *check.Trial) { t.Stop = check.Stop{Told: true, Term: term, After: after} }
	}
	noChanges := func(err error) func(*check.Trial) { return func(t *check.Trial) { t.NoChanges = err } }
	mounted := func(f *check.Function) { f.Mounts = check.Known([]string{"/mnt/data"}, check.At("--mount-path", "")) }
	noPeak := func(t *check.Trial) { t.Memory.Peak = check.UnknownBytes }
	runTrialCases(t, []trialCase{
		{"writes", "FG803", nil, nil, nil, check.Pass, "18 bytes", ""},
		{"silent", "FG803", silent, nil, nil, check.Fail, "nothing to the console", "/dev/stdout"},
		{"ended silently", "FG803", ended(1), nil, nil, check.Fail, "without a word", "standard error"},
		{"not started", "FG803", refused(check.NoSuchProgram, ""), nil, nil, check.Unknown, "see FG801", ""},

		{"fits", "FG804", limited(256, 84), withMemory(256), nil, check.Pass, "84 MB of 256 MB; 128 MB leave 20 % free", ""},
		{"fits exactly", "FG804", limited(128, 102), withMemory(128), nil, check.Pass, "102 MB of 128 MB; 128 MB leave", ""},
		{"tight", "FG804", limited(128, 110), withMemory(128), nil, check.Pass, "which is tight: 256 MB leave 20 % free", ""},
		{"tight in the largest", "FG804", limited(10240, 9000), withMemory(10240), nil, check.Pass, "no size leaves 20 % free", ""},
		{"peak unknown", "FG804", all(limited(128, 1), noPeak), withMemory(128), nil, check.Pass, "the engine does not tell", ""},
		{"killed", "FG804", killedFor(128), withMemory(128), nil, check.Fail, "killed for the memory of 128 MB", "--memory 256"},
		{"killed, works with more", "FG804", all(killedFor(128), worksWith(check.MoreMemory, "memory 512 MB")), withMemory(128), nil, check.Fail, "the start works with memory 512 MB", "memory 512 MB"},
		{"a child was killed", "FG804", all(limited(128, 128), func(t *check.Trial) { t.Memory.Killed = true }), withMemory(128), nil, check.Fail, "killed for the memory of 128 MB", ""},
		{"ended, works with more", "FG804", all(ended(1, "heap"), limited(128, 60), worksWith(check.MoreMemory, "memory 512 MB")), withMemory(128), nil, check.Fail, `works with memory 512 MB, and the share of a CPU that it brings, and not with 128 MB, where the container ended 0.3 s after its start with exit code 1`, "memory 512 MB"},
		{"not given", "FG804", nil, nil, nil, check.Unknown, "took 84 MB, and 128 MB leave 20 % free", "pass --memory 128"},
		{"not given, peak unknown", "FG804", noPeak, nil, nil, check.Unknown, "does not tell", "pass --memory"},
		{"not given, too much", "FG804", limited(0, 9000), nil, nil, check.Unknown, "no size leaves 20 % free", "pass --memory 10240"},
		{"closed", "FG804", all(closed(), limited(128, 10)), withMemory(128), nil, check.Unknown, "see FG101", ""},

		{"nothing", "FG805", nil, nil, nil, check.Pass, "nothing was written", ""},
		{"elsewhere", "FG805", wrote("/app/__pycache__/a.pyc", "/b", "/c", "/d", "/var/log/x"), nil, nil, check.Fail, "/app/__pycache__/a.pyc, /b, /c and 2 more", "ENV PYTHONDONTWRITEBYTECODE=1\nRUN ln -sf"},
		{"somewhere", "FG805", wrote("/data/x"), nil, nil, check.Fail, "outside of /tmp: /data/x", "or to a mounted file system"},
		{"on a mount", "FG805", wrote("/mnt/data/x"), mounted, nil, check.Pass, "", ""},
		{"and ended", "FG805", all(ended(1), wrote("/x")), nil, nil, check.Fail, "/x", ""},
		{"cannot be seen", "FG805", noChanges(&check.UnavailableError{Why: "it does not tell", Hint: "use docker"}), nil, nil, check.Unknown, "it does not tell", "use docker"},
		{"could not be asked", "FG805", noChanges(errBroken), nil, nil, check.Unknown, errBroken.Error(), ""},
		{"not started", "FG805", refused(check.NoSuchProgram, ""), nil, nil, check.Unknown, "see FG801", ""},
		{"closed", "FG805", closed(), nil, nil, check.Unknown, "see FG101", ""},

		{"ends", "FG807", nil, nil, nil, check.Pass, "0.05 s after SIGTERM", ""},
		{"ends late", "FG807", stopped(true, 12*time.Second), nil, nil, check.Fail, "ended 12 s after SIGTERM", "within 10 s"},
		{"killed", "FG807", stopped(false, 10*time.Second), nil, nil, check.Fail, "did not end within 10 s of SIGTERM", "tini"},
		{"killed in a shell", "FG807", stopped(false, 10*time.Second), nil, []string{"/bin/sh", "-c", "server"}, check.Fail, "", "without a shell around it"},
		{"node killed", "FG807", stopped(false, 10*time.Second), nil, []string{"/usr/bin/node", "/app/a.js"}, check.Fail, "", `process.on("SIGTERM"`},
		{"python killed", "FG807", stopped(false, 10*time.Second), nil, []string{"python3.12", "/app/a.py"}, check.Fail, "", "signal.signal"},
		{"not told", "FG807", func(t *check.Trial) { t.Stop = check.Stop{} }, nil, nil, check.Unknown, "not told to end", ""},
	})
}
