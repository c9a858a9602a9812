package registry

import (
	"errors"
	"net/http"
	"time"

	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/lamina-oci/lamina/internal/transfer"
)

// maxTransfers is how many blobs go to or come from a registry at once.
const maxTransfers = 4

// stallTimeout is how long a server may send nothing, or accept nothing, but for its answer to an upload. Tests set less.
// A registry that passes on what others have may need a while to answer, longer than a repository.
var stallTimeout = 60 * time.Second

// retryPolicy says which answers of a registry are worth another try, and when.
type retryPolicy struct{}

// Retry returns how long to wait, a negative duration for no more tries.
func (retryPolicy) Retry(attempt int, response *http.Response, err error) (time.Duration, error) {
	if transfer.IsLast(attempt+1, err) || err != nil && !transfer.IsTransient(err) {
		return -1, nil
	}
	wait := transfer.BackOff(attempt + 1)
	if err != nil {
		return wait, nil
	}
	if !transfer.IsTransientStatus(response.StatusCode) {
		return -1, nil
	}
	if after := transfer.RetryAfter(response.Header); after > transfer.MaxWait {
		return -1, nil
	} else if after > 0 {
		return after, nil
	}
	return wait, nil
}

// retryUpload marks the failure of an upload as transient if the server's answer says so. The policy repeats other
// requests, but cannot repeat an upload's body.
func retryUpload(err error) error {
	if answer := (*errcode.ErrorResponse)(nil); errors.As(err, &answer) && answer.Method == http.MethodPut && transfer.IsTransientStatus(answer.StatusCode) {
		return transfer.Transient(err, 0)
	}
	return err
}
