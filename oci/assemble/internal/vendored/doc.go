// Package vendored writes what a lock pins into a vendor directory or an artifact (package oci/internal/vendor), and is where a build
// looks first for packages, files and images. Of an artifact it fetches only what is needed, and verifies digests of what it takes;
// that packages are to be trusted is package vouch's to find out.
package vendored
