package busybox

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/tree"
)

// wget is busybox' wget and, with the long options, GNU's, as far as they read URLs by GET, each into one file. Options about the
// connection, retries and messages do not change a file that is read whole.
func wget(c *Call) (int, error) {
	long := "output-document=O directory-prefix=P header=\x03 user-agent=U no-clobber=n continue=c " +
		"user=\x04 password=\x05 http-user=\x04 http-password=\x05 referer=\x06 " +
		"quiet=\x01 verbose no-verbose server-response no-check-certificate show-progress https-only retry-connrefused no-cache " +
		"no-hsts no-dns-cache inet4-only inet6-only trust-server-names " +
		"timeout=\x02 tries waitretry wait read-timeout connect-timeout dns-timeout progress max-redirect secure-protocol " +
		"ca-certificate ca-directory limit-rate proxy spider=\x07 post-data=\x08 post-file"
	opts, urls, err := c.getopt("qcSO:P:T:U:Y:t:vn:46\x01\x02:\x03:\x04:\x05:\x06:\x07\x08:", long)
	if err != nil {
		return 0, err
	}
	if opts.has('\x08') {
		return 0, c.Unsupported(c.Line, "wget: only GET is supported, not POST: download the file and COPY it")
	}
	for _, value := range opts.all('n') { // -nv, -nc, and -nd, which is so anyway
		if value != "v" && value != "c" && value != "d" {
			return 0, c.Unsupported(c.Line, "wget: option -n%s is not supported", value)
		}
	}
	if len(urls) == 0 {
		return c.usage(), nil
	}
	request, err := c.wgetRequest(opts)
	if err != nil {
		return 0, err
	}
	document, isNamed := opts.last('O')
	if isNamed && len(urls) > 1 {
		return 0, c.Unsupported(c.Line, "wget: several URLs into one file are not supported")
	}
	for _, where := range urls {
		if request.URL = where; !strings.Contains(where, "://") {
			request.URL = "http://" + where
		}
		if strings.Contains(request.URL, "#") && c.isBusybox() {
			return 0, c.Unsupported(c.Line, "wget: busybox sends what follows # to the server: leave it out of %s", redact.URL(request.URL))
		}
		output := document
		if opts.has('\x07') { // the file is read, and left out
			if status, err := c.wgetOne(request, "", true, true); status != 0 || err != nil {
				return status, err
			}
			continue
		}
		if !isNamed {
			if c.isBusybox() { // a query is part of the path
				_, target, _ := strings.Cut(request.URL, "://")
				_, target, _ = strings.Cut(target, "/")
				output = cmp.Or(target[strings.LastIndexByte(target, '/')+1:], "index.html")
			} else {
				output = cmp.Or(nameInURL(request.URL), "index.html")
				if _, query, ok := strings.Cut(request.URL, "?"); ok {
					output += "?" + query
				}
			}
			if dir, ok := opts.last('P'); ok {
				output = join(dir, output)
			}
		}
		if n, err := c.look(output, true); opts.has('c') && output != "-" && err == nil && n.Type == tree.Regular {
			return 0, c.Unsupported(c.Line, "wget: %s exists already, and -c to continue it is not supported: remove the file or leave out -c", output)
		}
		status, err := c.wgetOne(request, output, isNamed, false)
		if status != 0 || err != nil {
			return status, err
		}
	}
	return 0, nil
}

// wgetRequest makes a request of the options that change it.
func (c *Call) wgetRequest(opts optionList) (Request, error) {
	var r Request
	for _, o := range opts {
		var err error
		switch o.letter {
		case '\x03':
			err = c.header(&r, o.value)
		case 'U':
			err = c.header(&r, "User-Agent:"+o.value)
		case '\x06':
			err = c.header(&r, "Referer:"+o.value)
		}
		if err != nil {
			return r, err
		}
	}
	if user, ok := opts.last('\x04'); ok {
		password, _ := opts.last('\x05')
		login := http.Request{Header: make(http.Header)}
		login.SetBasicAuth(user, password)
		return r, c.header(&r, "Authorization:"+login.Header.Get("Authorization"))
	}
	return r, nil
}

// wgetOne reads a URL into a file, which may be there already if the command line names it. Or it only
// looks whether the server has it.
func (c *Call) wgetOne(r Request, output string, isNamed, onlyLooks bool) (int, error) {
	if _, err := c.look(output, false); err == nil && !isNamed {
		if !c.isBusybox() {
			return 0, c.Unsupported(c.Line, "wget: %s exists already: a name for another file is not supported; use -O", output)
		}
		return c.complain("can't open '%s': File exists", output), nil
	}
	response, err := c.fetch(r)
	switch {
	case err != nil:
		return 0, err
	case response.Status != http.StatusOK && c.isBusybox():
		return c.complain("server returned error: HTTP/1.1 %d %s", response.Status, http.StatusText(response.Status)), nil
	case response.Status != http.StatusOK:
		fmt.Fprintf(&c.Err, "%s:\n%s ERROR %d: %s.\n",
			redact.URL(r.URL), c.Now.UTC().Format("2006-01-02 15:04:05"), response.Status, http.StatusText(response.Status))
		return 8, nil
	}
	if onlyLooks {
		if c.isBusybox() {
			c.complain("remote file exists")
		}
		return 0, nil
	}
	switch err := c.saveOrPrint(output, response); {
	case Fatal(err):
		return 0, err
	case err != nil:
		return c.complain("can't open '%s': %s", output, Reason(err)), nil
	}
	return 0, nil
}

// isBusybox reports whether the program that runs is busybox rather than one of the same name.
func (c *Call) isBusybox() bool {
	where := c.Args[0]
	if !strings.Contains(where, "/") {
		var err error
		if where, err = c.LookPath(where); err != nil {
			return true // an applet without a file
		}
	}
	resolved, err := c.Tree.Resolve(strings.Trim(c.Path(where), "/"), true)
	return err == nil && lastComponent(resolved) == "busybox"
}
