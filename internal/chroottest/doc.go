// Package chroottest runs Alpine's own programs as the reference of tests: in a chroot, with
// the root file system of the corpus. It skips a test where that cannot be. Linux only.
package chroottest
