// SPDX-License-Identifier: Apache-2.0

package source

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/fgpreflight/fgpreflight/check"
)

// explain turns the trouble of a request into an [*Error] without the target.
func (r *registry) explain(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return stopped(ctx, "")
	}
	if answer, ok := errors.AsType[*transport.Error](err); ok {
		return r.explainAnswer(answer)
	}
	cause, wayOut := r.explainConnection(err)
	return &Error{Err: newShortError(cause, err), WayOut: wayOut}
}

// explainAnswer tells what a registry meant by an HTTP status.
func (r *registry) explainAnswer(answer *transport.Error) error {
	said := saying(answer)
	e := &Error{WayOut: "try again later, or see what docker pull " + r.ref.String() + " says"}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		e.Err = newShortError(r.host()+" gives no access"+said+r.keys.trouble(), answer)
		e.WayOut = r.wayToLogIn()
	case http.StatusNotFound:
		e.Err = newShortError(r.host()+" has no such image"+said, answer)
		e.WayOut = "check the name and the tag, and that the image was pushed"
	case http.StatusTooManyRequests:
		e.Err = newShortError(r.host()+" limits the number of requests"+said, answer)
		e.WayOut = "wait, or log in for a higher limit: docker login " + r.host()
	default:
		e.Err = newShortError(fmt.Sprintf("%s answers %d %s%s", r.host(), answer.StatusCode, http.StatusText(answer.StatusCode), said), answer)
	}
	return e
}

// saying returns the codes and messages of a registry's error.
func saying(answer *transport.Error) string {
	var parts []string
	for _, d := range answer.Errors {
		parts = append(parts, strings.TrimSuffix(fmt.Sprintf("%s: %s", d.Code, d.Message), ": "))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + list(parts) + ")"
}

// wayToLogIn says how to log in. Registries that hide what one may not see
// answer like this for a name that does not exist, too.
func (r *registry) wayToLogIn() string {
	switch host := r.host(); {
	case check.SplitReference(r.ref.Name()).IsSWR():
		return "log in with the command that SWR's console generates (Generate Login Command), or check the name"
	case r.ref.Context().RegistryStr() == name.DefaultRegistry:
		return "check the name, or log in with docker login"
	default:
		return "log in with docker login " + host + ", or check the name"
	}
}

// explainConnection tells why there was no answer.
func (r *registry) explainConnection(err error) (cause, wayOut string) {
	host := r.host()
	var unknownHost *net.DNSError
	var timeout net.Error
	var untrusted *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &untrusted):
		return fmt.Sprintf("the certificate of %s is not trusted: %s", host, untrusted.Err), trust(untrusted.Err)
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return host + " speaks plain HTTP", "pass --insecure to allow that"
	case errors.Is(err, errLinkLocal):
		return errLinkLocal.Error() + ", which " + host + " leads to", "check the name of the registry"
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refuses the connection", "check the host and the port, and that the registry runs"
	case errors.As(err, &unknownHost) && unknownHost.IsNotFound:
		return "no host is called " + unknownHost.Name, "check the name, the network and the proxy"
	case errors.As(err, &timeout) && timeout.Timeout():
		return host + " does not answer", "check the network and the proxy (HTTPS_PROXY)"
	default:
		return innermost(err).Error(), "see what docker pull " + r.ref.String() + " says"
	}
}

// trust says what helps against a certificate that is not trusted.
func trust(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "pass --ca-file FILE with the certificate of the registry's authority, or --insecure"
	}
	return "mend the certificate, or pass --insecure"
}

// innermost takes the method and the address off an error of net/http, which
// may hold a signed address.
func innermost(err error) error {
	var request interface {
		error
		Timeout() bool
		Unwrap() error
	}
	for errors.As(err, &request) && request.Unwrap() != nil {
		err = request.Unwrap()
	}
	return err
}
