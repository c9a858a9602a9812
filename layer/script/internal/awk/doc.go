// Package awk interprets awk programs as the awk of busybox 1.36 on Alpine does, for the scripts of packages.
//
// [Parse] reads a program and [Program.Run] runs it over a [Config], which is all that a program can reach: its
// operands, variables, environment, standard input and output, and the functions that open files and run commands. Regular
// expressions are compiled by a function of the Config.
//
// The package promises:
//
//   - Same program, same input, same output, on every machine. The order of "for (key in array)" is that of busybox.
//     Random numbers are refused, and the time is that of the Config.
//   - Bounds. Live values have at most Config.MaxBytes bytes, checked before they are allocated; functions are
//     at most 1000 deep; Config.Spend counts every step and every byte that is touched, and may end the run.
//   - No silent gap. A construct that is not supported (random numbers, some formats) ends the run
//     with an [UnsupportedError], and an error of the program with a [RuntimeError] that has busybox' message.
//
// The tests compare with recorded answers of busybox, and, where the corpus is, with busybox itself.
// Differences that stay: this parser takes some programs that busybox refuses, and refuses "KEY in ARRAY" as
// operand of a tighter operator. ERRNO is not supported.
//
// A Program may run several times at once; a run belongs to one goroutine.
package awk
