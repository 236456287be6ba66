// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/fgpreflight/fgpreflight/check"
	"github.com/fgpreflight/fgpreflight/check/probe"
	"github.com/fgpreflight/fgpreflight/check/source"
)

// trialGroup is the heading of the flags for starting images.
const trialGroup = "Start of the image"

// networks are the values of --network.
var networks = []string{"none", "bridge"}

// trialFlags is what the flags say of starting the image.
type trialFlags struct {
	run          bool
	network      string
	startTimeout time.Duration
	path         string
	expectStatus int    // 0 for any
	event        []byte // nil for none
	requests     int
	explain      bool
	keep         bool
	logs         string
}

func (f *trialFlags) add(to flags) {
	to.toggle("run", "start the image as FunctionGraph does", func(on bool) { f.run = on })
	to.add("start-timeout", "DURATION", "wait so long for port 8000 (default 60s)", into(&f.startTimeout, duration))
	to.add("network", "NAME", "none (default), or bridge to let it out", into(&f.network, oneOf(networks...)))
	to.add("path", "PATH", "GET this path of an HTTP function (default /)", into(&f.path, requestPath))
	to.add("expect-status", "STATUS", "want it answered with this HTTP status", into(&f.expectStatus, httpStatus))
	to.add("event", "FILE", "send this event too, to an event function", into(&f.event, readEvent))
	to.add("requests", "NUMBER", "repeat the last request so often (default 1)", into(&f.requests, repetitions))
	to.toggle("explain-failures", "try a failed start with more privileges, too", func(on bool) { f.explain = on })
	to.toggle("keep-image", "leave in the engine what was loaded", func(on bool) { f.keep = on })
	to.add("logs", "FILE", "write the container's whole log to a file", into(&f.logs, text))
}

// check says what is wrong with the flags together.
func (f *trialFlags) check(set *pflag.FlagSet) error {
	var idle string
	set.Visit(func(flag *pflag.Flag) {
		if group := flag.Annotations[groupKey]; len(group) > 0 && group[0] == trialGroup && flag.Name != "run" {
			idle = flag.Name
		}
	})
	if idle != "" && !f.run {
		return fmt.Errorf("--%s is for starting the image; pass --run too", idle)
	}
	return nil
}

func requestPath(s string) (string, error) {
	if !strings.HasPrefix(s, "/") {
		return "", errors.New("want a path such as /health")
	}
	return s, nil
}

func httpStatus(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 200 || n > 599 {
		return 0, errors.New("want an HTTP status from 200 to 599")
	}
	return n, nil
}

// fits says which flag is for another type of function.
func (f *trialFlags) fits(function check.FunctionType) error {
	switch {
	case function != check.Event && f.event != nil:
		return &source.Error{Err: errors.New("--event is for event functions, and this is an HTTP function"), WayOut: "pass --function event too"}
	case function == check.Event && f.expectStatus != 0:
		return &source.Error{Err: errors.New("--expect-status is for HTTP functions, and this is an event function"), WayOut: "leave it out: FG108 asks for 2xx"}
	case function == check.Event && f.path != "":
		return &source.Error{Err: errors.New("--path is for HTTP functions, and this is an event function"), WayOut: "leave it out: events come to /invoke"}
	}
	return nil
}

// maxExtra leaves the prober room for the other requests.
const maxExtra = probe.MaxRequests / 5

func repetitions(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxExtra {
		return 0, fmt.Errorf("want a number from 0 to %d", maxExtra)
	}
	return n, nil
}

// maxEvent is how many bytes an event may have: as an argument of the program
// beside the container it is limited by the kernel, at 128 KiB in base64.
const maxEvent = 64 << 10

// readEvent reads the file with an event.
func readEvent(name string) ([]byte, error) {
	event, whole, err := readFile(name, maxEvent)
	switch {
	case err != nil:
		return nil, err
	case !whole:
		return nil, fmt.Errorf("more than %d bytes", maxEvent)
	case len(event) == 0:
		return nil, errors.New("the file is empty")
	}
	return event, nil
}
