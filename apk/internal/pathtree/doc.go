// Package pathtree checks the paths that a package has: each by itself, and as they come, for a file that is a directory elsewhere or has
// none to be in.
package pathtree
