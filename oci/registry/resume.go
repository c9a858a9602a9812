package registry

import (
	"context"
	"io"
	"time"
)

// resumedBody goes on where a transfer has broken off, if the server sends parts of blobs (RFC 9110 14). Who reads it
// verifies the whole.
type resumedBody struct {
	io.ReadSeekCloser
	ctx          context.Context
	size, offset int64
	failures     int
	failedAt     int64
}

// resumed wraps the body of a blob, which can seek where the server has said that it sends parts.
func resumed(ctx context.Context, body io.ReadCloser, size int64) io.ReadCloser {
	if seeker, ok := body.(io.ReadSeekCloser); ok {
		return &resumedBody{ReadSeekCloser: seeker, ctx: ctx, size: size}
	}
	return body
}

func (b *resumedBody) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadSeekCloser.Read(p)
		b.offset += int64(n)
		if err == nil || err == io.EOF && b.offset >= b.size || !isTransient(err) || b.ctx.Err() != nil {
			return n, err
		}
		if isResumed, err := b.resume(err); !isResumed {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// resume asks for the rest after an error. Failures without much in between are counted; if there are too many, the error
// is final. From a server that does not send parts after all, the transfer can still begin anew.
func (b *resumedBody) resume(failure error) (isResumed bool, err error) {
	const much = 1 << 20
	if b.offset-b.failedAt >= much {
		b.failures = 0
	}
	b.failedAt = b.offset
	if b.failures++; b.failures == maxTries {
		return false, &permanentError{failure}
	}
	select {
	case <-b.ctx.Done():
		return false, failure
	case <-time.After(backoff(b.failures - 1)):
	}
	// A seek to where it is does nothing; one to the end asks nobody.
	_, err = b.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = b.Seek(b.offset, io.SeekStart)
	}
	switch {
	case err == nil:
		return true, nil
	case isTransient(err):
		return false, &permanentError{err} // requests are repeated below
	}
	return false, failure
}
