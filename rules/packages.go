// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"context"
	"path"
	"slices"

	"github.com/fgpreflight/fgpreflight/check"
)

// packageManager is a program that installs packages.
type packageManager struct{ program, line string }

// packageManagers are the programs that install packages, each with the line
// that does so without leaving a cache behind. Where one of another
// distribution is there too, the first counts.
var packageManagers = []packageManager{
	{"apk", "RUN apk add --no-cache "},                                               // https://wiki.alpinelinux.org/wiki/Alpine_Package_Keeper
	{"apt-get", "RUN apt-get update && apt-get install -y --no-install-recommends "}, // https://manpages.debian.org/stable/apt/apt-get.8.en.html
	{"microdnf", "RUN microdnf install -y "},                                         // https://github.com/rpm-software-management/microdnf
	{"dnf", "RUN dnf install -y "},                                                   // https://dnf.readthedocs.io/en/latest/command_ref.html
	{"tdnf", "RUN tdnf install -y "},                                                 // https://github.com/vmware/tdnf
	{"yum", "RUN yum install -y "},                                                   // https://man7.org/linux/man-pages/man8/yum.8.html
	{"zypper", "RUN zypper --non-interactive install "},                              // https://en.opensuse.org/SDB:Zypper_manual
}

// languageManagers install programs that come as packages of a language, which
// have to run with the language's own interpreter.
var languageManagers = []struct {
	packageManager
	base     string // an image that has it
	programs words
}{
	{packageManager{"pip", "RUN pip install --no-cache-dir "}, "python:3.13-slim", "uvicorn gunicorn hypercorn daphne granian flask quart litestar sanic streamlit gradio chainlit waitress-serve functions-framework poetry pipenv"}, // https://pypi.org
	{packageManager{"npm", "RUN npm install --global "}, "node:22-slim", "tsx ts-node nodemon pm2 pm2-runtime forever serve http-server"},                                                                                             // https://www.npmjs.com
}

// packageOf are the packages that are not called as the program in them.
var packageOf = map[string]string{"node": "nodejs", "pm2-runtime": "pm2", "waitress-serve": "waitress"}

// imageOf are images that have an interpreter or a server.
var imageOf = map[string]string{
	"node": "node:22-slim", "python": "python:3.13-slim", "python3": "python:3.13-slim", "java": "eclipse-temurin:21-jre",
	"ruby": "ruby:3.4-slim", "php": "php:8.4-cli", "dotnet": "mcr.microsoft.com/dotnet/aspnet:8.0", "nginx": "nginx:1.27",
}

// systemPrograms are programs that packages of a distribution bring, beside the
// known ones.
const systemPrograms words = "bash busybox catatonit chmod chown cp cat curl date dumb-init env gosu ln ls mkdir mv nice nohup perl rm " +
	"sed setpriv sh sleep stdbuf su-exec tail timeout tini touch wget"

// isPackaged reports whether a program is installed rather than written for the
// function: one that is known, and would lie where packages put programs.
func isPackaged(name string) bool {
	dir, base := path.Split(name)
	if dir != "" && !programFolders.has(path.Base(dir)) {
		return false
	}
	return systemPrograms.has(base) || slices.ContainsFunc(knownPrograms, func(k knownProgram) bool {
		return !k.common && path.Ext(base) != ".py" && k.isNamed(base)
	})
}

// baseWith returns the lines of a Dockerfile that begin with an image which has
// the program.
func baseWith(program string) string {
	for _, manager := range languageManagers {
		if manager.programs.has(program) {
			return "FROM " + manager.base + "\n" + manager.line + packageNamed(program)
		}
	}
	if image, ok := imageOf[program]; ok {
		return "FROM " + image
	}
	return "FROM <an image with " + program + ">"
}

// packageNamed returns the package that brings the program.
func packageNamed(program string) string {
	if other, ok := packageOf[program]; ok {
		return other
	}
	return named(program, "<package>")
}

// installLine returns the line that installs a program by the image's own
// package manager, or "" where there is none. What belongs to a language is the
// matter of that language's manager, if it is there.
func installLine(ctx context.Context, s *check.Subject, program string) (string, error) {
	var managers []packageManager
	for _, m := range languageManagers {
		if m.programs.has(program) {
			managers = append(managers, m.packageManager)
		}
	}
	for _, m := range append(managers, packageManagers...) {
		p, err := s.Program(ctx, m.program, "")
		if err != nil {
			return "", err
		}
		if p.Found {
			return m.line + packageNamed(program), nil
		}
	}
	return "", nil
}
