package repository

import (
	"bufio"
	"cmp"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/internal/hint"
)

// A loginTransport logs in to servers: with the user and password of the URL, which are in the request already; else with
// those that $LAMINA_LOGIN_HOST or $LAMINA_TOKEN_HOST, $HTTP_AUTH, $NETRC or ~/.netrc have for the very host; else, where a
// server requires a login (401), with those that are for any host, as apk does. A login that a server has accepted is sent
// with each later request to it.
type loginTransport struct {
	base http.RoundTripper

	once   sync.Once
	logins logins

	taken sync.Map // login by host
}

// RoundTrip implements [http.RoundTripper].
func (t *loginTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	// A redirect could lead anywhere: only a host that was named gets a login.
	if request.Header.Get("Authorization") != "" || isRedirected(request) {
		return t.base.RoundTrip(request)
	}
	t.once.Do(func() { t.logins = readLogins() })
	if known, ok := t.taken.Load(request.URL.Host); ok {
		return t.base.RoundTrip(known.(login).in(request))
	}
	own, err := variableLogin(request.URL.Hostname())
	if err != nil {
		return nil, err
	}
	if own == (login{}) {
		own = t.logins.ofHost(request.URL)
	}
	response, err := t.base.RoundTrip(own.in(request))
	if err != nil || response.StatusCode != http.StatusUnauthorized {
		return response, err
	}
	anys := t.logins.ofAny(response.Header.Get("WWW-Authenticate"))
	if anys == (login{}) {
		return response, nil
	}
	response.Body.Close()
	again := anys.in(request)
	if request.GetBody != nil { // the body has been sent
		if again.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
	if response, err = t.base.RoundTrip(again); err == nil && response.StatusCode != http.StatusUnauthorized {
		t.taken.Store(request.URL.Host, anys)
	}
	return response, err
}

// CloseIdleConnections is for [http.Client.CloseIdleConnections].
func (t *loginTransport) CloseIdleConnections() {
	if base, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
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

// A login is a user name and a password, or a token. The zero value means no login.
type login struct{ user, password, token string }

// in returns the request with the login.
func (l login) in(request *http.Request) *http.Request {
	if l == (login{}) {
		return request
	}
	again := request.Clone(request.Context())
	if l.token != "" {
		again.Header.Set("Authorization", "Bearer "+l.token)
	} else {
		again.SetBasicAuth(l.user, l.password)
	}
	return again
}

// The variables for a host end with its name, see hostVariable.
const (
	loginVariable = "LAMINA_LOGIN_" // USER:PASSWORD
	tokenVariable = "LAMINA_TOKEN_" // sent as "Authorization: Bearer TOKEN"
)

// variableLogin returns the login that the environment has for a host. Errors name the variable, never its value.
func variableLogin(host string) (login, error) {
	name, ok := hostVariable(host)
	if !ok {
		return login{}, nil
	}
	text, token := os.Getenv(loginVariable+name), os.Getenv(tokenVariable+name)
	user, password, hasColon := strings.Cut(text, ":")
	switch {
	case text != "" && token != "":
		return login{}, hint.Errorf("%s%s and %s%[2]s are both set", loginVariable, name, tokenVariable).With("unset one of them")
	case text != "" && !hasColon:
		return login{}, hint.Errorf("%s%s has no colon between user and password", loginVariable, name).With(
			"its form is USER:PASSWORD; a token goes into " + tokenVariable + name)
	case strings.ContainsAny(text+token, "\r\n"):
		return login{}, hint.Errorf("the login of the environment for %s contains a line break", host).With("set the variable without it")
	}
	return login{user, password, token}, nil
}

// hostVariable returns a host name as it ends variables, such as PACKAGES_EXAMPLE__SITE_ORG for packages.example-site.org: in upper
// case, with "_" for a dot and "__" for a hyphen. No two host names give the same. Other hosts have no variable.
func hostVariable(host string) (string, bool) {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return "", false
		}
	}
	isOther := func(r rune) bool {
		return r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}
	if strings.ContainsFunc(host, isOther) {
		return "", false
	}
	return strings.NewReplacer(".", "_", "-", "__").Replace(strings.ToUpper(host)), true
}

// logins are those of the environment.
type logins struct {
	realm    string // of HTTP_AUTH
	login           // of HTTP_AUTH
	machines []machine
}

// A machine is an entry of a netrc file; name is "" for its default.
type machine struct {
	name string
	login
}

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

// ofHost returns the login that names the host: HTTP_AUTH has it for a realm, as apko reads it, netrc for a machine.
func (l *logins) ofHost(at *url.URL) login {
	if l.login != (login{}) && (strings.EqualFold(l.realm, at.Host) || strings.EqualFold(l.realm, at.Hostname())) {
		return l.login
	}
	for _, m := range l.machines {
		if m.name != "" && strings.EqualFold(m.name, at.Hostname()) {
			return m.login
		}
	}
	return login{}
}

// ofAny returns the login for a server that asks for one. apk gives HTTP_AUTH to any, whatever the realm; here a realm
// that looks like a host is for that host alone.
func (l *logins) ofAny(challenge string) login {
	if l.login != (login{}) && (!strings.Contains(l.realm, ".") || strings.ContainsAny(l.realm, " ") || strings.Contains(challenge, l.realm)) {
		return l.login
	}
	for _, m := range l.machines {
		if m.name == "" {
			return m.login
		}
	}
	return login{}
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
			if user := next(); len(list) > 0 {
				list[len(list)-1].user = user
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
