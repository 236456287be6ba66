// SPDX-License-Identifier: Apache-2.0

package engine_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

func TestConnect(t *testing.T) {
	docker := (&fake{version: "20.10.24"}).start(t)
	podman := (&fake{version: "4.3.1", component: "Podman Engine"}).start(t)
	none := "unix://" + filepath.Join(checktest.ShortDir(t), "none.sock")
	home := dockerHome(t, "", nil)
	work := dockerHome(t, "work", map[string]string{"work": docker})
	runtimeDir := checktest.ShortDir(t)
	link(t, podman, filepath.Join(runtimeDir, "podman", "podman.sock"))

	tests := map[string]struct {
		options engine.Options
		env     map[string]string
		want    string // part of the client's name
	}{
		"explicit host wins":            {engine.Options{Host: docker, Home: home}, map[string]string{"DOCKER_HOST": none}, "docker at " + docker + " (20.10.24)"},
		"kind from the engine":          {engine.Options{Host: podman, Kind: engine.Docker}, nil, "podman at " + podman + " (4.3.1)"},
		"DOCKER_HOST":                   {engine.Options{Home: work}, map[string]string{"DOCKER_HOST": podman}, "podman at " + podman},
		"DOCKER_CONTEXT":                {engine.Options{Home: work}, map[string]string{"DOCKER_CONTEXT": "work"}, "docker at " + docker},
		"current context":               {engine.Options{Home: work}, nil, "docker at " + docker},
		"current context, own folder":   {engine.Options{Home: home}, map[string]string{"DOCKER_CONFIG": filepath.Join(work, ".docker")}, "docker at " + docker},
		"DOCKER_HOST beats a context":   {engine.Options{Home: work}, map[string]string{"DOCKER_HOST": podman, "DOCKER_CONTEXT": "work"}, "podman at"},
		"CONTAINER_HOST":                {engine.Options{Kind: engine.Podman, Home: work}, map[string]string{"CONTAINER_HOST": podman}, "podman at " + podman},
		"podman's socket of the user":   {engine.Options{Kind: engine.Podman}, map[string]string{"XDG_RUNTIME_DIR": runtimeDir}, "podman at unix://" + runtimeDir},
		"any: podman after docker":      {engine.Options{}, map[string]string{"DOCKER_HOST": none, "CONTAINER_HOST": podman}, "podman at " + podman},
		"any: docker before podman":     {engine.Options{}, map[string]string{"DOCKER_HOST": docker, "CONTAINER_HOST": podman}, "docker at " + docker},
		"docker ignores CONTAINER_HOST": {engine.Options{Kind: engine.Docker}, map[string]string{"DOCKER_HOST": docker, "CONTAINER_HOST": none}, "docker at " + docker},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.options.Env = func(key string) string { return tt.env[key] }
			c, err := engine.Connect(t.Context(), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if !strings.HasPrefix(c.Name(), tt.want) {
				t.Errorf("Name() = %q, want it to begin with %q", c.Name(), tt.want)
			}
		})
	}

	t.Run("usual places", func(t *testing.T) {
		env := map[string]string{"XDG_RUNTIME_DIR": "/run/user/7"}
		places := engine.Addresses(engine.Options{Home: "/home/me", Env: func(key string) string { return env[key] }})
		want := []string{
			"unix:///var/run/docker.sock", "unix:///run/user/7/docker.sock", "unix:///home/me/.docker/run/docker.sock",
			"unix:///run/user/7/podman/podman.sock", "unix:///run/podman/podman.sock",
		}
		if diff := cmp.Diff(want, places); diff != "" {
			t.Error(diff)
		}
	})
}

