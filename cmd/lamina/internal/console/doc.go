// Package console is the side of the program that people see on stderr: messages, warnings and progress, in the forms of --progress.
package console
