package registry

import (
	"testing"
	"time"
)

// What tests from outside need.
const MaxTries = maxTries

var ErrStalled = errStalled

// SetStallTimeout has servers count as silent after d, until the test ends.
func SetStallTimeout(t *testing.T, d time.Duration) {
	before := stallTimeout
	stallTimeout = d
	t.Cleanup(func() { stallTimeout = before })
}