func TestConnectFails(t *testing.T) {
	dir := checktest.ShortDir(t)
	stale := filepath.Join(dir, "stale.sock")
	listener, err := net.Listen("unix", stale)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	listener.Close()
	garbage := checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>hello") }))
	broken := checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusInternalServerError, strings.Repeat("no ", 5000))
	}))
	endless := checktest.ServeSocket(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for !strings.HasSuffix(r.URL.Path, "_ping") {
			if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
				return
			}
		}
	}))
	odd := dockerHome(t, "odd", map[string]string{"odd": "ssh://me@there"})
	lost := dockerHome(t, "lost", nil)
	badConfig := dockerHome(t, "", nil)
	write(t, filepath.Join(badConfig, ".docker", "config.json"), "{")

	tests := map[string]struct {
		options engine.Options
		is      error  // cause by errors.Is
		want    string // in the text
		hint    string // in the hint
	}{
		"no socket":       {engine.Options{Host: "unix://" + dir + "/none.sock"}, fs.ErrNotExist, "none.sock (--engine): ", "start the engine"},
		"nobody listens":  {engine.Options{Host: "unix://" + stale}, syscall.ECONNREFUSED, "refused", "start the engine"},
		"no podman":       {engine.Options{Host: "unix://" + stale, Kind: engine.Podman}, syscall.ECONNREFUSED, "no podman engine answers", "podman.socket"},
		"not an engine":   {engine.Options{Host: garbage}, nil, "asking for the version", "start the engine"},
		"engine is ill":   {engine.Options{Host: broken}, nil, "no no", "start the engine"},
		"endless answer":  {engine.Options{Host: endless}, engine.ErrLimit, "too large", "start the engine"},
		"ssh":             {engine.Options{Host: "ssh://me@there"}, nil, "ssh://me@there (--engine): ssh:// addresses are not supported", "forward the engine's socket"},
		"other scheme":    {engine.Options{Host: "fd://3"}, nil, `"fd://3" is not an address`, "--engine"},
		"no scheme":       {engine.Options{Host: "localhost:2375"}, nil, `"localhost:2375" is not an address`, "--engine"},
		"nothing after":   {engine.Options{Host: "unix://"}, nil, "unable to parse", "--engine"},
		"ssh in context":  {engine.Options{Home: odd, Kind: engine.Docker}, nil, `ssh://me@there (docker context "odd")`, "forward the engine's socket"},
		"context is gone": {engine.Options{Home: lost, Kind: engine.Docker}, nil, `docker context "lost": there is no such context`, "DOCKER_HOST"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := engine.Connect(t.Context(), tt.options)
			failed, ok := errors.AsType[*engine.ConnectError](err)
			if !ok {
				t.Fatalf("error %v, want a ConnectError", err)
			}
			if tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error %v, want one that is %v", err, tt.is)
			}
			if text := err.Error(); !strings.Contains(text, tt.want) || strings.Contains(text, "\n") || len(text) > 2000 {
				t.Errorf("error %q, want one short line with %q", text, tt.want)
			}
			if !strings.Contains(failed.Hint(), tt.hint) {
				t.Errorf("hint %q, want %q in it", failed.Hint(), tt.hint)
			}
		})
	}

	t.Run("broken configuration comes with the rest", func(t *testing.T) {
		places := engine.Addresses(engine.Options{Home: badConfig, Kind: engine.Docker, Env: func(string) string { return "" }})
		if len(places) != 3 || places[0] != "" {
			t.Errorf("places %q, want one without an address before the usual two", places)
		}
	})
}

func TestConnectHangs(t *testing.T) {
	release := make(chan struct{})
	host := checktest.ServeSocket(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer close(release)

	t.Run("own limit", func(t *testing.T) {
		_, err := engine.Connect(t.Context(), engine.Options{Host: host, Timeout: 20 * time.Millisecond})
		if err == nil || !strings.Contains(err.Error(), "no answer within 20ms") {
			t.Errorf("error %v, want the limit in it", err)
		}
	})
	t.Run("context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		interrupted := errors.New("interrupted")
		time.AfterFunc(20*time.Millisecond, func() { cancel(interrupted) })
		env := map[string]string{"DOCKER_HOST": host, "CONTAINER_HOST": host}
		_, err := engine.Connect(ctx, engine.Options{Env: func(key string) string { return env[key] }})
		failed, ok := errors.AsType[*engine.ConnectError](err)
		if !ok || !errors.Is(err, interrupted) {
			t.Fatalf("error %v, want the context's cause", err)
		}
		if len(failed.Attempts) != 1 {
			t.Errorf("%d attempts after the context ended, want 1", len(failed.Attempts))
		}
	})
}

