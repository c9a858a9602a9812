//go:build unix && !linux

package cache_test

import "testing"

func asNobody(t *testing.T) { t.Skip("root may write everywhere") }
