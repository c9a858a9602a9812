package main

import (
	"testing"
	"time"
)

func TestSourceDateEpoch(t *testing.T) {
	for value, want := range map[string]time.Time{"": {}, "0": time.Unix(0, 0).UTC(), "1700000000": time.Unix(1700000000, 0).UTC()} {
		if got, err := parseSourceDateEpoch(value); err != nil || !got.Equal(want) || got.IsZero() != want.IsZero() {
			t.Errorf("%q: %v, %v, want %v", value, got, err, want)
		}
	}
	for _, value := range []string{"-1", "1.5", "x", "99999999999999", " 1"} {
		if got, err := parseSourceDateEpoch(value); err == nil {
			t.Errorf("%q is taken for %v", value, got)
		}
	}
	_, err := parseSourceDateEpoch("1099511627777")
	if want := `SOURCE_DATE_EPOCH is "1099511627777", above the limit of 1099511627776 seconds since 1970`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
