package apk

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/apk/internal/apktar"
)

// ScriptType is when a package's script runs, in the order of the scripts archive.
type ScriptType uint8

const (
	PreInstall ScriptType = iota
	PostInstall
	PreDeinstall
	PostDeinstall
	PreUpgrade
	PostUpgrade
	Trigger

	// PreCommit and PostCommit are of commit hooks, which no package's control part and no scripts archive has.
	PreCommit
	PostCommit
)

var scriptTypes = [...]string{
	"pre-install", "post-install", "pre-deinstall", "post-deinstall", "pre-upgrade", "post-upgrade", "trigger", "pre-commit", "post-commit",
}

func (t ScriptType) String() string {
	if int(t) < len(scriptTypes) {
		return scriptTypes[t]
	}
	return fmt.Sprintf("script type %d", t)
}

// ParseScriptType returns the type of a package's script by its name, such as "post-install".
func ParseScriptType(s string) (ScriptType, bool) {
	for i, name := range scriptTypes[:Trigger+1] {
		if name == s {
			return ScriptType(i), true
		}
	}
	return 0, false
}

// Script is a package's script.
type Script struct {
	Type ScriptType
	Body []byte
}

// StoredScript is an entry of the scripts archive.
type StoredScript struct {
	Package  string // "name-version"
	Identity Checksum
	ModTime  int64 // Unix seconds: the package's build time
	Script
}

// maxScripts bounds the bodies in a scripts archive, in bytes.
const maxScripts = 64 << 20

// ReadScripts reads lib/apk/db/scripts.tar, or what was compressed in
// scripts.tar.gz. It accepts names of either generation. Where apk 2 has truncated a name,
// apk loses the script and it is left out here; any other name is an error.
func ReadScripts(r io.Reader) ([]StoredScript, error) {
	var list []StoredScript
	total := int64(0)
	tr := tar.NewReader(r)
	for {
		h, err := tr.Next()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		s, err := parseStoredName(h.Name)
		if err != nil && len(h.Name) == maxScriptName {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("entry %.200q: %w", h.Name, err)
		}
		if total += h.Size; total > maxScripts {
			return nil, fmt.Errorf("scripts are larger than %d bytes", maxScripts)
		}
		if h.Typeflag != tar.TypeReg {
			return nil, fmt.Errorf("entry %.200q: is not a regular file", h.Name)
		}
		s.ModTime = h.ModTime.Unix()
		if s.Body, err = io.ReadAll(tr); err != nil {
			return nil, fmt.Errorf("entry %.200q: %w", h.Name, err)
		}
		list = append(list, s)
	}
}

// parseStoredName splits "<name>-<version>.<identity>.<type>". The identity has
// no dot, and neither has the type.
func parseStoredName(name string) (StoredScript, error) {
	bad := errors.New("not of the form PACKAGE.IDENTITY.TYPE")
	rest, typ, ok := cutLast(name, ".")
	if !ok {
		return StoredScript{}, bad
	}
	t, ok := ParseScriptType(typ)
	if !ok {
		return StoredScript{}, bad
	}
	pkg, identity, ok := cutLast(rest, ".")
	if !ok {
		return StoredScript{}, bad
	}
	c, err := ParseChecksum(identity)
	if err != nil {
		return StoredScript{}, err
	}
	return StoredScript{Package: pkg, Identity: c, Script: Script{Type: t}}, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// WriteScripts writes a scripts archive, uncompressed, in the order of the list.
// The bytes are those of apk (apk/FORMAT.md 11): with a name that is too long, apk 2 cuts it
// and so loses the script.
func WriteScripts(w io.Writer, list []StoredScript, g Generation) error {
	b := bufio.NewWriter(w)
	for i := range list {
		s := &list[i]
		if s.Type > Trigger || s.Identity.IsZero() || s.ModTime < 0 || s.ModTime > maxScriptTime {
			return fmt.Errorf("write scripts: %s of %s from %d cannot be stored", s.Type, s.Package, s.ModTime)
		}
		id := s.Identity.String()
		if g == V3 {
			id = s.Identity.Hex()
		}
		name := s.Package + "." + id + "." + s.Type.String()
		if len(name) > maxScriptName {
			if g == V3 {
				apktar.WriteLongName(b, name, s.ModTime)
			}
			name = name[:maxScriptName]
		}
		apktar.WriteFile(b, name, s.Body, s.ModTime)
	}
	b.Write(make([]byte, 1024))
	return b.Flush()
}

// maxScriptTime is the last time that twelve octal digits hold, in Unix seconds.
const maxScriptTime = 1<<36 - 1

// maxScriptName is what fits the header's name field with a NUL behind it.
const maxScriptName = 99
