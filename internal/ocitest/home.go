package ocitest

import (
	"fmt"
	"os"
	"path/filepath"
)

// RunAtHome runs tests with a configuration and a cache of their own, not the user's, and returns the exit status. Go's cache stays the
// user's: tests that compile a program would compile everything otherwise.
func RunAtHome(m interface{ Run() int }) int {
	dir, err := os.MkdirTemp("", "lamina-config-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if cache, err := os.UserCacheDir(); err == nil && os.Getenv("GOCACHE") == "" {
		os.Setenv("GOCACHE", filepath.Join(cache, "go-build"))
	}
	os.Setenv("XDG_CONFIG_HOME", dir)
	os.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	return m.Run()
}
