// Package bash has what Bash does otherwise than ash and what needs no shell for it: arrays as values, options, and which commands and
// expressions are refused because they are not the same there. The source is bash(1), and what Bash 5.2 does.
//
// It has no state; everything may be called concurrently.
package bash
