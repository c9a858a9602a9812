package stage

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/stage/internal/filelist"
	"github.com/lamina-oci/lamina/layer/tree"
)

// purge removes a package: script, files, script (apk/FORMAT.md 8).
func (s *Stage) purge(ctx context.Context, c *Change) error {
	rec := s.records.find(c.Old.Name)
	if rec == nil {
		return errors.New("it is not installed")
	}
	args := []string{c.Old.Version}
	if err := s.run(ctx, rec, apk.PreDeinstall, args); err != nil {
		return err
	}
	if err := s.removeFiles(rec, nil); err != nil {
		return err
	}
	if err := s.run(ctx, rec, apk.PostDeinstall, args); err != nil {
		return err
	}
	s.records.remove(rec)
	return nil
}

// removeFiles removes what still belongs to a package from the tree and the
// records. Of an older package those are the files that the newer one, which has
// placed others, does not have.
func (s *Stage) removeFiles(rec *record, placed func(*tree.Node) bool) error {
	for _, in := range rec.directories {
		in.at.modified = true
		for f := range in.files.All() {
			if err := s.removeFile(in, f, placed); err != nil {
				return err
			}
			s.records.drop(in, f)
		}
		s.leaveDirectory(in)
	}
	rec.directories = nil
	return nil
}

// removeFile removes a file, unless it is configuration that somebody changed.
// apk 3 spares a file that the new package has under another name, which a link
// among the directories leads to. With configuration it also removes the version beside it that was not put into place.
func (s *Stage) removeFile(in *directoryRecord, f filelist.File, placed func(*tree.Node) bool) error {
	path := joinPath(in.at.path, f.Name)
	purged, protected := placed == nil, s.protection.Protects(in.at.path)
	if protected && s.options.Generation == apk.V3 {
		if n, err := s.tree.Lstat(path + ".apk-new"); err == nil && n.Type != tree.Directory {
			if err := s.tree.Remove(path + ".apk-new"); err != nil {
				return err
			}
		}
	}
	node, err := s.tree.Lstat(path)
	if err != nil || node.Type == tree.Directory {
		return nil // apk does not mind
	}
	if !purged && s.options.Generation == apk.V3 && placed(node) {
		return nil
	}
	if protected && !s.applying.Purge {
		unmodified, err := hasChecksum(node, f.Checksum, in.record.Flags.SHA256Sums)
		if err != nil || !unmodified {
			return pathError(path, err)
		}
	}
	return s.tree.Remove(path)
}

// hasChecksum says whether a file is what a database recorded: its content, or the
// target of a link. Nothing equals no checksum. A checksum of isSHA256 is a truncated SHA-256.
func hasChecksum(n *tree.Node, want apk.Checksum, isSHA256 bool) (bool, error) {
	if want.IsZero() {
		return false, nil
	}
	var h hash.Hash
	switch size := len(want.Bytes()); {
	case size == md5.Size:
		h = md5.New()
	case size == sha256.Size || isSHA256:
		h = sha256.New()
	default:
		h = sha1.New()
	}
	switch n.Type {
	case tree.Symlink:
		io.WriteString(h, n.Target)
	case tree.Regular:
		if err := hashContent(h, n); err != nil {
			return false, err
		}
	default:
		return false, nil
	}
	return bytes.Equal(h.Sum(nil)[:len(want.Bytes())], want.Bytes()), nil
}

func hashContent(h hash.Hash, n *tree.Node) error {
	if n.Content == nil {
		return nil
	}
	r, err := n.Content.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	switch size, err := io.Copy(h, r); {
	case err != nil:
		return err
	case size != n.Size:
		return fmt.Errorf("the content has %d bytes instead of %d", size, n.Size)
	}
	return nil
}
