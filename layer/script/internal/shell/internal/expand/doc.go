// Package expand expands the words of a shell: tildes, parameters, command substitution and arithmetic, then the parting into fields and
// pathnames (POSIX.1-2017, Shell Command Language, 2.6). [Scope.Fields] does that for the words of a command, [Scope.Word] and its like
// for a word that stays one.
//
// A [Shell] gives it the values of variables and runs command substitutions; a [Scope] adds the arguments and options that the shell has
// at that moment. Words expand as in busybox 1.36's ash or, with Scope.Bash, as in Bash 5.2. The shell refuses what is not modelled.
//
// The errors are those of the shell. Words and values have bounds, and work that grows faster than they do is spent from the shell's
// account. A Scope is for one goroutine.
package expand
