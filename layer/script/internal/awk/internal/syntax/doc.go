// Package syntax reads awk programs as the awk of busybox 1.36 reads them, for the package that runs them.
//
// [Parse] cuts a text into tokens and makes of them a tree of statements and expressions, a [Program], in which each variable has a
// slot and each function of awk's own its number of arguments. It works on bytes, evaluates nothing, and promises:
//
//   - What busybox refuses is an [Error] with its line; so are the few valid forms that this parser does not know.
//   - Bounds. A program has at most 1 MiB, with 500 statements and expressions within each other.
//   - The tree never changes.
//
// The grammar is that of POSIX awk with what experiments with busybox show beside it: how operators bind, where an assignment may
// stand, which newlines are left out.
package syntax
