// SPDX-License-Identifier: Apache-2.0

package main_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fgpreflight/fgpreflight/check/checktest"
	"github.com/fgpreflight/fgpreflight/check/engine"
)

// TestImage builds the program's own image as the README says, and starts it
// with as little as a container can have, and as the job for Kubernetes does.
func TestImage(t *testing.T) {
	checktest.NeedEngine(t, engine.Docker)
	registry := startLockedRegistry(t)
	image := buildImage(t, registry.Certificate().Raw)
	checkImageConfig(t, image)

	bare := []string{"run", "--rm", "--interactive", "--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"}
	hello := "--volume=" + filepath.Join(repository(t), "testdata/hello") + ":/src:ro"
	for name, c := range map[string]struct {
		options, args []string
		code          int
		says          string
	}{
		"version":        {nil, []string{"version"}, 0, "fgpreflight "},
		"a pass":         {[]string{hello}, []string{"/src/Dockerfile"}, 0, "nothing failed"},
		"a failure":      {[]string{hello}, []string{"/src/first.Dockerfile"}, 1, "FG202"},
		"any other user": {[]string{hello, "--user", "12345:54321"}, []string{"/src/Dockerfile"}, 0, "nothing failed"},
		"an archive":     {[]string{"--tmpfs", "/tmp"}, []string{"-"}, 0, "nothing failed"},
	} {
		t.Run(name, func(t *testing.T) {
			checkContainer(t, slices.Concat(bare, c.options, []string{image}, c.args), c.code, c.says)
		})
	}
	t.Run("Kubernetes", func(t *testing.T) { runJob(t, image, strings.TrimPrefix(registry.URL, "https://")) })
}

// checkContainer runs the docker command with the good image on standard input.
func checkContainer(t *testing.T, args []string, code int, says string) {
	t.Helper()
	archive, err := os.Open(goodArchive(t))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	cmd := exec.CommandContext(t.Context(), "docker", args...)
	cmd.Stdin = archive
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != code || !strings.Contains(string(out), says) {
		t.Errorf("docker %q: exit code %d, want %d and %q:\n%s", args, got, code, says, out)
	}
}

