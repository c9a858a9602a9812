// Package expand expands the words of a shell: tildes, parameters, command substitution and arithmetic, then the parting into fields and
// pathnames (POSIX.1-2017, Shell Command Language, 2.6). [Scope.Fields] does that for the words of a command, [Scope.Word] and its like
// for a word that stays one.
//
// What it knows of the shell is a [Shell], which has the variables and runs the commands of substitutions, and the options of a [Scope].
// Everything is as busybox 1.36's ash has it or, with Scope.Bash, as Bash 5.2 has it; what is not modelled is refused through the shell.
//
// The errors are those of the shell. Words and values have bounds, and work that grows faster than they do is spent from the shell's
// account. A Scope is for one goroutine.
package expand
