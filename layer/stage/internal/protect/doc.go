// Package protect knows which directories of a tree hold configuration, where apk keeps files that somebody changed
// (apk/FORMAT.md 9.2).
package protect
