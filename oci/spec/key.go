package spec

import (
	"cmp"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/lamina-oci/lamina/internal/bounded"
	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
)

// Key is a public key and the file name by which signatures refer to it.
type Key struct {
	Name string
	PEM  []byte

	// URL is where a build downloads the file from if PEM is nil, and SHA256 what it must be, in hexadecimal.
	URL    string
	SHA256 string
}

// keyEntry is an item of keys: the name of a file, or a URL with its SHA-256.
type keyEntry struct {
	file   string
	URL    string `yaml:"url"`
	SHA256 string `yaml:"sha256"`
}

// String returns where the key is.
func (k keyEntry) String() string { return cmp.Or(k.file, k.URL) }

func (k *keyEntry) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		k.file = n.Value
		return nil
	}
	type plain keyEntry
	return n.Load((*plain)(k), yaml.WithKnownFields())
}

// check says what is wrong with the entry, or returns nil.
func (k *keyEntry) check() error {
	where, err := url.Parse(k.URL)
	switch {
	case strings.Contains(k.file, "://"):
		return fmt.Errorf("key %s is a URL: give url and sha256, as in {url: …, sha256: …}", redact.URL(k.file))
	case k.file == "" && k.URL == "":
		return errors.New("empty file name of a key")
	case k.URL == "":
		return nil
	case err != nil || where.Scheme != "https" && where.Scheme != "http" || where.Host == "":
		return fmt.Errorf("key %s is not a URL with http or https", redact.URL(k.URL))
	case keyName(k.URL) == "":
		return fmt.Errorf("key %s: the URL does not end in the name of a file, which signatures name the key by", redact.URL(k.URL))
	case !isSHA256(k.SHA256):
		return fmt.Errorf("key %s comes from a URL and needs the sha256 of the file there: 64 hexadecimal digits", redact.URL(k.URL))
	}
	return nil
}

// keyName returns the name of the file that a URL ends in.
func keyName(text string) string {
	where, err := url.Parse(text)
	if err != nil {
		return ""
	}
	name := path.Base(where.Path)
	if name == "." || name == "/" {
		return ""
	}
	return name
}

// key reads the key of an entry, unless it must be downloaded first.
func (s *Document) key(k *keyEntry) (Key, error) {
	if k.URL != "" {
		return Key{Name: keyName(k.URL), URL: k.URL, SHA256: k.SHA256}, nil
	}
	return ReadKey(s.resolvePath(k.file))
}

// MaxKey bounds a key file, in bytes.
const MaxKey = 64 << 10

// ReadKey reads a key in a PEM file. No error quotes the file.
func ReadKey(name string) (Key, error) {
	if strings.Contains(name, "://") {
		return Key{}, hint.Errorf("read key %s: a key is a file, not a URL", redact.URL(name)).With(
			"download the key, check it, and give the file: --key FILE; keys in the spec take {url: …, sha256: …}")
	}
	file, err := diskio.OpenRegular(name)
	if err == nil {
		defer file.Close()
		var text []byte
		if text, err = bounded.ReadAll(file, MaxKey); err == nil {
			return Key{Name: filepath.Base(name), PEM: onlyKey(text)}, nil
		}
	}
	remedy := "a key is a PEM file with a public key, like those in /etc/apk/keys on Alpine"
	if errors.Is(err, fs.ErrNotExist) {
		remedy = "give a file that exists: --key FILE, or keys in the spec, relative to the spec's directory"
	}
	return Key{}, hint.Errorf("read key %s: %w", redact.URL(name), diskio.Reason(err)).With(remedy)
}

// SetPEM takes the key of the text of its file.
func (k *Key) SetPEM(text []byte) { k.PEM = onlyKey(text) }

// onlyKey returns the first block of a PEM file: keys go into records, and what else is in the file is nobody's business.
func onlyKey(text []byte) []byte {
	if block, _ := pem.Decode(text); block != nil {
		return pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})
	}
	return text
}
