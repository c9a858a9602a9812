// Package conditional evaluates the conditional expressions of Bash, which are what stands between "[[" and "]]": words are neither split nor
// looked up as pathnames in them, and an operator may compare with a pattern or a regular expression (bash(1), "Conditional Expressions").
package conditional
