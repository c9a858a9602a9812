// Package grammar reads shell text as busybox' ash does, without running it. mvdan.cc/sh/v3/syntax parses; what it takes and ash does not
// know, or does otherwise, is refused with its line, before anything of the text runs.
//
// It has no state; everything may be called concurrently.
package grammar
