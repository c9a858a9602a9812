package repository

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/lamina-oci/lamina/internal/transfer"
)

// maxRedirects bounds what a server can make of one request.
const maxRedirects = 5

// newHTTPClient returns a client as a zero [Client] uses it: with timeouts, and
// the proxies, certificates and logins of the environment (HTTPS_PROXY, NO_PROXY,
// SSL_CERT_FILE, SSL_CLIENT_CERT_FILE, HTTP_AUTH, NETRC and the like). Unlike http.DefaultClient it follows few redirects,
// and none from https to http. An anonymous one says to no server who the user is.
func newHTTPClient(isAnonymous bool) *http.Client {
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: stallTimeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConnsPerHost:   maxParallelParts,
		DisableCompression:    true,
		TLSClientConfig:       &tls.Config{RootCAs: transfer.RootCAs()},
	}
	if isAnonymous {
		return &http.Client{CheckRedirect: checkRedirect, Transport: transport}
	}
	transport.TLSClientConfig.GetClientCertificate = clientCertificate
	return &http.Client{CheckRedirect: checkRedirect, Transport: &loginTransport{base: transport}}
}

// NewHTTPClient returns a client with the time-outs, proxies, certificates and logins of a zero [Client], for other servers.
func NewHTTPClient() *http.Client { return newHTTPClient(false) }

// client returns the client for requests, which follows redirects as checkRedirect
// says if it has no rule of its own.
func (c *Client) client() *http.Client { return c.clientIn(&c.http, false) }

// anonymousClient returns the client for requests that are not the user's own.
func (c *Client) anonymousClient() *http.Client { return c.clientIn(&c.anonymous, true) }

func (c *Client) clientIn(place **http.Client, isAnonymous bool) *http.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *place == nil {
		client := newHTTPClient(isAnonymous)
		if c.HTTP != nil {
			own := *c.HTTP
			if own.CheckRedirect == nil {
				own.CheckRedirect = checkRedirect
			}
			client = &own
		}
		client.Transport = &transfer.StallTransport{Base: client.Transport, Timeout: stallTimeout, Notice: c.Warn}
		*place = client
	}
	return *place
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("redirected from https to " + req.URL.Scheme)
	}
	return nil
}
