// Package trust decides which keys count for a root: those that the root trusts, and those of the request.
package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/oci/assemble/internal/root"
	"github.com/lamina-oci/lamina/oci/spec"
)

// Keys are the request's own.
type Keys struct {
	List        []spec.Key
	AreRecorded bool // they are from an image's record, which must not replace a key of the base
}

// Ring returns the keys of a root and of the request.
func (k Keys) Ring(r *root.Root, warn func(string, ...any)) (*apk.KeyRing, error) {
	ring := new(apk.KeyRing)
	r.AddKeys(ring, warn)
	own := ring.Names()
	for _, key := range k.List {
		if k.AreRecorded && slices.Contains(own, key.Name) {
			continue
		}
		if err := ring.Add(key.Name, key.PEM); err != nil {
			return nil, hint.Default(fmt.Errorf("key %s: %w", key.Name, err), "a key is a PEM file with a public key, like those in /etc/apk/keys on Alpine")
		}
	}
	return ring, nil
}

// WithAlpine returns a list of keys with Alpine's own for an architecture.
func WithAlpine(list []spec.Key, arch string) ([]spec.Key, error) {
	keys, err := repository.AlpineKeys(arch)
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		if !slices.ContainsFunc(list, func(other spec.Key) bool { return other.Name == name }) {
			list = append(list, spec.Key{Name: name, PEM: keys[name]})
		}
	}
	return list, nil
}

// RecordedOnly says which keys vouch for packages only because an image's record brings them; "" for none. Vouchers are the names of the keys
// that vouch, "" for no key.
func RecordedOnly(base *root.Root, vouchers []string) string {
	ring := new(apk.KeyRing)
	base.AddKeys(ring, func(string, ...any) {})
	own := ring.Names()
	var names []string
	for _, name := range vouchers {
		if name != "" && !slices.Contains(own, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return ""
	}
	count, verb := len(names), "is"
	if count > 1 {
		verb = "are"
	}
	slices.Sort(names)
	return fmt.Sprintf("%s %s signed only by %s, which the image's record brings along: pass the keys that you trust (--key FILE)",
		terminal.Count(count, "package"), verb, strings.Join(slices.Compact(names), ", "))
}