// TestConnectSlowly shows that an engine which has answered may take its time for
// the version.
func TestConnectSlowly(t *testing.T) {
	const timeout = time.Second
	f := &fake{version: "4.3.1", component: "Podman Engine", slow: timeout + timeout/4}
	c, err := engine.Connect(t.Context(), engine.Options{Host: f.start(t), Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Kind() != engine.Podman {
		t.Errorf("connected to %s", c.Name())
	}
}

func TestConnectTLS(t *testing.T) {
	f := &fake{version: "20.10.24"}
	plain := f.start(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxy(w, r, plain) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are meant
	server.StartTLS()
	defer server.Close()
	host := "tcp://" + server.Listener.Addr().String()
	certs := t.TempDir()
	write(t, filepath.Join(certs, "ca.pem"), toPEM("CERTIFICATE", server.Certificate().Raw))
	home := dockerHome(t, "tls", map[string]string{"tls": host})
	write(t, filepath.Join(home, ".docker", "contexts", "tls", contextID("tls"), "docker", "ca.pem"), read(t, filepath.Join(certs, "ca.pem")))
	junk := t.TempDir()
	write(t, filepath.Join(junk, "ca.pem"), "junk")
	half := t.TempDir()
	write(t, filepath.Join(half, "cert.pem"), "junk")

	tests := map[string]struct {
		env  map[string]string
		home string
		want string // in the error; "" for success
	}{
		"certificate path":    {map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs}, "", ""},
		"context":             {nil, home, ""},
		"plain to TLS":        {map[string]string{"DOCKER_HOST": host}, "", "asking for the version"},
		"unknown authority":   {map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": t.TempDir()}, "", "certificate"},
		"no certificate":      {map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": junk}, "", "no certificate in it"},
		"certificate, no key": {map[string]string{"DOCKER_HOST": host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": half}, "", "key.pem"},
		"not for a socket":    {map[string]string{"DOCKER_HOST": plain, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": junk}, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := engine.Connect(t.Context(), engine.Options{
				Kind: engine.Docker, Home: tt.home, Env: func(key string) string { return tt.env[key] },
			})
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q in it", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
		})
	}
}

// TestConnectClientCertificate has an engine that wants to know who calls.
func TestConnectClientCertificate(t *testing.T) {
	plain := (&fake{version: "20.10.24"}).start(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { proxy(w, r, plain) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are meant
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	certs := t.TempDir()
	write(t, filepath.Join(certs, "ca.pem"), toPEM("CERTIFICATE", server.Certificate().Raw))
	env := map[string]string{
		"DOCKER_HOST": "tcp://" + server.Listener.Addr().String(), "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs,
	}
	o := engine.Options{Kind: engine.Docker, Env: func(key string) string { return env[key] }}
	if _, err := engine.Connect(t.Context(), o); err == nil {
		t.Error("connected without a certificate")
	}
	pair := server.TLS.Certificates[0] // any will do
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(certs, "cert.pem"), toPEM("CERTIFICATE", pair.Certificate[0]))
	write(t, filepath.Join(certs, "key.pem"), toPEM("PRIVATE KEY", key))
	c, err := engine.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Kind() != engine.Docker {
		t.Errorf("kind %q, want docker", c.Kind())
	}
}

func toPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestParseContext(t *testing.T) {
	tests := map[string]struct{ meta, host, err string }{
		"host":          {`{"Name":"x","Endpoints":{"docker":{"Host":"tcp://h:1","SkipTLSVerify":false}}}`, "tcp://h:1", ""},
		"no host":       {`{"Endpoints":{"docker":{}}}`, "unix:///var/run/docker.sock", ""},
		"no endpoint":   {`{"Endpoints":{"kubernetes":{"Host":"x"}}}`, "", "no docker endpoint"},
		"null":          {`null`, "", "no docker endpoint"},
		"not verified":  {`{"Endpoints":{"docker":{"Host":"tcp://h:1","SkipTLSVerify":true}}}`, "", "skips the verification"},
		"not an object": {`[]`, "", "reading meta.json"},
		"cut off":       {`{"Endpoints":`, "", "reading meta.json"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			host, err := engine.ParseContext([]byte(tt.meta))
			if host != tt.host || (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("ParseContext = %q, %v, want %q, %q", host, err, tt.host, tt.err)
			}
		})
	}
}

// FuzzParseContext holds that a host comes only from a document that is valid
// and names it.
func FuzzParseContext(f *testing.F) {
	f.Add([]byte(`{"Endpoints":{"docker":{"Host":"unix:///x"}}}`))
	f.Add([]byte(`{"currentContext":"work"}`))
	f.Add([]byte(`{"Endpoints":null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		host, err := engine.ParseContext(data)
		if (host == "") != (err != nil) {
			t.Errorf("ParseContext = %q, %v, want either", host, err)
		}
		if name, err := engine.ParseCurrentContext(data); name != "" && err != nil {
			t.Errorf("ParseCurrentContext = %q, %v, want one of them", name, err)
		}
	})
}

// dockerHome makes a home directory whose docker command uses the context
// current, with contexts by name.
func dockerHome(t *testing.T, current string, contexts map[string]string) string {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, ".docker")
	write(t, filepath.Join(config, "config.json"), fmt.Sprintf(`{"currentContext": %q}`, current))
	for name, host := range contexts {
		write(t, filepath.Join(config, "contexts", "meta", contextID(name), "meta.json"),
			fmt.Sprintf(`{"Name": %q, "Endpoints": {"docker": {"Host": %q}}}`, name, host))
	}
	return home
}

func contextID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:])
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// link makes a socket's address reachable under another name.
func link(t *testing.T, host, name string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(strings.TrimPrefix(host, "unix://"), name); err != nil {
		t.Fatal(err)
	}
}

// proxy passes a request on to a socket.
func proxy(w http.ResponseWriter, r *http.Request, host string) {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", strings.TrimPrefix(host, "unix://"))
	}}
	defer transport.CloseIdleConnections()
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", "engine", ""
	resp, err := transport.RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	w.Header().Set("Api-Version", resp.Header.Get("Api-Version"))
	w.WriteHeader(resp.StatusCode)
	io.Copy(w, resp.Body)
}
