// Package stage applies the steps of a build to a root file system as apk would: it installs, upgrades and removes packages on
// the file tree of a base, runs their scripts and triggers, updates apk's databases, and adds files.
//
// A [Stage] starts with the base's tree and applies a transaction to a copy of it. The result is what apk would have left
// there: owners by name, modes and times, protected configuration, the installed database. A base whose apk-tools is 2.x
// gets the behaviour of 2.14, others that of 3.0.
//
// Nothing is unpacked. A file of a package is a reference into the package file, a [PackageFile], so memory grows with the
// number of paths only. Every package is verified as it is read: its identity before any of its content is used, its data hash
// before Apply returns. After an error the tree may be partly changed and must be discarded; the base's own tree
// never changes.
//
// A Stage is for one goroutine; different stages may be used concurrently.
package stage
