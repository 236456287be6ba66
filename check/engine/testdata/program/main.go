// SPDX-License-Identifier: Apache-2.0

// Program is what the tests start in containers.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	argument := ""
	if len(os.Args) > 2 {
		argument = os.Args[2]
	}
	switch os.Args[1] {
	case "report":
		report()
	case "exit":
		code, _ := strconv.Atoi(argument)
		os.Exit(code)
	case "sleep":
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "term":
		c := make(chan os.Signal, 1)
		signal.Notify(c, syscall.SIGTERM)
		fmt.Println("ready")
		<-c
		fmt.Println("told to stop")
	case "ignore":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "take": // takes an amount of memory
		n, _ := strconv.Atoi(argument)
		taken := make([]byte, n)
		for i := 0; i < n; i += 4096 {
			taken[i] = 1
		}
		fmt.Println("ready")
		time.Sleep(time.Hour)
	case "flood":
		flood(argument)
	case "fork":
		fork()
	case "fill":
		fill(argument)
	case "escape":
		fmt.Print("\x1b[2J\x1b]0;title\x07red\r\nsecond \xff\n", strings.Repeat("x", 700), "\nlast")
		fmt.Fprintln(os.Stderr, "error")
	case "write":
		for _, name := range os.Args[2:] {
			if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
				fmt.Println(err)
			}
		}
	case "serve":
		http.ListenAndServe(cmp.Or(argument, "127.0.0.1:8000"), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }))
	case "ask":
		ask()
	}
}

// report prints what can be seen from inside.
func report() {
	seen := map[string]string{}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		seen[name] = strings.Join(strings.Fields(value), " ")
	}
	seen["cwd"], _ = os.Getwd()
	seen["env"] = strings.Join(os.Environ(), "\n")
	seen["args"] = strings.Join(os.Args, " ")
	var files syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files)
	seen["nofile"] = fmt.Sprint(files.Cur, " ", files.Max)
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		seen["mount "+fields[1]] = fields[2] + " " + fields[3]
	}
	interfaces, _ := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagUp != 0 {
			seen["up"] += i.Name + " "
		}
	}
	for _, name := range []string{"/file", "/app/file", "/tmp/file"} {
		seen["write "+name] = fmt.Sprint(os.WriteFile(name, nil, 0o700))
	}
	program, _ := os.ReadFile("/proc/self/exe")
	os.WriteFile("/tmp/run", program, 0o700)
	seen["run in /tmp"] = fmt.Sprint(exec.Command("/tmp/run", "exit", "0").Run())
	for name, file := range map[string]string{
		"memory": "/sys/fs/cgroup/memory/memory.limit_in_bytes", "pids": "/sys/fs/cgroup/pids/pids.max",
		"quota": "/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "memory 2": "/sys/fs/cgroup/memory.max",
		"pids 2": "/sys/fs/cgroup/pids.max", "quota 2": "/sys/fs/cgroup/cpu.max",
	} {
		content, _ := os.ReadFile(file)
		seen[name] = strings.TrimSpace(string(content))
	}
	json.NewEncoder(os.Stdout).Encode(seen)
}

func flood(size string) {
	n, _ := strconv.Atoi(size)
	chunk := []byte(strings.Repeat("a line of the flood\n", 3000))
	for n > 0 {
		k, _ := os.Stdout.Write(chunk[:min(n, len(chunk))])
		n -= k
	}
	fmt.Println("last line")
}

// fork starts itself again and again until it is not let.
func fork() {
	started := 0
	for range 5000 {
		if exec.Command("/proc/self/exe", "sleep").Start() != nil {
			break
		}
		started++
	}
	fmt.Println("ready", started)
	time.Sleep(time.Hour)
}

// fill writes until the place is full.
func fill(dir string) {
	file, err := os.Create(dir + "/fill")
	written := 0
	for err == nil {
		var n int
		n, err = file.Write(make([]byte, 1<<20))
		written += n
	}
	fmt.Println(written, err)
}

// ask is the sidecar: it calls its neighbour, and reports itself.
func ask() {
	for range 500 {
		answer, err := http.Get("http://127.0.0.1:8000/")
		if err == nil {
			fmt.Println(answer.Status)
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Fprintln(os.Stderr, "asked")
	report()
}
