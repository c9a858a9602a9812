// Package accounts finds users and groups in a tree's etc/passwd and etc/group: owners of files as apk finds them, and the users that
// commands run as.
package accounts
