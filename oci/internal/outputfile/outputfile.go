// Package outputfile makes the files and directories of an output that is a layout or an archive, so that they survive a crash, and
// words its errors.
package outputfile

import (
	"errors"
	"io/fs"
	"os"
	"runtime"

	"github.com/lamina-oci/lamina/internal/diskio"
	"github.com/lamina-oci/lamina/internal/hint"
)

// HiddenPrefix begins the name of the hidden directory where an output is gathered.
const HiddenPrefix = ".lamina-"

// CheckDirectory returns the error that an output in dir would fail with because dir is no directory and cannot become one:
// on the way to it is a link that leads to nothing, a loop of links or a file. It writes nothing.
func CheckDirectory(dir string) error {
	_, err := diskio.MissingDirectories(dir)
	return Hint(err)
}

// Create creates a file for an output. With os.CreateTemp it would keep the mode 0600.
func Create(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o644)
}

// Write writes a new file and syncs it.
func Write(path string, data []byte) error {
	file, err := Create(path)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}

// SyncDirectory makes renames in a directory durable. On Windows it does nothing, which is enough there.
func SyncDirectory(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	file, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// Hint adds the remedy for an output that cannot be written, unless the error has one or is one of permissions.
func Hint(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return hint.Default(err, "choose another output: -o oci:DIR:TAG, -o oci-archive:FILE:TAG or -o docker://HOST/NAME:TAG")
}
