package registry

import (
	"testing"
	"time"
)

// SetStallTimeout has servers count as silent after d, until the test ends.
func SetStallTimeout(t *testing.T, d time.Duration) {
	before := stallTimeout
	stallTimeout = d
	t.Cleanup(func() { stallTimeout = before })
}
