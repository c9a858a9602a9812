package collector

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

func TestPercentOf(t *testing.T) {
	for _, c := range []struct {
		live uint64
		want int
	}{
		{0, 400},
		{1 << 20, 400},
		{4 << 20, 400},
		{8 << 20, 200},
		{16 << 20, 100},
		{32 << 20, 50},
		{64 << 20, 33}, // a third, for 16 MiB are a quarter of it
		{1 << 40, 33},
	} {
		if got := percentOf(c.live); got != c.want {
			t.Errorf("%d bytes in use: %d percent, want %d", c.live, got, c.want)
		}
	}
}

// TestStart: GOGC of the user's environment stays; else the percentage follows the heap, up and down.
func TestStart(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(70))
	t.Setenv("GOGC", "70")
	Start()
	runtime.GC()
	if got := percentNow(); got != 70 {
		t.Errorf("%d percent, want 70", got)
	}
	t.Setenv("GOGC", "")
	Start()
	if got := percentNow(); got != mostPercent {
		t.Errorf("%d percent at the beginning", got)
	}
	kept := make([]byte, 64<<20)
	waitFor(func(percent uint64) bool { return percent == leastPercent })
	runtime.KeepAlive(kept)
	kept = nil
	waitFor(func(percent uint64) bool { return percent > 100 })
}

// waitFor returns once enough collections have run, if ever.
func waitFor(is func(percent uint64) bool) {
	for !is(percentNow()) {
		runtime.GC()
	}
}

func percentNow() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
