// Package vendored is where a build looks first for packages, files and images: a vendor directory, or an artifact (package oci/vendor) of
// which it fetches only what is needed. It verifies digests of what it takes from an artifact; that packages are to be trusted is package
// vouch's to find out.
package vendored
