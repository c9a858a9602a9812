// Package busybox has the commands that scripts call: busybox' applets and a few programs
// of other packages, over a file tree in memory.
//
// An applet is a function in a file of its own and a row in the table of table.go. It gets
// a [Call], which has its arguments, streams, working directory and environment, and
// reaches the shell only through the two methods of [Shell]. [Session] is what all
// commands of one script share: the tree, the clock and the bounds.
//
// An applet does what busybox 1.36 does, messages and exit status included. An option or
// case that it does not implement is an [*UnsupportedError] that names the command and the
// line; it never does something else instead. It touches nothing but the tree and its
// streams.
//
// Bounds count bytes and commands, never time. Every loop that foreign data drives spends
// from the session ([Session.Spend]); a command reads and prints at most 64 MiB, and all
// commands that run at a time hold at most 256 MiB.
package busybox
