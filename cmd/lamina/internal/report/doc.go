// Package report writes what commands have found out: as text for people, in columns, and as JSON for programs. Of JSON, members may be
// added, but do not change: the types with tags here are that promise.
package report
