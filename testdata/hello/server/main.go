// SPDX-License-Identifier: Apache-2.0

// Command server is an HTTP function for FunctionGraph: it answers on port 8000
// and ends on SIGTERM.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	server := &http.Server{Addr: "0.0.0.0:8000", ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(hello)}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	log.Println("listening on", server.Addr)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func hello(w http.ResponseWriter, r *http.Request) {
	log.Println(r.Method, r.URL.Path)
	fmt.Fprintln(w, "hello from FunctionGraph")
}
