// SPDX-License-Identifier: Apache-2.0

package dockerfile_test

import (
	"io/fs"
	"strings"
	"testing"
)

// TestTools runs one command on a folder /a that holds a folder b and a file f,
// and asks for one path.
func TestTools(t *testing.T) {
	tests := []struct{ command, path, want string }{
		{"chmod --recursive 700 /a", "a/b", "dir 0700 0:0"},
		{"chmod -Rv 700 /a", "a/f", "file 0700 0:0"},
		{"chmod --odd 700 /a", "a", "? exists"},
		{"chmod -z 700 /a", "a", "? exists"},
		{"chmod 700", "a", "dir 0755 0:0"},
		{"chmod 99 /a", "a", "? exists"},
		{"chmod -- 700 /a", "a", "dir 0700 0:0"},
		{"chmod --reference=/x /a", "a", "? exists"},
		{"chmod u=g /a/f", "a/f", "file 0444 0:0"},
		{"chmod +w,a+w /a/f", "a/f", "file 0666 0:0"},
		{"chmod =r /a/f", "a/f", "? mode"},
		{"chmod q+r /a/f", "a/f", "? exists"},
		{"chmod u /a/f", "a/f", "? exists"},
		{"chmod a+rX /a/f", "a/f", "file 0644 0:0"},
		{"umask 077 && chmod +x /a/f", "a/f", "? mode"},
		{"umask 077 && touch /x", "x", "? mode"},
		{"chown 5 /a", "a", "dir 0755 5:0"},
		{"chown :5 /a", "a", "dir 0755 0:5"},
		{"chown : /a", "a", "? exists"},
		{"chown a.b /a", "a", "? exists"},
		{"chown -h 5 /a/l", "a/f", "file 0644 0:0"},
		{"chown 5 /a/l", "a/f", "file 0644 5:0"},
		{"chown nobody /a", "a", "? owner"},
		{"chown app /a", "a", "dir 0755 1003:0"},
		{"mkdir --mode=711 /x", "x", "dir 0711 0:0"},
		{"mkdir -pm711 /x/y", "x/y", "dir 0711 0:0"},
		{"mkdir -p -m 711 /x/y", "x", "dir 0755 0:0"},
		{"mkdir -m u=rwx,go= /x", "x", "dir 0700 0:0"},
		{"mkdir -m ? /x", "x", "? exists"},
		{"mkdir -m", "a", "dir 0755 0:0"},
		{"mkdir --odd /x", "x", "? exists"},
		{"mkdir /a || true", "a/f", "file 0644 0:0"},
		{"touch -c /x", "x", "absent"},
		{"touch -d now /a/f", "a/f", "file 0644 0:0"},
		{"touch --odd /x", "x", "? exists"},
		{"touch $(x)", "x", "? exists"},
		{"rmdir /a/b", "a/b", "absent"},
		{"rm -z /a", "a", "? exists"},
		{"rm -rf /a/.", "a", "? exists"},
		{"rm -f /a/f*", "a/f", "? exists"},
		{"rm -f /a/f*", "a/b", "dir 0755 0:0"},
		{"rm -rf /a || true", "a/b", "? exists"},
		{"cp /a/f /x", "x", "file 0644 0:0"},
		{"cp -a /a /x", "x", "? exists"},
		{"cp -a /a/. /a/b", "a/b", "? exists"},
		{"cp -r /y /a", "a", "dir 0755 0:0"},
		{"cp", "a", "dir 0755 0:0"},
		{"mv /a/f /a/b", "a/b/f", "file 0644 0:0"},
		{"mv /a /x", "a", "? exists"},
		{"mv $(x) /x", "a", "? exists"},
		{"install /a/f /a/b/", "a/b/f", "file 0755 0:0"},
		{"install -g 7 /a/f /x", "x", "file 0755 0:7"},
		{"install -D /a/f /x/y", "x", "? exists"},
		{"install --odd /a", "a", "? exists"},
		{"install -d $(x)", "a", "? exists"},
		{"ln /a/f /x", "x", "? exists"},
		{"ln -s /a/f $(x)", "a", "? exists"},
		{"ln -sf /a/b /a/f", "a/f", "link /a/b"},
		{"ln -s /y /x || true", "x", "? exists"},
		{"find /a -type d -exec chmod 700 {} +", "a/b", "dir 0700 0:0"},
		{"find /a -type d -exec chmod 700 {} +", "a/f", "file 0644 0:0"},
		{"find /a -exec chown 5:5 {} \\;", "a/f", "file 0644 5:5"},
		{"find /a -type f -exec chgrp 5 {} +", "a/f", "file 0644 0:5"},
		{"find /a -exec shred {} +", "a", "? exists"},
		{"find /a -exec {} +", "a/f", "? exists"},
		{"find /a -delete", "a", "? exists"},
		{"find -type d -exec chmod 700 {} +", "a/b", "dir 0700 0:0"},
		{"find /a | xargs -n 1 chmod 700", "a/f", "file 0700 0:0"},
		{"find /a | xargs -I % chmod 700 %", "a/f", "? mode"},
		{"find /a | xargs -I % pip install %", "a/f", "file 0644 0:0"},
		{"find /a | xargs", "a/f", "file 0644 0:0"},
		{"busybox", "a", "dir 0755 0:0"},
		{"echo /a", "a", "dir 0755 0:0"},
	}
	for _, tt := range tests {
		t.Run(tt.command, func(t *testing.T) {
			got := describe(build(t, "scratch", "RUN mkdir -p /a/b && touch /a/f && ln -s f /a/l\nRUN "+tt.command), tt.path)
			switch {
			case strings.HasPrefix(got, "? whether"):
				got = "? exists"
			case strings.HasPrefix(got, "? the mode"):
				got = "? mode"
			case strings.HasPrefix(got, "? the owner"):
				got = "? owner"
			}
			if got != tt.want {
				t.Errorf("/%s is %q, not %q", tt.path, got, tt.want)
			}
		})
	}
}

// TestEntries asks the entries of a folder for what they are.
func TestEntries(t *testing.T) {
	entries, err := fs.ReadDir(build(t, "scratch", "RUN mkdir /b && touch /f && chmod 600 /f\nCOPY x /x"), ".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			got = append(got, e.Name()+" unknown "+e.Type().String())
			continue
		}
		got = append(got, info.Name()+" "+info.Mode().String())
	}
	if text, want := strings.Join(got, ", "), "b drwxr-xr-x, f -rw-------, x unknown ----------"; text != want {
		t.Errorf("it holds %s, not %s", text, want)
	}
}
