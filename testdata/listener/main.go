// SPDX-License-Identifier: Apache-2.0

// Command listener listens on port 8000 half a second after its start, and
// prints how long that took.
package main

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

func main() {
	began := time.Now()
	time.Sleep(500 * time.Millisecond)
	l, err := net.Listen("tcp4", "0.0.0.0:8000")
	fmt.Println("listening after", time.Since(began), err)
	fmt.Println(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })))
}
