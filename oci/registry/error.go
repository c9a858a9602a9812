package registry

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/transfer"
	"github.com/lamina-oci/lamina/oci"
)

// A requestError is a failed request to a registry; its text gives host, cause and remedy in one line.
type requestError struct {
	Host   string
	Status int // of HTTP; 0 if there was no answer, or it was not that
	Err    error
}

func (e *requestError) Error() string { return redact.Text(e.Err.Error()) }
func (e *requestError) Unwrap() error { return e.Err }

// explain turns an error of a registry into one that a user can read. A server's text is quoted
// with care, and never a URL's query, where tokens may be.
func explain(n oci.Name, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.As(err, new(*requestError)) {
		return err
	}
	explained := &requestError{Host: n.Host, Err: inWords(n, err)}
	if answer := (*errcode.ErrorResponse)(nil); errors.As(err, &answer) {
		explained.Status = answer.StatusCode
	}
	return explained
}

func inWords(n oci.Name, err error) error {
	if errors.Is(err, errOffline) {
		return err
	}
	if answer := (*errcode.ErrorResponse)(nil); errors.As(err, &answer) {
		return hint.Errorf("%s answers %d %s%s", n.Host, answer.StatusCode, http.StatusText(answer.StatusCode), said(answer)).With(advice(n, answer.StatusCode))
	}
	switch {
	case errors.Is(err, errdef.ErrNotFound):
		return fmt.Errorf("%s has no %s in %s", n.Host, n.Reference(), n.Repository)
	case errors.Is(err, auth.ErrBasicCredentialNotFound):
		return hint.Errorf("%s requires a user and password", n.Host).With(advice(n, http.StatusUnauthorized))
	}
	if unknown := (x509.UnknownAuthorityError{}); errors.As(err, &unknown) {
		return hint.Errorf("%s: its certificate is from an unknown authority", n.Host).With(
			fmt.Sprintf("put the authority's certificate into /etc/containers/certs.d/%s/ca.crt, or set SSL_CERT_FILE to its path", n.Host))
	}
	if failed := (*net.OpError)(nil); errors.As(err, &failed) && failed.Op == "dial" {
		return hint.Errorf("cannot reach %s: %w", n.Host, failed).With("check the name and the network; a proxy is taken from HTTP_PROXY and HTTPS_PROXY")
	}
	if request := (*url.Error)(nil); errors.As(err, &request) {
		err = request.Err
	}
	text := fmt.Errorf("%s: %w", n.Host, err)
	if transfer.IsTimeout(err) {
		if plain, ok := strings.CutPrefix(err.Error(), "net/http: "); ok {
			text = fmt.Errorf("%s: %s", n.Host, plain)
		}
		return hint.With(text, "try again later; if it answers elsewhere, check the network and the proxy in HTTP_PROXY and HTTPS_PROXY")
	}
	return text
}

// advice says what to do about a status.
func advice(n oci.Name, status int) string {
	switch status {
	case http.StatusUnauthorized:
		return fmt.Sprintf("log in: podman login %[1]s or docker login %[1]s", n.Host)
	case http.StatusForbidden:
		return fmt.Sprintf("log in as a user who may do this in %s: podman login %[2]s or docker login %[2]s", n.Repository, n.Host)
	case http.StatusNotFound:
		return fmt.Sprintf("check the name %s; some registries want a repository to be created first, or a login", n.Repository)
	case http.StatusTooManyRequests:
		return "try again later, or log in for a higher limit"
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return "check that this is a registry of images, and that it can be written to"
	}
	if transfer.IsTransientStatus(status) {
		return "try again later"
	}
	return "check the name, and that no proxy answers in place of the registry"
}

// said is what the server has to say, cut short.
func said(answer *errcode.ErrorResponse) string {
	if len(answer.Errors) == 0 {
		return ""
	}
	const most = 200
	text := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, answer.Errors[0].Message)), " ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	if text == "" {
		text = strings.ToLower(strings.ReplaceAll(answer.Errors[0].Code, "_", " "))
	}
	return fmt.Sprintf(" (%s)", text)
}
