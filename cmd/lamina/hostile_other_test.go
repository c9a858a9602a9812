//go:build !linux

package main

// limitData does nothing: the limit is Linux's.
func limitData() {}
