// SPDX-License-Identifier: Apache-2.0

package rules_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
)

// stockPackages are Debian's packages of servers that nobody made for these
// tests, with what they need to run.
var stockPackages = map[string][]string{
	"nginx": {
		"usrmerge", "libc6", "libcrypt1", "libpcre2-8-0", "libssl3", "zlib1g", "nginx", "nginx-common",
	},
	"python3": {
		"usrmerge", "libc6", "libexpat1", "zlib1g", "python3-minimal", "python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib",
	},
	"node": {
		"usrmerge", "libc6", "libstdc++6", "libgcc-s1", "libbrotli1", "libc-ares2", "libicu72", "libnghttp2-14", "libssl3", "libuv1", "zlib1g",
		"nodejs=18*", "libnode108=18*", "node-acorn", "node-cjs-module-lexer", "node-undici", "node-busboy", "node-xtend",
	},
}

// nginxConfig returns a configuration of nginx that keeps to what is open to
// everybody.
func nginxConfig(listen string) []byte {
	return []byte("pid /tmp/nginx.pid; events {} http { access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; " +
		"fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e; server { listen " + listen + "; } }")
}

// stockCases are starts of stock servers; the name of the server is the first
// word of the command.
var stockCases = []engineCase{
	{"as packaged", []string{"nginx", "-g", "daemon off;"}, 0, "", notRunning("with exit code 1, before port 8000 was seen open")},
	{"told", []string{"nginx", "-e", "stderr", "-c", "/etc/nginx/http.conf", "-g", "daemon off;"}, 256, "", rows(opensLater, anyAddress, "pass: GET / was answered with", runsOn, "pass: the container took")},
	// It opens the port, may even answer, and ends within some milliseconds: what
	// is seen first differs.
	{"a daemon", []string{"nginx", "-e", "stderr", "-c", "/etc/nginx/http.conf"}, 0, "", rows(eitherWay, eitherWay, eitherWay, "fail: with exit code 0", eitherWay)},
	{"HTTP/2", []string{"nginx", "-e", "stderr", "-c", "/etc/nginx/http2.conf", "-g", "daemon off;"}, 0, "", notHTTP("port 8000 speaks HTTP/2 without upgrade (h2c)")},
	{"told", []string{"python3", "-m", "http.server", "8000"}, 0, "", rows(opensLater, anyAddress, "pass: GET / was answered with 200 by HTTP/1.0", runsOn, noMemory)},
	{"loopback", []string{"python3", "-m", "http.server", "--bind", "127.0.0.1", "8000"}, 0, "", rows(opensLater, "fail: the server listens on loopback alone (127.0.0.1:8000)", "pass: GET / was answered with 200", runsOn, noMemory)},
	{"another port", []string{"python3", "-m", "http.server", "8080"}, 0, "", notOpen("the server listens on 0.0.0.0:8080 and not on port 8000, by 8080")},
	{"dual stack", []string{"node", "-e", `require("http").createServer((q, a) => a.end("hello")).listen(8000)`}, 0, "", rows(opensLater, "pass: the server listens on [::]:8000", "pass: GET / was answered with 200", runsOn, noMemory)},
	{"hangs", []string{"node", "-e", `require("http").createServer(() => {}).listen(8000, "0.0.0.0")`}, 0, "", notHTTP("port 8000 took the connection for GET / and did not answer within 1.0 s")},
}

// TestStockServers shows what the rules say of servers in a real distribution's
// trees.
func TestStockServers(t *testing.T) {
	needDebian(t)
	prober := buildPrograms(t, "../cmd/fgpreflight")[0]
	var names []string
	for _, list := range stockPackages {
		names = append(names, list...)
	}
	slices.Sort(names)
	from := downloadPackages(t, slices.Compact(names))
	for _, kind := range checktest.Engines {
		t.Run(string(kind), func(t *testing.T) {
			at := checktest.NeedEngine(t, kind)
			for _, c := range stockCases {
				t.Run(c.command[0]+" "+c.name, func(t *testing.T) {
					t.Parallel()
					c.compare(t, c.start(t, at, c.stockArchive(t, from), prober))
				})
			}
		})
	}
}

// stockArchive writes an image with the packages of the case's server and
// returns the file's path.
func (c *engineCase) stockArchive(t *testing.T, from map[string][]checktest.Entry) string {
	t.Helper()
	var layer []checktest.Entry
	for _, name := range stockPackages[c.command[0]] {
		layer = append(layer, from[name]...)
	}
	config, err := json.Marshal(map[string]any{"Cmd": c.command, "Env": []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}})
	if err != nil {
		t.Fatal(err)
	}
	image, err := (&checktest.Case{
		Name: c.name, Config: config, Base: [][]checktest.Entry{withoutRepeats(layer)},
		Layers: []checktest.Files{{
			Entries:  "/tmp dir mode=1777",
			Contents: map[string][]byte{"/etc/nginx/http.conf": nginxConfig("8000"), "/etc/nginx/http2.conf": nginxConfig("8000 http2")},
		}},
	}).Build()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "image.tar")
	checktest.WriteFile(t, file, image.DockerArchive(""))
	return file
}
