package sharedcache_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/sharedcache"
)

// TestKey: with a key, a list counts only if it was written with the same one, and any change to it is detected.
func TestKey(t *testing.T) {
	withKey := func(key string) func(*sharedcache.Options) {
		return func(o *sharedcache.Options) { o.Key = []byte(key) }
	}
	const key = "a secret of many"
	k := startKeeper(t)
	k.fill(t, "build", withKey(key))
	read := func(key string) (warnings []string, err error) {
		change := withKey(key)
		if key == "" {
			change = func(*sharedcache.Options) {}
		}
		m := k.machine(t, "build", true, false, change)
		_, err = m.get(cache.Segments)
		return m.warnings, err
	}
	if warnings, err := read(key); err != nil || len(warnings) > 0 {
		t.Errorf("with the key: %v, %v", err, warnings)
	}
	if _, err := read(""); err != nil {
		t.Errorf("without a key: %v", err)
	}
	if warnings, err := read("another of them "); err == nil || len(warnings) == 0 || !strings.Contains(warnings[0], "LAMINA_CACHE_KEY") {
		t.Errorf("with another key: %v, %v", err, warnings)
	}
	// Another segment in its place, without the key.
	forged := strings.Repeat("FORGED ", 50_000)
	k.files["/cas/"+keyOf(forged)] = []byte(forged)
	for name, text := range k.files {
		if strings.HasPrefix(name, "/ac/") {
			k.files[name] = bytes.ReplaceAll(text, []byte(keyOf(entriesOfAllKinds()[cache.Segments])), []byte(keyOf(forged)))
		}
	}
	if warnings, err := read(key); err == nil || len(warnings) == 0 {
		t.Errorf("a forged list with the key: %v, %v", err, warnings)
	}
}

// TestBelieved: entries from a shared cache that their readers do not verify count only while shared caches are believed.
func TestBelieved(t *testing.T) {
	k := startKeeper(t)
	k.fill(t, "build")
	m := k.machine(t, "build", true, false)
	for _, kind := range cache.SharedKinds() {
		if _, err := m.get(kind); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
	var warnings []string
	later := cache.Open(m.Dir(), func() ([]byte, error) { return []byte("secret of " + t.Name() + "build"), nil })
	later.Warn = func(text string) { warnings = append(warnings, text) }
	for _, kind := range cache.SharedKinds() {
		entry, err := later.Send(kind, nameIn(kind))
		if err == nil {
			entry.Close()
		}
		if isThere := err == nil; isThere == kind.IsBelieved() {
			t.Errorf("%s: without a shared cache, there: %v", kind, isThere)
		}
	}
	if len(warnings) > 0 {
		t.Error(warnings)
	}
}
