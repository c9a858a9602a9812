// Package programs finds the programs that shell text needs and that cannot be interpreted, before any of it runs.
//
// A [Survey] goes through the files and commands that a root file system gets, in their order, and reports a command if the text
// shows that it runs whenever the text is run to its successful end, and that nothing in the text could have made a script of its
// name. So each reported call would fail later, too. Others may still fail: most programs show only when they are called.
//
// A text that the shell refuses is reported as such.
//
// Reported are names that [Known] has and that are no applets. Scripts of packages are interpreted, so that no other name is certain.
//
// # What runs for certain
//
// The commands of a list and of groups, until one that may end the shell; the left side of "&&" always, and its right side if the
// shell's status is that of the list; all of a pipeline; command substitutions; the body of a function that is called, and of a
// loop over words that are there; the command behind env, nice, nohup, timeout, xargs, "sh -c" and the like. Branches and other
// loops do not count.
//
// A command whose failure is provided for (the left side of "||", a condition, behind "!", or a substitution whose messages are
// thrown away) may be missing, which is no error. It counts if an earlier "apk add" names it, or if the other side of "||" needs such
// a program, too, or only fails.
package programs