// buildImage runs the README's commands, with a name of the test's own and with
// a certificate authority that it has. It returns the name.
func buildImage(t *testing.T, authority []byte) (image string) {
	t.Helper()
	certificates := filepath.Join(t.TempDir(), "ca-certificates.crt")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority})
	if err := os.WriteFile(certificates, data, 0o644); err != nil {
		t.Fatal(err)
	}
	image = "fgpreflight-test:" + strings.ToLower(rand.Text())
	script := pipelineBlock(t, "sh", "image=$(mktemp -d)\n")
	for old, mine := range map[string]string{
		"fgpreflight:1.0":                    image,
		"/etc/ssl/certs/ca-certificates.crt": certificates,
	} {
		if !strings.Contains(script, old) {
			t.Fatalf("the README's commands have no %s:\n%s", old, script)
		}
		script = strings.ReplaceAll(script, old, mine)
	}
	t.Cleanup(func() {
		// The test's own context has ended.
		if out, err := exec.Command("docker", "rmi", image).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
	code, out := runIn(t, "../..", map[string]string{"TMPDIR": t.TempDir()}, "bash", "-euo", "pipefail", "-c", script)
	if code != 0 || !strings.Contains(out, "nothing failed") {
		t.Fatalf("exit code %d:\n%s%s", code, script, out)
	}
	return image
}

// userNumbers are what Kubernetes demands of a user to know it is not root.
var userNumbers = regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`)

func checkImageConfig(t *testing.T, image string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "inspect", "--format", "{{json .Config}}", image).Output()
	if err != nil {
		t.Fatal(err)
	}
	var config struct {
		User       string
		Entrypoint []string
		Labels     map[string]string
	}
	if err := json.Unmarshal(out, &config); err != nil {
		t.Fatal(err)
	}
	if !userNumbers.MatchString(config.User) || fmt.Sprint(config.Entrypoint) != "[/fgpreflight]" {
		t.Errorf("user %q, entrypoint %q", config.User, config.Entrypoint)
	}
	for name, want := range map[string]string{
		"title": "fgpreflight", "description": "", "licenses": "Apache-2.0", "version": "1.0",
		"source": "https://github.com/fgpreflight/fgpreflight",
	} {
		got := config.Labels["org.opencontainers.image."+name]
		if got == "" || want != "" && got != want {
			t.Errorf("label %s is %q, want %q", name, got, want)
		}
	}
}

// startLockedRegistry starts a registry with a certificate of its own that wants
// a password. It holds shop/good:1.0 and shop/root:1.0.
func startLockedRegistry(t *testing.T) *httptest.Server {
	t.Helper()
	open := checktest.StartRegistry(nil)
	t.Cleanup(open.Close)
	for _, name := range []string{"good", "root"} {
		c, err := checktest.Parse(name, []byte(readText(t, "../../testdata/script/images/"+name+".txtar")))
		if err != nil {
			t.Fatal(err)
		}
		made, err := c.Build()
		if err != nil {
			t.Fatal(err)
		}
		open.Push(t, made, "shop/"+name, "1.0")
	}
	locked := httptest.NewTLSServer((&tools{}).lock(open.Config.Handler))
	t.Cleanup(locked.Close)
	return locked
}

// kubernetesJob is what is used of
// https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/
type kubernetesJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	Spec       struct {
		BackoffLimit          int `yaml:"backoffLimit"`
		ActiveDeadlineSeconds int `yaml:"activeDeadlineSeconds"`
		Template              struct {
			Spec podSpec
		}
	}
}

type podSpec struct {
	RestartPolicy   string `yaml:"restartPolicy"`
	Automount       *bool  `yaml:"automountServiceAccountToken"`
	SecurityContext struct {
		RunAsNonRoot bool              `yaml:"runAsNonRoot"`
		Seccomp      map[string]string `yaml:"seccompProfile"`
	} `yaml:"securityContext"`
	Containers []podContainer
	Volumes    []struct {
		Name   string
		Secret struct {
			SecretName string `yaml:"secretName"`
			Items      []struct{ Key, Path string }
		}
	}
}

type podContainer struct {
	Name, Image     string
	Args            []string
	Env             []struct{ Name, Value string }
	SecurityContext struct {
		Escalation   *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnly     bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities struct{ Drop []string }
	} `yaml:"securityContext"`
	Resources    struct{ Requests, Limits map[string]string }
	VolumeMounts []struct {
		Name      string
		MountPath string `yaml:"mountPath"`
		ReadOnly  bool   `yaml:"readOnly"`
	} `yaml:"volumeMounts"`
}

// runJob runs the container of the job for Kubernetes on images of a registry.
func runJob(t *testing.T, image, registry string) {
	t.Helper()
	var job kubernetesJob
	readYAML(t, readText(t, "../../.ci/templates/kubernetes-job.yaml"), &job)
	pod := job.Spec.Template.Spec
	if pod.Automount == nil || *pod.Automount || !pod.SecurityContext.RunAsNonRoot || pod.RestartPolicy != "Never" || job.Spec.BackoffLimit != 0 {
		t.Errorf("the job gives more than it has to, or tries again: %+v", job.Spec)
	}
	if len(pod.Containers) != 1 || len(pod.Volumes) != 1 || len(pod.Volumes[0].Secret.Items) != 1 {
		t.Fatalf("containers %+v, volumes %+v; want one of each, with a file", pod.Containers, pod.Volumes)
	}
	container := pod.Containers[0]
	login := writeLogin(t, pod.Volumes[0].Secret.Items[0].Path, registry)
	options := containerOptions(t, container, map[string]string{pod.Volumes[0].Name: login})
	for app, code := range map[string]int{"good": 0, "root": 1} {
		args := slices.Concat(options, []string{image})
		for _, arg := range container.Args {
			args = append(args, strings.Replace(arg, "registry.example.com/shop/app:", registry+"/shop/"+app+":", 1))
		}
		checkContainer(t, args, code, registry+"/shop/"+app+":1.0")
	}
}

// writeLogin writes what kubectl create secret docker-registry holds.
func writeLogin(t *testing.T, file, registry string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	auth := base64.StdEncoding.EncodeToString([]byte("user:secret"))
	config := fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, registry, auth)
	if err := os.WriteFile(filepath.Join(dir, file), []byte(config), 0o644); err != nil { // as Kubernetes has it
		t.Fatal(err)
	}
	return dir
}

// containerOptions returns what docker run takes for what a container has on
// Kubernetes, with the folders that stand for volumes.
func containerOptions(t *testing.T, c podContainer, volumes map[string]string) []string {
	t.Helper()
	s := c.SecurityContext
	if s.Escalation == nil || *s.Escalation || !s.ReadOnly || fmt.Sprint(s.Capabilities.Drop) != "[ALL]" {
		t.Errorf("the container may do more than it has to: %+v", s)
	}
	memory, ok := strings.CutSuffix(c.Resources.Limits["memory"], "Mi")
	if !ok {
		t.Errorf("limits %v; want a memory in Mi", c.Resources.Limits)
	}
	out := []string{
		"run", "--rm", "--network", "host", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		"--memory", memory + "m", "--cpus", c.Resources.Limits["cpu"],
	}
	for _, v := range c.Env {
		out = append(out, "--env", v.Name+"="+v.Value)
	}
	for _, m := range c.VolumeMounts {
		if volumes[m.Name] == "" || !m.ReadOnly || !path.IsAbs(m.MountPath) {
			t.Errorf("mount %+v; want a volume to be read", m)
		}
		out = append(out, "--volume", volumes[m.Name]+":"+m.MountPath+":ro")
	}
	return out
}
