package busybox

import (
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// Options of curl (https://curl.se/docs/manpage.html) by what is done with them. Those about the connection, about retries and
// about what is told to the user change nothing of a file that is read whole and checked.
const (
	curlOutputDir     = '\x03'
	curlCreateDirs    = '\x04'
	curlRemoteNameAll = '\x05'
	curlURL           = '\x06'
)

// curlLongOptions has "\x01" and, with a value, "\x02" for what changes nothing.
const curlLongOptions = "output=o remote-name=O location=L location-trusted fail=f fail-with-body header=H user-agent=A referer=e user=u " +
	"request=X oauth2-bearer=\x07 get=G globoff=g " +
	"output-dir=\x03 create-dirs=\x04 remote-name-all=\x05 url=\x06 " +
	"silent=\x01 show-error insecure progress-bar no-progress-meter compressed verbose ipv4 ipv6 http1.0 http1.1 http2 tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 " +
	"tlsv1.3 ssl-reqd no-buffer tcp-nodelay no-keepalive remote-time disable retry-connrefused retry-all-errors anyauth basic fail-early " +
	"cert-status parallel no-sessionid no-alpn " +
	"retry=\x02 retry-delay retry-max-time connect-timeout max-time proto proto-redir proto-default speed-limit speed-time tls-max ciphers " +
	"cacert capath limit-rate keepalive-time max-redirs max-filesize stderr dns-servers interface"

// curl is curl as far as it reads URLs by GET: into files or to standard output.
func curl(c *Call) (int, error) {
	opts, args, err := c.getopt("o:OLfH:A:e:u:X:gsSk#vq46NRm:C:0123\x01\x02:\x03:\x04\x05\x06:\x07:", curlLongOptions)
	if err != nil {
		return 0, err
	}
	if method, ok := opts.last('X'); ok && method != http.MethodGet {
		return 0, c.Unsupported(c.Line, "curl: only GET is supported, not %s", method)
	}
	if resume, ok := opts.last('C'); ok && resume != "-" {
		return 0, c.Unsupported(c.Line, "curl: -C %s is not supported", resume)
	}
	request, err := c.curlRequest(opts)
	if err != nil {
		return 0, err
	}
	urls := append(opts.all(curlURL), args...)
	if len(urls) == 0 {
		fmt.Fprintln(&c.Err, "curl: no URL specified!\ncurl: try 'curl --help' or 'curl --manual' for more information")
		return 2, nil
	}
	var outputs []string // "" for the name in the URL
	for _, o := range opts {
		switch o.letter {
		case 'o':
			outputs = append(outputs, o.value)
		case 'O':
			outputs = append(outputs, "")
		}
	}
	status := 0
	for i, where := range urls {
		output, err := c.curlOutput(opts, outputs, i, where)
		if err != nil {
			return 0, err
		}
		if request.URL = where; !strings.Contains(where, "://") {
			request.URL = "http://" + where
		}
		if strings.ContainsAny(where, "{}[]") && !opts.has('g') {
			return 0, c.Unsupported(c.Line, "curl: patterns in URLs are not supported; -g takes brackets literally")
		}
		if status, err = c.curlOne(request, opts.has('f'), output); err != nil {
			return 0, err
		}
	}
	return status, nil
}

// curlRequest makes a request of the options that change it.
func (c *Call) curlRequest(opts optionList) (Request, error) {
	r := Request{Stay: !opts.has('L'), Header: http.Header{"Accept": {"*/*"}}}
	for _, o := range opts {
		var err error
		switch o.letter {
		case 'H':
			if strings.HasPrefix(o.value, "@") {
				return r, c.Unsupported(c.Line, "curl: headers in a file are not supported")
			}
			err = c.header(&r, o.value)
		case 'A':
			err = c.header(&r, "User-Agent:"+o.value)
		case 'e':
			err = c.header(&r, "Referer:"+o.value)
		case '\x07':
			err = c.header(&r, "Authorization: Bearer "+o.value)
		case 'u':
			user, password, _ := strings.Cut(o.value, ":")
			login := http.Request{Header: make(http.Header)}
			login.SetBasicAuth(user, password)
			err = c.header(&r, "Authorization:"+login.Header.Get("Authorization"))
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

// curlOutput returns the file that a URL's content goes to, or "-".
func (c *Call) curlOutput(opts optionList, outputs []string, i int, where string) (string, error) {
	output := "-"
	switch {
	case i < len(outputs):
		output = outputs[i]
	case opts.has(curlRemoteNameAll):
		output = ""
	}
	if output == "" {
		if output = nameInURL(where); output == "" {
			return "", c.Unsupported(c.Line, "curl: the URL %s has no name for a file: use -o", redact.URL(where))
		}
	}
	if dir, ok := opts.last(curlOutputDir); ok && output != "-" {
		output = join(dir, output)
	}
	if opts.has(curlCreateDirs) && output != "-" {
		if err := c.Tree.MkdirAll(strings.Trim(path.Dir(c.file(output)), "/"), 0o750); Fatal(err) {
			return "", err
		}
	}
	return output, nil
}

// curlOne reads a URL.
func (c *Call) curlOne(r Request, mayFail bool, output string) (int, error) {
	response, err := c.fetch(r)
	if err != nil {
		return 0, err
	}
	switch {
	case response.Status == http.StatusOK:
	case response.Status < 400:
		return 0, hint.With(c.Unsupported(c.Line, "curl: %s redirects (%d), and without -L curl would take the redirect itself for the file",
			redact.URL(r.URL), response.Status),
			"let curl follow redirects: curl -L")
	case mayFail:
		fmt.Fprintf(&c.Err, "curl: (22) The requested URL returned error: %d\n", response.Status)
		return 22, nil
	default:
		return 0, hint.With(c.Unsupported(c.Line, "curl: %s answers %d, and without -f curl would take the error page for the file",
			redact.URL(r.URL), response.Status),
			"check the URL, and let curl fail then: curl -f")
	}
	switch err := c.saveOrPrint(output, response); {
	case Fatal(err):
		return 0, err
	case err != nil:
		fmt.Fprintf(&c.Err, "Warning: Failed to open the file %s: %s\ncurl: (23) Failure writing output to destination\n", output, Reason(err))
		return 23, nil
	}
	return 0, nil
}

// saveOrPrint puts the content of a response into a file, or prints it where that is "-". An error that is not fatal is for the command
// to print.
func (c *Call) saveOrPrint(output string, response *Response) error {
	switch clean := path.Clean(c.file(output)); {
	case output == "-", clean == "/dev/stdout", clean == "/proc/self/fd/1", clean == "/dev/fd/1":
		return c.printContent(response.Content)
	case clean == "/dev/null":
		return nil
	}
	if err := c.RefuseDevice(c.Line, c.file(output)); err != nil {
		return err
	}
	if err := c.saveAs(c.file(output), response.Content, response.Size); err != nil {
		return err
	}
	return c.Bounded()
}
