package repository

import (
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/redact"
)

// age is how old an index is: when it was made, and among those of one time, which some makers leave 0, when its newest
// package was built. In Unix seconds.
type age struct {
	Made  int64 `json:"made"`
	Built int64 `json:"built"`
}

func ageOf(index *apk.Index) age {
	a := age{Made: index.Time}
	for _, p := range index.Packages {
		a.Built = max(a.Built, p.BuildTime)
	}
	return a
}

func (a age) isBefore(b age) bool { return a.Made < b.Made || a.Made == b.Made && a.Built < b.Built }

// checkAge warns of an index that is older than one which came from the same URL before. Both are signed, so a mirror can go
// back to an index whose packages have faults that are known by now; or it is just behind.
func (c *Client) checkAge(where string, index *apk.Index, header indexHeader) {
	now, newest := ageOf(index), header.Newest
	if !now.isBefore(newest) {
		return
	}
	date := func(seconds int64) string { return time.Unix(seconds, 0).UTC().Format("2006-01-02 15:04:05 UTC") }
	if now.Made == newest.Made {
		c.warn("index %s has no package newer than %s, but one with packages up to %s came from there before: the mirror is behind, or holds back updates",
			redact.URL(where), date(now.Built), date(newest.Built))
		return
	}
	c.warn("index %s was made %s, but one made %s came from there before: the mirror is behind, or holds back updates",
		redact.URL(where), date(now.Made), date(newest.Made))
}
