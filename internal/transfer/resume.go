package transfer

import (
	"context"
	"io"
)

// Resume wraps the body of a response that has size bytes in all. If the body can seek, as oras-go's can where the
// server announces ranges (RFC 9110 14), reading continues after a transient failure where it broke off. Any other
// body is returned as it is. The reader must verify the whole content.
//
// A failure that no further try of this body can mend is marked as [Permanent] if the tries are used up, and left
// as it is if the server refuses the range: then the transfer may start from the beginning.
func Resume(ctx context.Context, body io.ReadCloser, size int64) io.ReadCloser {
	if seeker, ok := body.(io.ReadSeekCloser); ok {
		return &resumedBody{ReadSeekCloser: seeker, ctx: ctx, size: size}
	}
	return body
}

type resumedBody struct {
	io.ReadSeekCloser
	ctx          context.Context
	size, offset int64
	tries        Tries
}

func (b *resumedBody) Read(p []byte) (int, error) {
	for {
		n, err := b.ReadSeekCloser.Read(p)
		b.offset += int64(n)
		if err == nil || err == io.EOF && b.offset >= b.size || !IsTransient(err) {
			return n, err
		}
		if err := b.resume(err); err != nil {
			return n, err
		}
		if n > 0 {
			return n, nil
		}
	}
}

// resume requests the rest after a failure.
func (b *resumedBody) resume(failure error) error {
	if err := b.tries.Again(b.ctx, failure, b.offset); err != nil {
		return err
	}
	// A seek to the current offset does nothing; one to the end sends no request.
	_, err := b.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = b.Seek(b.offset, io.SeekStart)
	}
	switch {
	case err == nil:
		return nil
	case IsTransient(err):
		return Permanent(err) // the transport below has retried the request
	}
	return failure
}
