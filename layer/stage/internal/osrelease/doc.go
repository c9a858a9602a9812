// Package osrelease sets variables of /etc/os-release (os-release(5)).
package osrelease
