// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// logEnd tells the last line of the log as a clause; the report shows more of
// them.
func (t *trial) logEnd() string {
	for _, line := range slices.Backward(t.Log.Lines) {
		if line = strings.TrimSpace(line); line != "" {
			return fmt.Sprintf("; its log ends with %q", brief(line))
		}
	}
	return "; it wrote nothing to its log"
}

// failedNetwork finds a look-up or connection that the network was missing for.
// A refused connection is none: without a network only loopback refuses.
var failedNetwork = regexp.MustCompile(`(?i)getaddrinfo|\bEAI_AGAIN\b|\bEAI_NONAME\b|\bENOTFOUND\b|temporary failure in name resolution|` +
	`name or service not known|nodename nor servname|could not resolve|couldn't resolve|cannot resolve|unable to resolve|failed to resolve|` +
	`could not translate host name|name does not resolve|no such host|bad address '|unknown ?host|host not found|` +
	`dial tcp: lookup|NameResolutionError|network is unreachable|network unreachable|\bENETUNREACH\b|no route to host|\bEHOSTUNREACH\b|` +
	`can't reach database server|connection timed out|connect timeout|\bETIMEDOUT\b|failed to establish a new connection`)

// loopbackName finds that a connection was to the container itself. Go's
// resolver names a loopback address in a look-up, too.
var (
	loopbackName = regexp.MustCompile(`(?i)\blocalhost\b|\b127\.\d+\.\d+\.\d+\b|\[?::1\]?`)
	lookUp       = regexp.MustCompile(`(?i)\blookup\b`)
)

// networkLine returns the last line of the log that tells of a look-up or
// connection that failed, or "".
func (t *trial) networkLine() string {
	for _, line := range slices.Backward(t.Log.Lines) {
		isOwn := loopbackName.MatchString(line) && !lookUp.MatchString(line)
		if failedNetwork.MatchString(line) && !isOwn {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// cause is what a line of a log tells about the end of a program.
type cause struct {
	what string // as a clause
	line string // of the log
	fix  string
}

// logCause returns the cause that the log names, or nil. The last line that
// names one counts: what comes before it may have been overcome.
func (t *trial) logCause() *cause {
	for _, line := range slices.Backward(t.Log.Lines) {
		for _, known := range logCauses {
			if found := known.pattern.FindStringSubmatch(line); found != nil {
				name := named(strings.Join(found[1:], ""), known.unnamed)
				values := strings.NewReplacer("{name}", name, "{user}", t.function.RunsAs().String())
				return &cause{what: known.what, line: strings.TrimSpace(line), fix: values.Replace(known.fix)}
			}
		}
	}
	return nil
}
