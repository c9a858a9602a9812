// Package cachetest opens caches in tests.
package cachetest

import "github.com/lamina-oci/lamina/internal/cache"

// Open returns the cache in a directory, sealed with a secret that all tests share, so that none of them
// creates the secret of the user who runs them.
func Open(dir string) *cache.Directory { return cache.Open(dir, Secret) }

// Secret is the secret of all tests.
func Secret() ([]byte, error) { return []byte("a secret of tests"), nil }
