package flagvalue

import (
	"math"
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // 0: refused
	}{
		{"1", 1}, {"4096", 4096}, {"10B", 10}, {"500MB", 500e6}, {"2GB", 2e9}, {"2gb", 2e9}, {"2 GB", 2e9},
		{"2GiB", 2 << 30}, {"1.5KiB", 1536}, {"3TB", 3e12}, {"1TiB", 1 << 40}, {"64kB", 64000},
		{"", 0}, {"0", 0}, {"0GB", 0}, {"0.1", 0}, {"-1", 0}, {"+1", 0}, {"2G", 0}, {"2M", 0}, {"GB", 0}, {"2XB", 0},
		{"1e3", 0}, {"1e3MB", 0}, {"0x10", 0}, {"1_000", 0}, {"inf", 0}, {"NaN", 0}, {"1.2.3", 0}, {"1,5GB", 0},
		{"99999999999TB", 0}, {"9223372036854775808", 0},
	} {
		got, err := parseSize(c.text)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%q: %d, %v, want %d", c.text, got, err, c.want)
		}
	}
}

func TestParseAge(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		text string
		want time.Duration // 0: refused
	}{
		{"30d", 30 * day}, {"72h", 72 * time.Hour}, {"1d12h", 36 * time.Hour}, {"90m", 90 * time.Minute}, {"1.5h", 90 * time.Minute},
		{"1s", time.Second}, {"106751d", 106751 * day},
		{"", 0}, {"0", 0}, {"0d", 0}, {"30", 0}, {"d", 0}, {"1.5d", 0}, {"-1d", 0}, {"-1h", 0}, {"1d-1h", 0}, {"12h1d", 0}, {"1dd", 0},
		{"106752d", 0}, {"106751d24h", 0}, {"99999999999999999999d", 0}, {"2w", 0},
	} {
		got, err := parseAge(c.text)
		if got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%q: %v, %v, want %v", c.text, got, err, c.want)
		}
	}
	if _, err := parseAge("106751d24h"); err == nil || err.Error() != "it is longer than 106751 days" {
		t.Errorf("of %d days: %v", math.MaxInt64/day, err)
	}
}
