// Package version compares versions as apk does (apk/FORMAT.md 5): apk 2 and apk 3 differ, and each has its own functions. They do not
// allocate.
package version
