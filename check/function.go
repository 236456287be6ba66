// SPDX-License-Identifier: Apache-2.0

package check

import "fmt"

// DefaultID is the UID and the GID that FunctionGraph starts an image with
// unless the function overrides them.
const DefaultID int64 = 1003

// FunctionType is what FunctionGraph sends to the image: HTTP requests as they
// come, or events to POST /invoke.
type FunctionType int

// The function types.
const (
	HTTP FunctionType = iota
	Event
)

// String returns "http" or "event".
func (t FunctionType) String() string {
	switch t {
	case HTTP:
		return "http"
	case Event:
		return "event"
	}
	return fmt.Sprintf("FunctionType(%d)", int(t))
}

// Function is the settings of the function that will run the image, as far as
// the user gave them by flags or in a configuration file. None is ever
// unknown; locations are the flag or the line of the file.
type Function struct {
	Type               Setting[FunctionType]
	Name               Setting[string]
	Region             Setting[string] // "sa-brazil-1"
	SWRName            Setting[string] // the image's name in SWR: "swr.sa-brazil-1.myhuaweicloud.com/org/app:1.0"
	Memory             Setting[int64]  // MB
	UID, GID           Setting[int64]  // User ID and Group ID; -1 means the default 1003
	Command            Setting[[]string]
	Args               Setting[[]string]
	WorkingDir         Setting[string]
	Env                Env            // the function's own variables
	Timeout            Setting[int64] // seconds
	Initialization     Setting[bool]
	InitializerTimeout Setting[int64]  // seconds
	Trigger            Setting[string] // "apig", "timer" …
	Mounts             Setting[[]string]
}

// Identity is a user as the kernel sees one.
type Identity struct{ UID, GID int64 }

// String returns "1003:1003".
func (i Identity) String() string { return fmt.Sprintf("%d:%d", i.UID, i.GID) }

// RunsAs returns the effective user: the function's UID and GID, 1003:1003
// where it sets none. The image's own USER is not used by FunctionGraph.
func (f *Function) RunsAs() Identity {
	return Identity{UID: orDefaultID(f.UID), GID: orDefaultID(f.GID)}
}

func orDefaultID(s Setting[int64]) int64 {
	if id := s.Or(-1); id != -1 {
		return id
	}
	return DefaultID
}
