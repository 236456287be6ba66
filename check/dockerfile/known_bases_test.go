// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/dockerfile"
)

var fromLine = check.Location{Artifact: "Dockerfile", Line: 3, Column: 6, Width: 11}

// concrete returns a repository that a pattern of the table matches.
func concrete(pattern string) string {
	return strings.NewReplacer("[89]", "9", "[0-9]", "1", "[12]", "1", "*", "1").Replace(pattern)
}

func TestKnownRows(t *testing.T) {
	variable := regexp.MustCompile(`^[A-Za-z][A-Z0-9_a-z]*$`)
	account := regexp.MustCompile(`^\??[a-z_][a-z0-9_-]*:\d+(:\d+:/[A-Za-z0-9/._-]*)?$`)
	for row := range dockerfile.KnownRows() {
		where := row.Names[0] + ":" + row.Example
		if !strings.HasPrefix(row.Source, "https://") {
			t.Errorf("%s: no source: %q", where, row.Source)
		}
		for _, pattern := range row.Names {
			if ok, err := path.Match(pattern, concrete(pattern)); !ok || err != nil {
				t.Errorf("%s: name %q: %v, %v", where, pattern, ok, err)
			}
			if !row.Covers(row.Example) {
				t.Errorf("%s: %s:%s is not covered", where, pattern, row.Example)
			}
		}
		if source, ok := row.System(row.Example); !ok || !strings.HasPrefix(source, "https://") {
			t.Errorf("%s: no system, or none with a source: %q", where, source)
		}
		for _, entry := range row.Env {
			if name, _, _ := strings.Cut(entry, "="); !variable.MatchString(name) {
				t.Errorf("%s: variable %q", where, entry)
			}
		}
		for _, line := range row.Lines {
			if !account.MatchString(line) {
				t.Errorf("%s: account %q", where, line)
			}
		}
	}
}

