package cache

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lamina-oci/lamina/internal/tempdir"
)

// A Secret returns the bytes that seal the entries of a cache. It must return the same ones each time.
type Secret func() ([]byte, error)

// MinSecret is the fewest bytes of a secret.
const MinSecret = 16

// UserSecret is the secret of the user who runs the process: 32 random bytes in the file lamina/cache.key of
// [os.UserConfigDir], which is created by the first process that needs it. It is outside of every cache, so
// that who can replace a cache, such as the storage that a CI system restores it from, cannot seal entries.
func UserSecret() ([]byte, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return nil, err
	}
	name := filepath.Join(dir, "lamina", "cache.key")
	secret, err := readSecret(name)
	if errors.Is(err, fs.ErrNotExist) {
		if err = createSecret(name); err == nil {
			secret, err = readSecret(name)
		}
	}
	return secret, err
}

func readSecret(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = checkOwn(name, info, 0o077)
	}
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	if n, err := io.ReadFull(file, secret); err != nil {
		return nil, fmt.Errorf("%s has %d bytes instead of %d; remove it", name, n, len(secret))
	}
	return secret, nil
}

// createSecret creates the file complete or not at all. One that another process has created meanwhile stays.
func createSecret(name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	temp, err := tempdir.Make(filepath.Dir(name), ".cache.key-", 0o700)
	if err != nil {
		return err
	}
	defer temp.Remove()
	file, err := os.OpenFile(filepath.Join(temp.Path(), "cache.key"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	secret := make([]byte, 32)
	rand.Read(secret)
	_, err = file.Write(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	err = os.Link(file.Name(), name)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(file.Name(), name) // not every file system has links
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	return err
}

// key is what a secret gives: the key of the seals, and the name that entries know it by.
type key struct {
	bytes    []byte
	id       [8]byte
	received *key // seals what comes from a shared cache
}

// key returns the key of the directory's secret, or nil if it has none, which is reported once.
func (f *Directory) key() *key {
	f.keying.Do(func() {
		secret, err := f.secret()
		if err == nil && len(secret) < MinSecret {
			err = fmt.Errorf("the secret has %d bytes; want at least %d", len(secret), MinSecret)
		}
		if err != nil {
			f.warn(fmt.Sprintf("cache: no key to seal entries with: %v; only downloads are kept", err))
			return
		}
		f.sealing = newKey(secret, "")
		f.sealing.received = newKey(secret, " of received entries")
	})
	return f.sealing
}

func newKey(secret []byte, use string) *key {
	k := &key{bytes: derive(secret, "lamina cache key 1"+use)}
	copy(k.id[:], derive(secret, "lamina cache key name 1"+use))
	return k
}

func derive(secret []byte, label string) []byte {
	h := hmac.New(sha256.New, secret)
	io.WriteString(h, label)
	return h.Sum(nil)
}
