// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

func FuzzEvaluate(f *testing.F) {
	for _, text := range []string{
		"",
		"FROM scratch\nUSER me\nENV A=1 B=$A \\\n C=${A:-x}\nCMD x\n",
		"\ufeff# escape=`\r\nARG V=1\r\nFROM --platform=$V base:$V AS a\r\nONBUILD USER $V\r\nFROM a\r\nEXPOSE 1-9 $V\r\n",
		"FROM python:3.12-slim\n# fgpreflight:ignore=FG101 why\nRUN <<EOF\nuseradd -u 1003 me\nEOF\nUSER me\nHEALTHCHECK NONE\n",
		"FROM scratch AS a\nCOPY --from=b --chown=1:2 --chmod=755 /x /y\nFROM scratch AS b\nRUN --mount=from=a,target=/x chmod 700 /x\n",
		"FROM alpine\nRUN addgroup -S g && adduser -S -G g u; chown u:g /a\nWORKDIR a/\nUSER u:$X\nENTRYPOINT [\"a\", \"b\"]\nVOLUME [\"/v\"]\nSTOPSIGNAL 9\nLABEL a=b\n",
		"FROM x\nENV A=0123456789\nENV A=$A$A$A$A$A$A ${B//x/$A}\nNOPE\nUSER\nSHELL [\"é\"]\nADD x.tar /\n",
	} {
		f.Add(text, "", "", "1")
	}
	f.Fuzz(func(t *testing.T, text, target, platform, arg string) {
		const name = "Dockerfile"
		o := dockerfile.Options{Name: name, Target: target, Platform: platform, BuildArgs: map[string]string{"V": arg}}
		image, err := dockerfile.Evaluate(t.Context(), []byte(text), o)
		if err != nil {
			if panicked, ok := errors.AsType[*check.PanicError](err); ok {
				t.Fatalf("%v\n%s", panicked.Cause, panicked.Stack)
			}
			return
		}
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		for _, at := range places(image) {
			if at.Artifact == name {
				checkPlace(t, lines, at)
			}
		}
		const most = 512 << 10 // What is written, and what variables may add.
		for _, v := range image.Config.Env.All() {
			if len(v.Value) > most+len(text)+len(arg) {
				t.Errorf("%s has %d bytes", v.Name, len(v.Value))
			}
		}
	})
}

// places returns the locations of all that is said of an image.
func places(image *dockerfile.Image) []check.Location {
	c := image.Config
	out := []check.Location{
		c.OS.At(), c.Architecture.At(), c.User.At(), c.WorkingDir.At(), c.Entrypoint.At(), c.Cmd.At(), c.Healthcheck.At(), c.StopSignal.At(),
		c.Ports.At, c.Volumes.At, c.Env.Lookup("not set").At(),
	}
	for _, v := range c.Env.All() {
		out = append(out, v.At)
	}
	for _, fault := range c.Faults {
		out = append(out, fault.At)
	}
	for _, notice := range image.Notices {
		out = append(out, notice.At)
	}
	for _, ignore := range image.Ignores {
		out = append(out, ignore.At, check.Location{Artifact: ignore.At.Artifact, Line: max(1, ignore.First)}, check.Location{Artifact: ignore.At.Artifact, Line: max(1, ignore.Last)})
	}
	for _, user := range image.Accounts.Users {
		out = append(out, user.At)
	}
	for _, group := range image.Accounts.Groups {
		out = append(out, group.At)
	}
	for _, use := range image.Build.AccountTools {
		out = append(out, use.At)
	}
	return out
}

// checkPlace checks that a location is one in the text.
func checkPlace(t *testing.T, lines []string, at check.Location) {
	t.Helper()
	if at.Line < 1 || at.Line > len(lines) {
		t.Fatalf("%+v: there are %d lines", at, len(lines))
	}
	length := utf8.RuneCountInString(strings.TrimSuffix(lines[at.Line-1], "\r"))
	switch {
	case at.Column == 0 && at.Width == 0:
	case at.Column < 1 || at.Width < 1 || at.Column-1+at.Width > length:
		t.Fatalf("%+v: the line has %d characters", at, length)
	}
}
