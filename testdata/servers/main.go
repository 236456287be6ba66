// SPDX-License-Identifier: Apache-2.0

// Command servers is what the images of the tests of --run hold: a server with
// the mode that its first argument names. It is static, and needs nothing but
// itself.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	mode := modes[os.Args[1]]
	if err := mode(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "servers:", err)
		os.Exit(1)
	}
}

var modes = map[string]func(args []string) error{
	"http":  func(args []string) error { return serve(args[0], args[1], http1()) },
	"slow":  slow,
	"tls":   serveTLS,
	"h2c":   func([]string) error { return serve("tcp4", "0.0.0.0:8000", http2()) },
	"raw":   raw,
	"udp":   waitForDatagrams,
	"sleep": sleep,
	"exit":  exit,
	"late":  exitLate,
	"take":  take,
}

// lifetime ends a server that a test left behind.
const lifetime = 5 * time.Minute

func serve(network, address string, server *http.Server) error {
	l, err := net.Listen(network, address)
	if err != nil {
		return err
	}
	fmt.Println("listening at", l.Addr())
	return server.Serve(l)
}

func http1() *http.Server {
	return &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "hello") })}
}

// http2 speaks HTTP/2 alone, and without an upgrade.
func http2() *http.Server {
	server := http1()
	server.Protocols = new(http.Protocols)
	server.Protocols.SetUnencryptedHTTP2(true)
	return server
}

// slow serves after a time.
func slow(args []string) error {
	wait, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	time.Sleep(wait)
	return serve("tcp4", "0.0.0.0:8000", http1())
}

// serveTLS serves with a certificate of its own making.
func serveTLS([]string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	l, err := tls.Listen("tcp4", "0.0.0.0:8000", &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}},
	})
	if err != nil {
		return err
	}
	return http1().Serve(l)
}

// raw accepts connections, and does with each what the argument says: greet
// with it, close or say nothing.
func raw(args []string) error {
	l, err := net.Listen("tcp4", "0.0.0.0:8000")
	if err != nil {
		return err
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			switch args[0] {
			case "close":
				return
			case "hang":
			default:
				fmt.Fprint(conn, args[0]+"\r\n")
			}
			time.Sleep(lifetime)
		}()
	}
}

func waitForDatagrams(args []string) error {
	conn, err := net.ListenPacket("udp4", args[0])
	if err != nil {
		return err
	}
	defer conn.Close()
	time.Sleep(lifetime)
	return nil
}

func sleep([]string) error {
	time.Sleep(lifetime)
	return nil
}

// exit ends after a time, with a code.
func exit(args []string) error {
	wait, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	var code int
	if _, err := fmt.Sscan(args[1], &code); err != nil {
		return err
	}
	time.Sleep(wait)
	fmt.Println("ending with", code)
	os.Exit(code)
	return nil
}

// exitLate serves, and ends soon after the last request of a health check and
// a call.
func exitLate([]string) error {
	called := make(chan struct{}, 1)
	server := http1()
	hello := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hello.ServeHTTP(w, r)
		if r.Method == http.MethodPost {
			called <- struct{}{}
		}
	})
	ended := make(chan error)
	go func() { ended <- serve("tcp4", "0.0.0.0:8000", server) }()
	select {
	case err := <-ended:
		return err
	case <-called:
		time.Sleep(300 * time.Millisecond)
		return errors.New("out of luck")
	}
}

// take takes so many MB of memory, and then serves.
func take(args []string) error {
	var megabytes int
	if _, err := fmt.Sscan(args[0], &megabytes); err != nil {
		return err
	}
	var taken [][]byte
	for range megabytes {
		page := make([]byte, 1<<20)
		for i := range page {
			page[i] = 1
		}
		taken = append(taken, page)
	}
	fmt.Println("took", len(taken), "MB")
	err := serve("tcp4", "0.0.0.0:8000", http1())
	fmt.Println(len(taken))
	return err
}
