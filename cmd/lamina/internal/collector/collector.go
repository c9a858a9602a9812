// Package collector tells the garbage collector of Go how far the program's heap may grow between two collections.
//
// Go lets it double, which suits neither end: a heap of 4 MB is collected every few milliseconds while a program starts, and one of 60 MB,
// as thousands of packages need, is filled with as much garbage again, though so little of it comes in a second that collecting it sooner
// costs nothing that can be measured. So the heap grows by 16 MiB here, or by a third if that is more.
package collector

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	growth       = 16 << 20 // bytes
	leastPercent = 33
	mostPercent  = growth / (4 << 20) * 100 // Go's smallest heap is 4 MiB at 100 percent, and so much more at more
)

// Start is for the whole process, from now on. It does nothing where the user has set GOGC.
func Start() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(mostPercent)
	afterCollection(mostPercent)
}

// percentOf returns what [debug.SetGCPercent] takes for a heap with that many bytes that are in use.
func percentOf(live uint64) int {
	return int(min(max(growth*100/max(live, 1), leastPercent), mostPercent))
}

// afterCollection sets the percentage after each collection, which is when an object that nothing refers to is finalized.
func afterCollection(percent int) {
	runtime.SetFinalizer(&struct{ _ *byte }{}, func(*struct{ _ *byte }) {
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		next := percentOf(stats.NextGC * 100 / (100 + uint64(percent))) // HeapAlloc has what is not swept yet
		debug.SetGCPercent(next)
		afterCollection(next)
	})
}
