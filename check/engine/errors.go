// SPDX-License-Identifier: Apache-2.0

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strings"

	"github.com/moby/moby/client"
)

// ErrLimit is the cause of an error for an answer, a listing or a file that is
// larger than this package reads.
var ErrLimit = errors.New("over the limit")

// errSSH is the cause of an attempt at an ssh:// address.
var errSSH = errors.New("ssh:// addresses are not supported")

// errOddAnswer says that the engine answered something else than its API says.
var errOddAnswer = errors.New("the engine's answer is not what it should be")

// errStopGrace ends the wait for a container that was told to stop.
var errStopGrace = errors.New("the container did not stop in time")

// Attempt is an address at which no engine could be reached.
type Attempt struct {
	Host string // "unix:///var/run/docker.sock"; "" where even the address could not be found out
	From string // what named the address: "DOCKER_HOST", `docker context "work"`; "" for a usual place
	Err  error  // fs.ErrPermission, fs.ErrNotExist and syscall.ECONNREFUSED by errors.Is
}

func (a Attempt) String() string {
	place := a.Host
	switch {
	case place == "":
		place = a.From
	case a.From != "":
		place += " (" + a.From + ")"
	}
	return place + ": " + a.Err.Error()
}

// ConnectError says that no engine answered, and what was tried.
type ConnectError struct {
	Kind     Kind
	Attempts []Attempt // in the order tried
}

// Error names every address that was tried with its cause, on one line.
func (e *ConnectError) Error() string {
	tried := make([]string, len(e.Attempts))
	for i, a := range e.Attempts {
		tried[i] = a.String()
	}
	return "no " + e.engine() + " answers: " + strings.Join(tried, "; ")
}

// Unwrap returns the causes of the attempts.
func (e *ConnectError) Unwrap() []error {
	causes := make([]error, len(e.Attempts))
	for i, a := range e.Attempts {
		causes[i] = a.Err
	}
	return causes
}

// Hint returns the way out, as an order.
func (e *ConnectError) Hint() string {
	switch {
	case errors.Is(e, errSSH):
		return "forward the engine's socket (ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock USER@HOST) and pass --engine unix:///tmp/engine.sock"
	case errors.Is(e, fs.ErrPermission) && e.Kind == Podman:
		return "start the user's own socket (systemctl --user start podman.socket), or run as the socket's owner"
	case errors.Is(e, fs.ErrPermission):
		return "join the group that owns the socket (sudo usermod -aG docker $USER, then log in again), or run as its owner"
	case e.Kind == Podman:
		return "start the engine (systemctl --user start podman.socket), or name its address with --engine or CONTAINER_HOST"
	default:
		return "start the engine (Docker Desktop, or sudo systemctl start docker), or name its address with --engine or DOCKER_HOST"
	}
}

func (e *ConnectError) engine() string {
	if e.Kind == AnyKind {
		return "container engine"
	}
	return string(e.Kind) + " engine"
}

// NotFoundError says that the engine has no such image.
type NotFoundError struct {
	Ref    string // as it was asked for
	Engine string // [Client.Name] of the engine
	Kind   Kind
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("image %q is not in %s", e.Ref, e.Engine)
}

// Hint returns the way out, as an order.
func (e *NotFoundError) Hint() string {
	return fmt.Sprintf("build or pull it (%s pull %s), or check it in its registry (registry:%[2]s)", e.Kind, e.Ref)
}

// maxErrorText is the most bytes of an engine's error that are passed on.
const maxErrorText = 1 << 10

// textError is an error whose text is shortened.
type textError struct {
	text string
	err  error
}

func (e *textError) Error() string { return e.text }
func (e *textError) Unwrap() error { return e.err }

// ErrLost is the cause where an engine that has answered does so no more.
var ErrLost = errors.New("the engine does not answer any more")

// cause returns why a request failed: the cause of the context where that
// ended, else the error in the program's own words, or with its text bounded.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	_, isOdd := errors.AsType[*json.UnmarshalTypeError](err)
	_, isBroken := errors.AsType[*json.SyntaxError](err)
	switch text := err.Error(); {
	case client.IsErrConnectionFailed(err), errors.Is(err, io.ErrUnexpectedEOF):
		return &textError{text: ErrLost.Error() + lostDetail(err), err: errors.Join(ErrLost, err)}
	case isOdd, isBroken:
		return &textError{text: cut(errOddAnswer.Error()+": "+text, maxErrorText), err: err}
	case len(text) > maxErrorText:
		return &textError{text: cut(text, maxErrorText), err: err}
	default:
		return err
	}
}

// lostDetail takes what the caller knows off the error of a broken connection:
// the request and the address.
func lostDetail(err error) string {
	request, ok := errors.AsType[*url.Error](err)
	switch {
	case !ok && errors.Is(err, io.ErrUnexpectedEOF):
		return " (its answer breaks off)"
	case !ok:
		return ""
	}
	if op, ok := errors.AsType[*net.OpError](request.Err); ok {
		return " (" + oneLine(op.Err.Error()) + ")"
	}
	return " (" + oneLine(request.Err.Error()) + ")"
}

// apiError is [cause] for an answer that comes of what an image says: on one
// line, without the library's own words.
func apiError(ctx context.Context, err error) error {
	text := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	return cause(ctx, &textError{text: oneLine(text), err: err})
}

// oneLine replaces what breaks a line, and bounds the text.
func oneLine(text string) string {
	return cut(strings.Join(strings.Fields(text), " "), maxErrorText)
}

// cut shortens a text to at most limit bytes and a mark.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
