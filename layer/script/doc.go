// Package script runs the scripts of packages without running anything: a
// shell interpreted in Go, over a file tree in memory, with the commands that
// Alpine's scripts use written in Go as well.
//
// A script never sees or touches the host: every file operation goes to the
// tree, every command is one of this package's, and what the interpreter would
// take from the host (environment, ids, time, temporary files) is set or refused.
// A script that uses what cannot be held inside is refused before it starts, with
// the position, and nothing that a script does takes more than the bounds of
// [Options] allow.
package script
