package apk

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/lamina-oci/lamina/internal/adb"
)

// errADBGeneration is for apk 2, which tells nothing about the format.
var errADBGeneration = errors.New("is in the format of apk 3, which apk 2 cannot read")

// isADB says whether a file is in apk 3's own format.
func isADB(peek func(int) ([]byte, error)) bool {
	b, _ := peek(len(adb.Magic))
	return string(b) == adb.Magic
}

// readADBControl reads metadata and signatures.
func (p *PackageReader) readADBControl() (*Control, error) {
	if p.generation == V2 {
		return nil, errADBGeneration
	}
	r := adb.NewReader(p.m.Rest())
	metadata, err := r.Metadata(adb.SchemaPackage)
	if err != nil {
		return nil, err
	}
	signatures, err := r.Signatures()
	if err != nil {
		return nil, err
	}
	parsed, err := adb.ParsePackage(metadata)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(metadata)
	c := &Control{
		Identity: sha256Checksum(sum),
		Triggers: parsed.Triggers,
		DataHash: hex.EncodeToString(sum[:]),
		adb:      &adbControl{metadata: metadata, signatures: signatures},
	}
	if err := c.setADBInfo(parsed); err != nil {
		return nil, err
	}
	if n := len(parsed.Info.Hashes); n > sha1.Size {
		return nil, fmt.Errorf("its unique id has %d bytes, want %d", n, sha1.Size)
	}
	if id, ok := parsed.UniqueID(metadata); ok {
		c.UniqueID = SHA1Checksum(id)
	}
	p.adb = &adbPackage{reader: r, metadata: parsed, file: -1}
	return c, nil
}

// adbControl is what the identity and the signatures of such a package are about.
type adbControl struct {
	metadata   []byte
	signatures []adb.Signature
}

// IsADB reports whether the package is in apk 3's own format.
func (c *Control) IsADB() bool { return c.adb != nil }

// CheckPackage checks that the package is the one that an index means, by its identity. A package in apk 3's own format has
// two: the SHA-256 of its metadata, and its unique id of 20 bytes. 20 bytes are not enough for apk, which then wants a
// signature by one of the keys (apk/FORMAT.md 18.4).
func (c *Control) CheckPackage(want *Package, keys *KeyRing) error {
	if !c.HasIdentity(want.Identity) {
		return fmt.Errorf("its identity is %s, but the index says %s: this is another build of %s, or it was altered", c.Identity, want.Identity, c.ID())
	}
	if c.adb == nil {
		return nil
	}
	if c.Name != want.Name || c.Version != want.Version {
		return fmt.Errorf("it is %s, but the index says %s", c.ID(), want.ID())
	}
	if want.Identity.size == sizeSHA256 {
		return nil
	}
	if _, err := c.signedBy(keys); err != nil {
		return fmt.Errorf("the index has an identity of 20 bytes, so that the package itself must be signed: %w", err)
	}
	return nil
}

// HasIdentity reports whether an index may name the package by this identity.
func (c *Control) HasIdentity(id Checksum) bool {
	switch {
	case c.adb == nil:
		return c.Identity.Key() == id.Key()
	case id.size == sizeSHA256:
		return c.Identity == id
	}
	return id.Key() == c.Identity.Key() || !c.UniqueID.IsZero() && id.Key() == c.UniqueID.Key()
}

// signedBy returns the key that has signed the metadata of a package in apk 3's own format, and with it all contents. The
// error is an [*UntrustedError].
func (c *Control) signedBy(keys *KeyRing) (string, error) {
	return keys.verifyADB(adb.SchemaPackage, c.adb.metadata, c.adb.signatures)
}

func (c *Control) setADBInfo(p *adb.Package) error {
	info, err := packageOfADB(&p.Info)
	if err != nil {
		return err
	}
	switch {
	case info.Name == "" || info.Version == "":
		return errors.New("the metadata has no name or no version")
	case info.Uninstallable != "":
		return fmt.Errorf("the package cannot be installed: %s", info.Uninstallable)
	case p.ReplacesPriority > 1<<16-1:
		return fmt.Errorf("the replaces-priority %d is larger than %d", p.ReplacesPriority, 1<<16-1)
	}
	info.Identity = c.Identity
	c.Package, c.ReplacesPriority = *info, uint16(p.ReplacesPriority)
	if c.Replaces, err = dependenciesOfADB(p.Info.Replaces); err != nil {
		return fmt.Errorf("replaces: %w", err)
	}
	for _, glob := range p.Triggers {
		if err := checkText(glob); err != nil {
			return fmt.Errorf("trigger %.80q: %w", glob, err)
		}
	}
	s := &p.Scripts
	for typ, body := range [...]string{
		PreInstall: s.PreInstall, PostInstall: s.PostInstall, PreDeinstall: s.PreDeinstall, PostDeinstall: s.PostDeinstall,
		PreUpgrade: s.PreUpgrade, PostUpgrade: s.PostUpgrade, Trigger: s.Trigger,
	} {
		if body != "" {
			c.Scripts = append(c.Scripts, Script{Type: ScriptType(typ), Body: []byte(body)})
		}
	}
	return nil
}
