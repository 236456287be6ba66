// SPDX-License-Identifier: Apache-2.0

package dockerfile

import (
	"path"
	"strings"
)

// imagePrograms are the programs that an image is made for, by patterns of its
// name: everybody may execute them. One without a folder lies somewhere in the
// image's PATH. Where they lie can be read in the sources of the rows.
var imagePrograms = []struct{ names, programs string }{
	{"python ghcr.io/astral-sh/uv", "/usr/local/bin/python /usr/local/bin/python3 /usr/local/bin/pip /usr/local/bin/pip3"},
	{"node", "/usr/local/bin/node /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/docker-entrypoint.sh"},
	{"golang", "/usr/local/go/bin/go"},
	{"rust", "/usr/local/cargo/bin/cargo"},
	{"ruby", "/usr/local/bin/ruby /usr/local/bin/gem /usr/local/bin/bundle /usr/local/bin/irb"},
	{"php composer", "/usr/local/bin/php /usr/local/bin/docker-php-entrypoint"},
	{"eclipse-temurin gradle maven", "/opt/java/openjdk/bin/java"},
	{"openjdk amazoncorretto", "java"},
	{"tomcat", "/usr/local/tomcat/bin/catalina.sh /opt/java/openjdk/bin/java"},
	{"nginx nginxinc/nginx-unprivileged", "/usr/sbin/nginx /docker-entrypoint.sh"},
	{"httpd", "/usr/local/apache2/bin/httpd /usr/local/bin/httpd-foreground"},
	{"caddy", "/usr/bin/caddy"},
	{"denoland/deno", "deno"},
	{"oven/bun", "/usr/local/bin/bun"},
	{"mcr.microsoft.com/dotnet/aspnet mcr.microsoft.com/dotnet/runtime mcr.microsoft.com/dotnet/sdk", "/usr/bin/dotnet"},
	{"gcr.io/distroless/java* gcr.io/distroless/java[0-9]*", "/usr/bin/java"},
	{"gcr.io/distroless/nodejs* gcr.io/distroless/nodejs[0-9]*", "/nodejs/bin/node"},
	{"gcr.io/distroless/python3*", "/usr/bin/python3"},
}

// systemPrograms are the programs that everybody may execute on every system of
// a family.
var systemPrograms = map[string]string{
	"alpine":  "/bin/sh /bin/busybox /usr/bin/env",
	"busybox": "/bin/sh /bin/busybox",
	"debian":  "/bin/sh /bin/bash /usr/bin/env",
	"redhat":  "/bin/sh /bin/bash /usr/bin/env",
}

// programs returns the programs that certainly are in the image.
func (b baseFacts) programs() []string {
	out := strings.Fields(systemPrograms[b.system.family])
	name, _ := familiarName(b.ref)
	for _, row := range imagePrograms {
		for pattern := range strings.FieldsSeq(row.names) {
			if ok, _ := path.Match(pattern, name); ok {
				out = append(out, strings.Fields(row.programs)...)
				break
			}
		}
	}
	return out
}
