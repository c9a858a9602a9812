package repository

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// A loginTransport logs in to servers as apk does: with the user and password of the URL, which are in the request
// already, else with those of $HTTP_AUTH and of $NETRC or ~/.netrc. The last two go out only where a server asks for them
// (401); a server that has asked once gets them with every request from then on.
type loginTransport struct {
	base http.RoundTripper

	once   sync.Once
	logins logins

	asked sync.Map // hosts that have asked
}

// RoundTrip implements [http.RoundTripper].
func (t *loginTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Header.Get("Authorization") != "" {
		return t.base.RoundTrip(request)
	}
	t.once.Do(func() { t.logins = readLogins() })
	host := request.URL.Host
	if challenge, ok := t.asked.Load(host); ok {
		return t.base.RoundTrip(t.withLogin(request, challenge.(string)))
	}
	response, err := t.base.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	challenge := response.Header.Get("WWW-Authenticate")
	again := t.withLogin(request, challenge)
	// A redirect could lead anywhere: only a host that was named gets a login.
	if again == request || isRedirected(request) {
		return response, nil
	}
	response.Body.Close()
	t.asked.Store(host, challenge)
	return t.base.RoundTrip(again)
}

// CloseIdleConnections is for [http.Client.CloseIdleConnections].
func (t *loginTransport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// withLogin returns the request with a login, or the request itself if there is no login for its host.
func (t *loginTransport) withLogin(request *http.Request, challenge string) *http.Request {
	user, password, ok := t.logins.find(request.URL.Host, request.URL.Hostname(), challenge)
	if !ok {
		return request
	}
	again := request.Clone(request.Context())
	again.SetBasicAuth(user, password)
	return again
}

// isRedirected reports whether a request has come from another host.
func isRedirected(request *http.Request) bool {
	for r := request; r.Response != nil && r.Response.Request != nil; r = r.Response.Request {
		if r.Response.Request.URL.Host != request.URL.Host {
			return true
		}
	}
	return false
}

// logins are those of the environment.
type logins struct {
	realm, user, password string // of HTTP_AUTH; user is "" without it
	machines              []machine
}

// machine is an entry of a netrc file; name is "" for its default.
type machine struct{ name, login, password string }

func readLogins() logins {
	var l logins
	// basic:REALM:USER:PASSWORD, as libfetch has it. A password may contain colons.
	if parts := strings.SplitN(os.Getenv("HTTP_AUTH"), ":", 4); len(parts) == 4 && strings.EqualFold(parts[0], "basic") {
		l.realm, l.user, l.password = parts[1], parts[2], parts[3]
	}
	path := os.Getenv("NETRC")
	if home, err := os.UserHomeDir(); path == "" && err == nil {
		path = filepath.Join(home, ".netrc")
	}
	if file, err := os.Open(path); err == nil { // a file that cannot be read has no login, as for apk
		defer file.Close()
		l.machines = parseNetrc(bufio.NewScanner(file))
	}
	return l
}

// find returns the login for a host. apk gives HTTP_AUTH to any server, whatever the realm; a realm that is a host name
// is that host's alone here, as apko has it.
func (l *logins) find(host, name, challenge string) (user, password string, ok bool) {
	isOthers := strings.Contains(l.realm, ".") && !strings.EqualFold(l.realm, host) && !strings.EqualFold(l.realm, name) && !strings.Contains(challenge, l.realm)
	if l.user != "" && !isOthers {
		return l.user, l.password, true
	}
	for _, m := range l.machines {
		if m.name == "" || strings.EqualFold(m.name, name) {
			return m.login, m.password, true
		}
	}
	return "", "", false
}

// maxNetrc bounds what is read of a netrc file, in words.
const maxNetrc = 1 << 16

// parseNetrc reads the words of a netrc file up to its default, without macros (ftp(1)).
func parseNetrc(words *bufio.Scanner) []machine {
	words.Split(bufio.ScanWords)
	var list []machine
	next := func() string {
		words.Scan()
		return words.Text()
	}
	for range maxNetrc {
		switch next() {
		case "":
			return list
		case "machine":
			list = append(list, machine{name: next()})
		case "default":
			list = append(list, machine{})
		case "login":
			if login := next(); len(list) > 0 {
				list[len(list)-1].login = login
			}
		case "password":
			if password := next(); len(list) > 0 {
				list[len(list)-1].password = password
			}
		case "account":
			next()
		}
	}
	return list
}

// clientCertificate returns the certificate for servers that ask for one: that in $SSL_CLIENT_CERT_FILE, with the key in
// $SSL_CLIENT_KEY_FILE or in the same file, as for apk.
func clientCertificate(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	certificate := os.Getenv("SSL_CLIENT_CERT_FILE")
	if certificate == "" {
		return new(tls.Certificate), nil
	}
	pair, err := tls.LoadX509KeyPair(certificate, cmp.Or(os.Getenv("SSL_CLIENT_KEY_FILE"), certificate))
	if err != nil {
		return nil, fmt.Errorf("client certificate of SSL_CLIENT_CERT_FILE: %w", err)
	}
	return &pair, nil
}
