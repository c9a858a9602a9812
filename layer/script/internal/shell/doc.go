// Package shell evaluates shell scripts as busybox' ash does, or as Bash does: commands, redirection, builtins and subshells, over the
// file tree of a session.
//
// [Run] is all that a caller needs. Package grammar reads a text and checks it as a whole before any of it runs; a construct that the
// shell does not have is a [*busybox.UnsupportedError] with its line.
//
// Each process of a shell is a value of its own (process.go), which commands run in (eval.go, simple.go). Parts that need no process are
// packages below: expand expands words and asks the shell for the values of names, variables keeps these values and their size, files
// opens what redirections name, input reads lines for builtins, and program tells scripts from other files.
//
// Evaluation is deterministic. One goroutine runs at a time: subshells run in order, and
// the commands of a pipeline take turns at fixed points, the writer until its pipe is full
// and then the reader until it is empty. Variables and functions count against a bound
// while they exist, and every loop over text that a script controls spends from the
// session's account of work.
//
// A Session belongs to one Run. Sessions with different trees may run concurrently.
package shell