// sampleTags returns tags as the repositories of the table have them, and more.
func sampleTags() []string {
	versions := []string{
		"", "latest", "stable", "edge", "lts", "1", "2", "3", "8", "9", "10", "11", "12", "17", "20", "21", "22", "1.1", "1.22", "1.27", "2.4", "3.3", "3.9", "3.12",
		"3.20", "5.10", "5.40", "7.4", "8.0", "8.2", "9.0", "10.0", "10.1", "22.04", "24.04", "11.8.0", "12.4.1", "17.0.9_9", "8u392", "3.12.1", "3.14-rc", "2.0.0", "9.4",
		"jdk17", "8.5-jdk17", "nonroot", "debug", "debug-nonroot", "jammy-20240111", "bookworm-20240110",
	}
	variants := []string{
		"", "slim", "alpine", "alpine3.20", "stretch", "bullseye", "bookworm", "trixie", "slim-bookworm", "bookworm-slim", "jammy", "noble", "jammy-chiseled",
		"noble-chiseled-extra", "cli", "fpm", "apache", "zts", "fpm-alpine", "cli-bookworm", "apache-bookworm", "zts-alpine3.23", "jdk", "jre", "jdk-jammy", "jre-alpine", "jdk-slim", "jre-slim-buster",
		"eclipse-temurin-17", "eclipse-temurin-21-alpine", "amazoncorretto-21", "openjdk-11-slim", "al2", "al2023", "base-ubuntu22.04", "cudnn8-runtime-ubuntu22.04", "cuda12.1-cudnn8-runtime",
		"ubuntu", "ubuntu2204", "scm", "curl", "bookworm-scm", "alpine-slim", "perl", "python3.12-bookworm", "python3.12-bookworm-slim", "minimal", "amd64", "nonroot", "oracle", "jdk17", "jdk17-alpine",
	}
	var tags []string
	for _, v := range versions {
		for _, x := range variants {
			tags = append(tags, strings.Trim(v+"-"+x, "-"))
		}
	}
	for row := range dockerfile.KnownRows() {
		tags = append(tags, row.Example)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// TestKnownRowsDoNotOverlap shows that it never matters which row comes first.
func TestKnownRowsDoNotOverlap(t *testing.T) {
	rows := map[string][]dockerfile.KnownRow{}
	for row := range dockerfile.KnownRows() {
		for _, pattern := range row.Names {
			rows[concrete(pattern)] = append(rows[concrete(pattern)], row)
		}
	}
	tags, covered := sampleTags(), 0
	for name, rows := range rows {
		for _, tag := range tags {
			var by []string
			for _, row := range rows {
				if !row.Covers(tag) {
					continue
				}
				by = append(by, row.Example)
				if _, ok := row.System(tag); !ok {
					t.Errorf("%s:%s has no system", name, tag)
				}
			}
			if len(by) > 1 {
				t.Errorf("%s:%s is covered by the rows of %v", name, tag, by)
			}
			covered += len(by)
		}
	}
	if covered < 1000 {
		t.Errorf("only %d of the sample are covered", covered)
	}
}

// summary describes the configuration and the tools of a base: "-" is not set,
// "?" unknown, and PATH is without the usual one at its end.
func summary(b *dockerfile.Base) string {
	if b == nil {
		return "not known"
	}
	c := &b.Config
	lookup := c.Env.Lookup
	usual := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	return fmt.Sprintf("%s user %s, HOME %s, PATH %s, entrypoint %s, cmd %s, dir %s, ports %s, tools %s", b.Distribution,
		show(c.User), show(lookup("HOME")), strings.Replace(show(lookup("PATH")), usual, "…", 1),
		showList(c.Entrypoint), showList(c.Cmd), show(c.WorkingDir), showSet(c.Ports), showSet(b.Tools))
}

func show(s check.Setting[string]) string {
	switch v, set, err := s.Get(); {
	case err != nil:
		return "?"
	case !set:
		return "-"
	default:
		return v
	}
}

func showList(s check.Setting[[]string]) string {
	switch v, set, err := s.Get(); {
	case err != nil:
		return "?"
	case !set:
		return "-"
	default:
		return strings.Join(v, " ")
	}
}

func showSet(s check.Set) string {
	names := strings.Join(s.Have, " ")
	for short, long := range map[string]string{"all": allTools, "passwd": passwdTools, "busybox": busyboxTools, "redhat": redhatTools} {
		if names == long {
			names = short
		}
	}
	if names == "" {
		names = "-"
	}
	if s.Rest != nil {
		names += "?"
	}
	return names
}

// The programs of a base, sorted.
const (
	allTools     = "addgroup adduser delgroup deluser groupadd groupdel groupmod useradd userdel usermod"
	passwdTools  = "groupadd groupdel groupmod useradd userdel usermod"
	busyboxTools = "addgroup adduser delgroup deluser"
	redhatTools  = "adduser groupadd groupdel groupmod useradd userdel usermod"
)

func TestKnownBase(t *testing.T) {
	for ref, want := range map[string]string{
		"scratch":                           " user -, HOME -, PATH -, entrypoint -, cmd -, dir -, ports -, tools -",
		"alpine":                            "alpine user -, HOME -, PATH …, entrypoint -, cmd /bin/sh, dir -, ports -, tools busybox",
		"alpine:3.20":                       "alpine user -, HOME -, PATH …, entrypoint -, cmd /bin/sh, dir -, ports -, tools busybox",
		"debian":                            "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools passwd?",
		"debian:stable-slim":                "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools passwd?",
		"debian:bookworm-slim":              "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools all",
		"debian:13.1":                       "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools passwd",
		"ubuntu":                            "debian user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools passwd?",
		"ubuntu:22.04":                      "debian user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools all",
		"ubuntu:noble-20240605":             "debian user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools passwd",
		"busybox:1.36":                      "busybox user -, HOME -, PATH …, entrypoint -, cmd sh, dir -, ports -, tools busybox",
		"fedora:41":                         "redhat user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools -?",
		"rockylinux:9-minimal":              "redhat user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools -?",
		"amazonlinux:2023":                  "redhat user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools -?",
		"opensuse/leap:15.6":                "suse user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools -?",
		"openeuler/openeuler:22.03-lts-sp4": " user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools -?",
		"registry.access.redhat.com/ubi8/nginx-122":                    "redhat user 1001, HOME /opt/app-root/src, PATH ?, entrypoint ?, cmd ?, dir /opt/app-root/src, ports 8080/tcp 8443/tcp, tools -?",
		"registry.access.redhat.com/ubi9/php-82":                       "redhat user 1001, HOME ?, PATH ?, entrypoint ?, cmd ?, dir /opt/app-root/src, ports 8080/tcp 8443/tcp, tools -?",
		"registry.access.redhat.com/ubi9/openjdk-21":                   "redhat user 185, HOME ?, PATH ?, entrypoint ?, cmd ?, dir ?, ports -?, tools -?",
		"mcr.microsoft.com/dotnet/aspnet:8.0-azurelinux3.0-distroless": " user 1654, HOME ?, PATH ?, entrypoint ?, cmd ?, dir ?, ports -, tools -",
		"archlinux":                  "arch user -, HOME -, PATH …, entrypoint -, cmd /usr/bin/bash, dir -, ports -, tools passwd",
		"buildpack-deps:trixie":      "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools all",
		"buildpack-deps:trixie-curl": "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools passwd?",
		"python":                     "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools all",
		"python:3.12-slim":           "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools passwd?",
		"python:3.13-slim-trixie":    "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools passwd",
		"python:3.10.9-slim":         "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools all",
		"python:3.12.11-slim":        "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools passwd?",
		"python:3.12-alpine3.20":     "alpine user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools busybox",
		"python:slim":                "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd python3, dir -, ports -, tools passwd?",
		"node:20":                    "debian user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools all",
		"node:22.11.0-slim":          "debian user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools all",
		"node:22-slim":               "debian user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools passwd?",
		"node:22-bookworm-slim":      "debian user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools all",
		"node:lts-alpine":            "alpine user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools busybox",
		"node:12.10.0":               "debian user -, HOME -, PATH …, entrypoint docker-entrypoint.sh, cmd node, dir -, ports -, tools all",
		"golang:1.22":                "debian user -, HOME -, PATH /go/bin:/usr/local/go/bin:…, entrypoint -, cmd bash, dir /go, ports -, tools all",
		"golang:alpine":              "alpine user -, HOME -, PATH /go/bin:/usr/local/go/bin:…, entrypoint -, cmd /bin/sh, dir /go, ports -, tools busybox",
		"rust:slim-bookworm":         "debian user -, HOME -, PATH /usr/local/cargo/bin:…, entrypoint -, cmd bash, dir -, ports -, tools all",
		"ruby:3.3":                   "debian user -, HOME -, PATH /usr/local/bundle/bin:…, entrypoint -, cmd irb, dir -, ports -, tools all",
		"php:8.2":                    "debian user -, HOME -, PATH …, entrypoint docker-php-entrypoint, cmd php -a, dir -, ports -, tools passwd?",
		"php:8.2-apache":             "debian user -, HOME -, PATH …, entrypoint docker-php-entrypoint, cmd apache2-foreground, dir /var/www/html, ports 80/tcp, tools passwd?",
		"php:8-fpm-alpine":           "alpine user -, HOME -, PATH …, entrypoint docker-php-entrypoint, cmd php-fpm, dir /var/www/html, ports 9000/tcp, tools busybox",
		"php:8.2.33-zts-alpine3.23":  "alpine user -, HOME -, PATH …, entrypoint docker-php-entrypoint, cmd php -a, dir -, ports -, tools busybox",
		"composer:2":                 "alpine user -, HOME -, PATH …, entrypoint /docker-entrypoint.sh, cmd composer, dir /app, ports -, tools busybox",
		"swift:5.10-jammy":           "debian user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools all",
		"denoland/deno":              "debian user -, HOME -, PATH …, entrypoint ?, cmd eval console.log('Welcome to Deno!'), dir -, ports -, tools passwd?",
		"oven/bun:1":                 "debian user -, HOME -, PATH ?, entrypoint /usr/local/bin/docker-entrypoint.sh, cmd /usr/local/bin/bun, dir /home/bun/app, ports -, tools passwd?",
		"continuumio/miniconda3":     "debian user -, HOME -, PATH /opt/conda/bin:…, entrypoint -, cmd /bin/bash, dir -, ports -, tools all",
		"ghcr.io/astral-sh/uv:python3.12-bookworm-slim":            "debian user -, HOME -, PATH /usr/local/bin:…, entrypoint -, cmd /usr/local/bin/uv, dir -, ports -, tools all",
		"ghcr.io/astral-sh/uv":                                     " user -, HOME -, PATH …, entrypoint /uv, cmd -, dir /io, ports -, tools -",
		"openjdk:17":                                               "redhat user -, HOME -, PATH ?, entrypoint -, cmd ?, dir -, ports -, tools -?",
		"openjdk:17-jdk-slim":                                      "debian user -, HOME -, PATH ?, entrypoint -, cmd ?, dir -, ports -, tools all",
		"openjdk:8-jre-alpine":                                     "alpine user -, HOME -, PATH ?, entrypoint -, cmd ?, dir -, ports -, tools busybox",
		"eclipse-temurin:21":                                       "debian user -, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint /__cacert_entrypoint.sh, cmd jshell, dir -, ports -, tools passwd?",
		"eclipse-temurin:17-jre-alpine":                            "alpine user -, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint /__cacert_entrypoint.sh, cmd -, dir -, ports -, tools busybox",
		"eclipse-temurin:8-jdk-focal":                              "debian user -, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint /__cacert_entrypoint.sh, cmd -, dir -, ports -, tools all",
		"eclipse-temurin:17.0.9_9-jre":                             "debian user -, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint ?, cmd ?, dir -, ports -, tools passwd?",
		"amazoncorretto:21-al2023":                                 "redhat user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools -?",
		"gradle:8-jdk21-noble":                                     "debian user root, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint ?, cmd gradle, dir /home/gradle, ports -, tools passwd?",
		"maven:3.9-eclipse-temurin-17":                             "debian user -, HOME -, PATH /opt/java/openjdk/bin:…, entrypoint /usr/local/bin/mvn-entrypoint.sh, cmd mvn, dir -, ports -, tools passwd?",
		"tomcat:10.1-jdk17":                                        "debian user -, HOME -, PATH /usr/local/tomcat/bin:/opt/java/openjdk/bin:…, entrypoint -, cmd catalina.sh run, dir /usr/local/tomcat, ports 8080/tcp, tools passwd?",
		"nginx":                                                    "debian user -, HOME -, PATH …, entrypoint /docker-entrypoint.sh, cmd nginx -g daemon off;, dir -, ports 80/tcp, tools passwd?",
		"nginx:1.25-alpine":                                        "alpine user -, HOME -, PATH …, entrypoint /docker-entrypoint.sh, cmd nginx -g daemon off;, dir -, ports 80/tcp, tools busybox",
		"nginxinc/nginx-unprivileged:1.27":                         "debian user 101, HOME -, PATH …, entrypoint /docker-entrypoint.sh, cmd nginx -g daemon off;, dir -, ports 8080/tcp, tools all",
		"httpd:2.4-alpine":                                         "alpine user -, HOME -, PATH /usr/local/apache2/bin:…, entrypoint -, cmd httpd-foreground, dir /usr/local/apache2, ports 80/tcp, tools busybox",
		"caddy:2":                                                  "alpine user -, HOME -, PATH …, entrypoint -, cmd caddy run --config /etc/caddy/Caddyfile --adapter caddyfile, dir /srv, ports 80/tcp 443/tcp 443/udp 2019/tcp, tools busybox",
		"mcr.microsoft.com/dotnet/aspnet:6.0":                      "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools all",
		"mcr.microsoft.com/dotnet/aspnet:8.0":                      "debian user -, HOME -, PATH …, entrypoint -, cmd bash, dir -, ports -, tools all",
		"mcr.microsoft.com/dotnet/sdk:8.0-alpine":                  "alpine user -, HOME -, PATH …, entrypoint -, cmd /bin/sh, dir -, ports -, tools busybox",
		"mcr.microsoft.com/dotnet/runtime:10.0":                    "debian user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools passwd",
		"mcr.microsoft.com/dotnet/aspnet:9.0-noble-chiseled-extra": " user 1654, HOME -, PATH …, entrypoint -, cmd -, dir -, ports -, tools -",
		"gcr.io/distroless/static":                                 " user 0, HOME -, PATH …, entrypoint -, cmd -, dir -, ports -, tools -",
		"gcr.io/distroless/base-debian12:nonroot":                  " user 65532, HOME -, PATH …, entrypoint -, cmd -, dir /home/nonroot, ports -, tools -",
		"gcr.io/distroless/cc-debian12:debug":                      " user 0, HOME -, PATH …:/busybox, entrypoint /busybox/sh, cmd -, dir -, ports -, tools -?",
		"gcr.io/distroless/java17-debian12":                        " user 0, HOME -, PATH …, entrypoint /usr/bin/java -jar, cmd -, dir -, ports -, tools -",
		"gcr.io/distroless/nodejs20-debian12:nonroot":              " user 65532, HOME -, PATH …, entrypoint /nodejs/bin/node, cmd -, dir /home/nonroot, ports -, tools -",
		"gcr.io/distroless/python3-debian12":                       " user 0, HOME -, PATH …, entrypoint ?, cmd -, dir -, ports -, tools -",
		"registry.access.redhat.com/ubi9":                          "redhat user -, HOME -, PATH …, entrypoint -, cmd /bin/bash, dir -, ports -, tools redhat",
		"registry.access.redhat.com/ubi9/ubi-minimal:9.4":          "redhat user -, HOME -, PATH …, entrypoint -, cmd ?, dir -, ports -, tools -?",
		"registry.access.redhat.com/ubi9/python-312":               "redhat user 1001, HOME /opt/app-root/src, PATH ?, entrypoint ?, cmd ?, dir /opt/app-root/src, ports 8080/tcp, tools -?",
		"public.ecr.aws/lambda/python:3.12":                        "redhat user -, HOME ?, PATH ?, entrypoint /lambda-entrypoint.sh, cmd ?, dir /var/task, ports -, tools -?",
		"cgr.dev/chainguard/static":                                " user 65532, HOME ?, PATH ?, entrypoint ?, cmd ?, dir ?, ports -?, tools -?",
		"nvidia/cuda:11.8.0-base-ubuntu22.04":                      "debian user -, HOME -, PATH ?, entrypoint -, cmd /bin/bash, dir -, ports -, tools all",
		"nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04":             "debian user -, HOME -, PATH ?, entrypoint ?, cmd ?, dir -, ports -, tools all",
		"pytorch/pytorch":                                          "debian user -, HOME -, PATH ?, entrypoint ?, cmd ?, dir /workspace, ports -, tools passwd?",
		"jrottenberg/ffmpeg:4-ubuntu":                              "debian user -, HOME -, PATH …, entrypoint ffmpeg, cmd --help, dir ?, ports -, tools passwd?",
		"alpine/git:2.36.2":                                        "alpine user -, HOME -, PATH …, entrypoint git, cmd --help, dir /git, ports -, tools busybox",
	} {
		if got := summary(dockerfile.KnownBase(ref, fromLine)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", ref, got, want)
		}
	}
}

// TestKnownAccounts asks for an account by name: "no" is certainly none, "?"
// unknown.
func TestKnownAccounts(t *testing.T) {
	for _, c := range []struct{ ref, name, want string }{
		{"scratch", "root", "no"},
		{"python:3.12-slim", "root", "0:0:/root"},
		{"python:3.12-slim", "www-data", "33:33:/var/www"},
		{"python:3.12-slim", "app", "no"},
		{"python:3.12-slim", "gnats", "?"},
		{"python:3.12-slim-bookworm", "gnats", "no"},
		{"python:3.12-slim-bookworm", "_apt", "42:65534:/nonexistent"},
		{"python:3.9-slim-bullseye", "gnats", "41:41:/var/lib/gnats"},
		{"python:3.12", "app", "no"},
		{"node:20", "node", "1000:1000:/home/node"},
		{"node:12.10.0", "node", "1000:1000:/home/node"},
		{"node:22-alpine", "node", "1000:1000:/home/node"},
		{"node:22-alpine", "app", "no"},
		{"node:22-alpine", "squid", "?"},
		{"alpine:3.20", "nobody", "65534:65534:/"},
		{"alpine:3.20", "sshd", "22:22:/dev/null"},
		{"ubuntu:22.04", "ubuntu", "no"},
		{"ubuntu:24.04", "ubuntu", "1000:1000:/home/ubuntu"},
		{"ubuntu", "ubuntu", "1000:1000:/home/ubuntu"},
		{"ubuntu", "app", "no"},
		{"ubuntu:26.04", "ubuntu", "1000:1000:/home/ubuntu"},
		{"eclipse-temurin:17", "ubuntu", "?"},
		{"eclipse-temurin:17", "app", "no"},
		{"gradle:8-jdk21-noble", "ubuntu", "?"},
		{"gradle:8-jdk21-noble", "gradle", "1000:1000:/home/gradle"},
		{"php:8-fpm-alpine", "www-data", "82:82:/home/www-data"},
		{"nginx:1.27", "nginx", "101:101:/nonexistent"},
		{"nginx:alpine", "nginx", "101:101:/var/cache/nginx"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0", "app", "1654:1654:/home/app"},
		{"mcr.microsoft.com/dotnet/aspnet:6.0", "app", "no"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled", "app", "1654:1654:/home/app"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled", "daemon", "no"},
		{"gcr.io/distroless/static-debian12", "nonroot", "65532:65532:/home/nonroot"},
		{"gcr.io/distroless/static-debian12", "app", "no"},
		{"registry.access.redhat.com/ubi9/python-312", "default", "1001:0:/opt/app-root/src"},
		{"registry.access.redhat.com/ubi9", "app", "?"},
		{"denoland/deno:2.0.0", "deno", "1993:1993:/home/deno"},
		{"oven/bun:1-alpine", "bun", "1000:1000:/home/bun"},
	} {
		a, found, err := dockerfile.KnownBase(c.ref, fromLine).Accounts.UserByName(c.name)
		got := fmt.Sprintf("%d:%d:%s", a.UID, a.GID, a.Home)
		switch {
		case err != nil:
			got = "?"
		case !found:
			got = "no"
		}
		if got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.name, c.ref, got, c.want)
		}
	}
}

func TestKnownGroups(t *testing.T) {
	for _, c := range []struct {
		ref, name string
		want      int64 // -1 for certainly none, -2 for unknown
	}{
		{"scratch", "root", -1},
		{"node:20", "node", 1000},
		{"node:20", "staff", 50},
		{"node:20", "ssh", -2},
		{"node:20-slim", "ssh", -1},
		{"alpine", "wheel", 10},
		{"alpine", "www-data", -2},
		{"php:8-cli-alpine", "www-data", 82},
		{"alpine", "app", -1},
		{"debian:12", "www-data", 33},
		{"debian:12", "gnats", -1},
		{"debian:11", "gnats", 41},
		{"ubuntu:noble", "ubuntu", 1000},
		{"ubuntu:jammy", "ubuntu", -1},
		{"registry.access.redhat.com/ubi9", "wheel", 10},
		{"registry.access.redhat.com/ubi9", "app", -2},
		{"gcr.io/distroless/base", "nonroot", 65532},
	} {
		g, found, err := dockerfile.KnownBase(c.ref, fromLine).Accounts.GroupByName(c.name)
		got := g.GID
		switch {
		case err != nil:
			got = -2
		case !found:
			got = -1
		}
		if got != c.want {
			t.Errorf("group %s of %s: got %d, want %d", c.name, c.ref, got, c.want)
		}
	}
}

func TestKnownVariables(t *testing.T) {
	for _, c := range []struct{ ref, name, want string }{
		{"python:3.12-slim", "GROUP_ID", "-"},
		{"python:3.12-slim", "PYTHON_VERSION", "?"},
		{"python:3.12-slim", "LANG", "?"},
		{"golang:1.22", "GOPATH", "/go"},
		{"rust:1", "CARGO_HOME", "/usr/local/cargo"},
		{"ruby:3.3", "LANG", "C.UTF-8"},
		{"php:8.3-apache", "APACHE_CONFDIR", "/etc/apache2"},
		{"eclipse-temurin:21", "JAVA_HOME", "/opt/java/openjdk"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0", "ASPNETCORE_HTTP_PORTS", "8080"},
		{"mcr.microsoft.com/dotnet/aspnet:8.0", "ASPNETCORE_URLS", "-"},
		{"mcr.microsoft.com/dotnet/aspnet:6.0", "ASPNETCORE_URLS", "http://+:80"},
		{"mcr.microsoft.com/dotnet/sdk:8.0", "ASPNETCORE_HTTP_PORTS", "?"},
		{"mcr.microsoft.com/dotnet/runtime:10.0", "APP_UID", "1654"},
		{"gcr.io/distroless/java21-debian12", "LANG", "C.UTF-8"},
		{"registry.access.redhat.com/ubi9", "container", "oci"},
		{"cgr.dev/chainguard/static", "USER_ID", "?"},
		{"amazoncorretto:21-alpine", "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/jvm/default-jvm/bin"},
	} {
		if got := show(dockerfile.KnownBase(c.ref, fromLine).Config.Env.Lookup(c.name)); got != c.want {
			t.Errorf("%s of %s: got %s, want %s", c.name, c.ref, got, c.want)
		}
	}
}

func TestKnownBaseOtherNames(t *testing.T) {
	want := summary(dockerfile.KnownBase("python:3.12-slim", fromLine))
	for _, ref := range []string{
		"python:3.12-slim@sha256:5f9928ea39771e8ddf4fb9a96ab24f65f087793635614405a1dc9384f040852e",
		"library/python:3.12-slim", "docker.io/python:3.12-slim", "docker.io/library/python:3.12-slim", "index.docker.io/library/python:3.12-slim",
		"public.ecr.aws/docker/library/python:3.12-slim", "mirror.gcr.io/library/python:3.12-slim", "amd64/python:3.12-slim", "docker.io/arm64v8/python:3.12-slim",
	} {
		if got := summary(dockerfile.KnownBase(ref, fromLine)); got != want {
			t.Errorf("%s:\n got %s\nwant %s", ref, got, want)
		}
	}
	if got := summary(dockerfile.KnownBase("docker.io/oven/bun:1", fromLine)); got != summary(dockerfile.KnownBase("oven/bun:1", fromLine)) {
		t.Errorf("docker.io/oven/bun:1: %s", got)
	}
}

// TestUnknownBase shows what is nobody's image, or may be any build of one.
func TestUnknownBase(t *testing.T) {
	for _, ref := range []string{
		"", ":", "@", "acme", "ghcr.io/acme/python:3.12", "myregistry/python", "registry.local:5000/python:3.12", "localhost/library/python", "library/oven/bun:1", "amd64/oven/bun:1", "ghcr.io/amd64/python",
		"public.ecr.aws/docker/python:3.12", "quay.io/library/python:3.12", "docker.io/mcr.microsoft.com/dotnet/aspnet:8.0", "docker.io/gcr.io/distroless/static",
		"python@sha256:5f9928ea39771e8ddf4fb9a96ab24f65f087793635614405a1dc9384f040852e", "python:", "Python:3.12", "python:3.12-windowsservercore", "python:2.7", "python:3.12-onbuild",
		"python:3.12-slim-forky", "node:8", "node:12.1.0", "node:20-onbuild", "golang:1.4", "golang:nanoserver", "debian:jessie", "debian:sid", "ubuntu:11.04", "alpine:2.7",
		"mcr.microsoft.com/dotnet/aspnet:8.0-nanoserver-1809", "mcr.microsoft.com/dotnet/aspnet:8.0-preview", "gcr.io/distroless/static:something",
		"eclipse-temurin:17-jdk-ubi9-minimal", "maven:3.8-openjdk-17", "nvidia/cuda:10.2-base", "scratch:latest", "docker.io/library/scratch",
	} {
		if b := dockerfile.KnownBase(ref, fromLine); b != nil {
			t.Errorf("%q is known: %s", ref, summary(b))
		}
	}
}

// TestKnownBaseLocations shows that every fact is seen in the FROM line, and
// every unknown one says how to learn it.
func TestKnownBaseLocations(t *testing.T) {
	examine := func(ref string) {
		want := fromLine
		want.Base = ref
		for _, at := range locations(dockerfile.KnownBase(ref, fromLine)) {
			if at != want {
				t.Errorf("%s: a fact is at %+v", ref, at)
			}
		}
		for _, err := range reasons(dockerfile.KnownBase(ref, fromLine)) {
			var unavailable *check.UnavailableError
			if !errors.As(err, &unavailable) || unavailable.Fact == "" || !strings.Contains(unavailable.Why, ref) || unavailable.Hint != "pass --resolve-base" {
				t.Errorf("%s: a fact is missing with %#v", ref, err)
			}
		}
	}
	examine("scratch")
	for row := range dockerfile.KnownRows() {
		for _, pattern := range row.Names {
			examine(concrete(pattern) + ":" + row.Example)
		}
	}
}

// locations returns where the known facts of a base are.
func locations(b *dockerfile.Base) []check.Location {
	c := &b.Config
	at := []check.Location{b.Tools.At, c.Ports.At, c.Volumes.At, b.Shell.At(), c.Healthcheck.At()}
	for _, s := range []check.Setting[string]{c.User, c.WorkingDir, c.StopSignal, c.Env.Lookup("NO_SUCH_VARIABLE")} {
		if _, _, err := s.Get(); err == nil {
			at = append(at, s.At())
		}
	}
	for _, s := range []check.Setting[[]string]{c.Entrypoint, c.Cmd} {
		if _, _, err := s.Get(); err == nil {
			at = append(at, s.At())
		}
	}
	for _, v := range c.Env.All() {
		at = append(at, v.At)
	}
	for _, a := range b.Accounts.Users {
		at = append(at, a.At)
	}
	for _, g := range b.Accounts.Groups {
		at = append(at, g.At)
	}
	return at
}

// reasons returns why facts of a base are unknown.
func reasons(b *dockerfile.Base) []error {
	c := &b.Config
	all := []error{b.Tools.Rest, c.Ports.Rest, c.Volumes.Rest, c.Env.Rest(), b.Accounts.Rest, b.OnBuildErr}
	for _, s := range []check.Setting[string]{c.User, c.WorkingDir, c.StopSignal} {
		_, _, err := s.Get()
		all = append(all, err)
	}
	for _, s := range []check.Setting[[]string]{c.Entrypoint, c.Cmd, c.Healthcheck, b.Shell} {
		_, _, err := s.Get()
		all = append(all, err)
	}
	for _, v := range c.Env.All() {
		all = append(all, v.Err)
	}
	for _, a := range b.Accounts.Users {
		all = append(all, a.Err)
	}
	for _, g := range b.Accounts.Groups {
		all = append(all, g.Err)
	}
	return slices.DeleteFunc(all, func(err error) bool { return err == nil })
}

// FuzzKnownBase shows that no reference makes the table panic, and that what it
// knows is complete.
func FuzzKnownBase(f *testing.F) {
	for _, ref := range []string{"python:3.12-slim", "scratch", "docker.io/library/node@sha256:0", "a/b:c-d@", ":-", "mcr.microsoft.com/dotnet/aspnet:8.0-alpine"} {
		f.Add(ref)
	}
	f.Fuzz(func(t *testing.T, ref string) {
		b := dockerfile.KnownBase(ref, fromLine)
		if b == nil {
			return
		}
		for _, at := range locations(b) {
			if at.Base != ref || at.Line != fromLine.Line {
				t.Fatalf("%q: a fact is at %+v", ref, at)
			}
		}
		if shell, set, err := b.Shell.Get(); err != nil || !set || len(shell) == 0 {
			t.Errorf("%q: shell %v, %v, %v", ref, shell, set, err)
		}
		if cmd, set, _ := b.Config.Cmd.Get(); set && len(cmd) == 0 {
			t.Errorf("%q: an empty command", ref)
		}
	})
}

func BenchmarkKnownBase(b *testing.B) {
	for b.Loop() {
		dockerfile.KnownBase("ruby:3.3-alpine", fromLine)
	}
}
