// Package script runs the install scripts of packages without running anything on the
// host: a shell interpreted in Go, over a file tree in memory, with the commands of
// Alpine's scripts in Go as well.
//
// It joins three packages: layer/script/shell evaluates, layer/script/busybox has the
// applets, and layer/script/regex the regular expressions.
//
// # Promises
//
// A script never reads or changes the host: file operations go to the tree, commands are
// those of package busybox, and clock, ids and environment are set.
//
// The same script over the same tree has the same effect on every machine. Nothing depends
// on time or on the number of cores: the bounds of [Options] count commands and bytes.
//
// A construct that ash does not have or that is not supported is an [*UnsupportedError]
// with its line, before the script starts where the text shows it. Nothing is skipped.
//
// Memory is bounded too: awk programs run on package awk, which counts what their values hold.
//
// # Differences from ash
//
// Commands in the background, process substitution, aliases, kill, ulimit, symbolic
// umasks, $RANDOM and similar variables, and devices other than /dev/null and the three
// standard streams are refused. "$$" is 1, the host is called localhost, no other process
// exists, no bus answers dbus-send, and sleep returns at once. A command's output is
// passed on when it is complete, so of one command standard output comes before standard
// error; a command that reads a pipe reads all of it before it begins. A file runs as the
// applet of its name unless it is a script: coreutils behave as busybox.
package script
