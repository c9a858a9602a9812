// Package script runs the scripts of packages without running anything: a shell
// interpreted in Go, over a file tree in memory, with the commands that Alpine's
// scripts use written in Go as well.
//
// The shell is busybox' ash, as Alpine has it. Its grammar is read by
// mvdan.cc/sh/v3/syntax and evaluated here ([Run]): so there is no code in it that
// could look at the host, what runs at the same time in a real shell runs in an order
// that is the same each time, and whatever grows is bounded. The commands of a
// pipeline take turns; everything else is one after the other.
//
// A script never sees or touches the host: every file operation goes to the tree,
// every command is one of this package's, and time, ids and the environment are set.
// A script that uses what ash does not know, or what is not supported, is refused
// before it starts where that can be seen, with the position; nothing is skipped.
// Nothing that a script does takes more than the bounds of [Options] allow.
//
// # What differs from ash
//
// Commands in the background, process substitution, aliases, kill, ulimit, symbolic
// umasks, $RANDOM and its like, and devices other than /dev/null and the three standard
// streams are refused. "$$" is 1, the host is called localhost, no other process is
// there, no bus answers dbus-send, and sleep takes no time. A here-document or a
// command's output is handed over when it is complete, so that of one command standard
// output comes before standard error; a command that reads a pipe reads all of it before
// it begins. A program is what its name says if it is there and is no script: the files
// of coreutils behave as busybox' applets.
package script
