// SPDX-License-Identifier: Apache-2.0

// Package probe calls a server as FunctionGraph would and tells what it meets.
//
// [Prober.Run] works inside the network namespace of the container, in a
// container of its own: it waits for the port, sends the requests and writes
// what it sees as lines of JSON. [Read] turns these lines back into the words
// of package check, at the engine's other end.
//
// The server, and so the lines, are hostile: headers, bodies, listeners, lines
// and events are bounded. Their bytes are passed on as they are; writers
// sanitise.
package probe
