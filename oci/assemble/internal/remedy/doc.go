// Package remedy says what to do about errors of the machine, of scripts and of packages, in terms of the program's options and spec.
package remedy
