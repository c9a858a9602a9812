package ocitest

import (
	"fmt"
	"os"
	"path/filepath"
)

// RunAtHome runs tests with a configuration and a cache of their own, apart from those of the user. Go's cache stays where it is, so
// that tests which compile programs do not compile everything.
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
