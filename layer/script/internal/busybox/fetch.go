package busybox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Request is a read from the network.
type Request struct {
	URL    string      // of http or https
	Header http.Header // nil for none

	// Stay means not to follow redirects: one is then the answer.
	Stay bool
}

// Response is what a read from the network came to.
type Response struct {
	Status  int          // of HTTP; 200 comes with content
	Content tree.Content // nil if it is empty or was not sent
	Size    int64        // of the content in bytes
}

// fetch reads from the network, for curl and wget.
func (c *Call) fetch(r Request) (*Response, error) {
	if c.Get == nil {
		return nil, c.Unsupported(c.Line, "%s: reading from the network is not supported here", c.Args[0])
	}
	u, err := url.Parse(r.URL)
	switch {
	case err == nil && u.Scheme != "http" && u.Scheme != "https":
		return nil, c.Unsupported(c.Line, "%s: URLs of %s are not supported", c.Args[0], u.Scheme)
	case err != nil || u.Host == "":
		return nil, c.Unsupported(c.Line, "%s: the URL %s is malformed", c.Args[0], redact.URL(r.URL))
	}
	u.Fragment = ""
	r.URL = u.String()
	if err := c.spend(len(r.URL) + pathCost); err != nil {
		return nil, err
	}
	response, err := c.Get(c.Ctx, r)
	if err != nil {
		return nil, c.Fail(fmt.Errorf("%s: line %d: %w", c.Script, c.Line, err))
	}
	return response, nil
}

// header adds a header of the command line to a request. Others than these could change what a URL leads to in ways that
// nobody sees.
func (c *Call) header(r *Request, line string) error {
	name, value, ok := strings.Cut(line, ":")
	name = http.CanonicalHeaderKey(strings.TrimSpace(name))
	switch name {
	case "Accept", "Authorization", "User-Agent", "Referer", "Accept-Language", "Cache-Control", "Pragma":
	default:
		return c.Unsupported(c.Line, "%s: the header %q is not supported, since it may change what the URL leads to: download the file and COPY it", c.Args[0], name)
	}
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	if value = strings.TrimSpace(value); ok && value != "" {
		r.Header.Set(name, value)
	}
	return nil
}

// saveAs gives a file a content, without copying that. An error that is not fatal is for the command to print.
func (c *Call) saveAs(where string, content tree.Content, size int64) error {
	return c.Tree.WriteContent(where, content, size, c.masked(0o666))
}

// printContent prints a content piece by piece.
func (c *Call) printContent(content tree.Content) error {
	if content == nil {
		return nil
	}
	r, err := content.Open()
	if err != nil {
		return c.Fail(err)
	}
	defer r.Close()
	return c.printFrom(r)
}

// printFrom prints what a reader has, piece by piece, as long as somebody reads it.
func (c *Call) printFrom(r io.Reader) error { return c.printTo(&c.Out, r) }

// buffers are for what is read in pieces.
var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// printTo is printFrom for what is written to a writer that may print.
func (c *Call) printTo(w io.Writer, r io.Reader) error {
	buffer := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buffer)
	piece := buffer[:]
	for !c.Unwritten || w != &c.Out {
		n, err := r.Read(piece)
		if _, err := w.Write(piece[:n]); err != nil {
			return err
		}
		if err := c.spend(n/streamed + 1); err != nil {
			return err
		}
		if n > 0 {
			if err := c.emit(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nameInURL is the last component of a URL's path.
func nameInURL(where string) string {
	u, err := url.Parse(where)
	if err != nil {
		return ""
	}
	if strings.HasSuffix(u.Path, "/") || u.Path == "" {
		return ""
	}
	return path.Base(u.Path)
}
