// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"

	"github.com/fgpreflight/fgpreflight/check"
)

// greeting is how the first bytes that a server sends give away its protocol.
type greeting struct {
	pattern string // "?" stands for any byte
	proto   string
	outcome check.AnswerOutcome
	source  string
}

var greetingHTTP = greeting{"HTTP/", "HTTP", check.Answered, "https://www.rfc-editor.org/rfc/rfc9112#section-4"}

// greetings are told apart by their first bytes; no two fit the same ones.
var greetings = []greeting{
	greetingHTTP,
	// A record of type alert or handshake, of any version from SSL 3.0 on.
	{"\x15\x03", "TLS", check.SpeaksTLS, "https://www.rfc-editor.org/rfc/rfc8446#section-5.1"},
	{"\x16\x03", "TLS", check.SpeaksTLS, "https://www.rfc-editor.org/rfc/rfc8446#section-5.1"},
	// A SETTINGS frame without flags on stream 0.
	{"\x00??\x04\x00\x00\x00\x00\x00", "HTTP/2", check.SpeaksHTTP2, "https://www.rfc-editor.org/rfc/rfc9113#section-3.4"},
	{"SSH-", "SSH", check.SpeaksOther, "https://www.rfc-editor.org/rfc/rfc4253#section-4.2"},
	{"-ERR ", "Redis", check.SpeaksOther, "https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors"},
	{"-DENIED ", "Redis", check.SpeaksOther, "https://redis.io/docs/latest/operate/oss_and_stack/management/security/#protected-mode"},
	{"?\x00\x00\x00\x0a", "MySQL", check.SpeaksOther, "https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html"},
	{"220 ", "SMTP or FTP", check.SpeaksOther, "https://www.rfc-editor.org/rfc/rfc5321#section-4.2"},
	{"220-", "SMTP or FTP", check.SpeaksOther, "https://www.rfc-editor.org/rfc/rfc5321#section-4.2"},
	{"ERROR\r\n", "memcached", check.SpeaksOther, "https://github.com/memcached/memcached/blob/master/doc/protocol.txt"},
	{"AMQP", "AMQP", check.SpeaksOther, "https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf"},
	{"INFO {", "NATS", check.SpeaksOther, "https://docs.nats.io/reference/reference-protocols/nats-protocol"},
}

// fits reports whether head begins with the pattern, and whether it may once
// more of it has come.
func (g greeting) fits(head []byte) (begins, may bool) {
	for i := range min(len(head), len(g.pattern)) {
		if g.pattern[i] != '?' && g.pattern[i] != head[i] {
			return false, false
		}
	}
	return len(head) >= len(g.pattern), true
}

// classify returns the greeting that head begins with. It is decided once no
// further byte can change that.
func classify(head []byte) (g greeting, decided bool) {
	decided = true
	for _, g := range greetings {
		begins, may := g.fits(head)
		if begins {
			return g, true
		}
		decided = decided && !may
	}
	return greeting{outcome: check.SpeaksOther}, decided
}

// identify returns the greeting of what comes in, and the bytes that it was
// told by. No more is waited for than is needed. The error is why it could not
// be decided; a zero greeting then means that nothing came.
func identify(in *bufio.Reader) (g greeting, head []byte, err error) {
	for n := 1; ; n++ {
		head, err = in.Peek(n)
		if err == nil {
			n = in.Buffered()
			head, err = in.Peek(n)
		}
		if len(head) == 0 {
			return greeting{}, nil, err
		}
		g, decided := classify(head)
		if decided {
			return g, head, nil
		}
		if err != nil {
			return g, head, err
		}
	}
}

// wrongPort is how a server says in HTTP/1.1 that it wants something else.
type wrongPort struct {
	phrase  string // in the body of an answer of status 400
	proto   string
	outcome check.AnswerOutcome
	source  string
}

var wrongPorts = []wrongPort{
	{"The plain HTTP request was sent to HTTPS port", "TLS", check.SpeaksTLS, "https://github.com/nginx/nginx/blob/master/src/http/ngx_http_special_response.c"},
	{"Client sent an HTTP request to an HTTPS server", "TLS", check.SpeaksTLS, "https://github.com/golang/go/blob/master/src/net/http/server.go"},
	{"speaking plain HTTP to an SSL-enabled server port", "TLS", check.SpeaksTLS, "https://github.com/apache/httpd/blob/trunk/modules/ssl/ssl_engine_kernel.c"},
	{"This combination of host and port requires TLS", "TLS", check.SpeaksTLS, "https://github.com/apache/tomcat/blob/main/java/org/apache/tomcat/util/net/TLSClientHelloExtractor.java"},
	{"An HTTP/1.x request was sent to an HTTP/2 only endpoint", "HTTP/2", check.SpeaksHTTP2, "https://github.com/dotnet/aspnetcore/blob/main/src/Servers/Kestrel/Core/src/Internal/Http/Http1Connection.cs"},
}
