package adb

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// Content is the content of a file of a package.
type Content struct {
	Dir, File uint32 // positions in the package, from 1
	Bytes     []byte
}

// Write writes a file: metadata, signatures, contents in the order of the package's files. It gives the same bytes for the same
// arguments.
func Write(w io.Writer, c Compression, schema Schema, metadata []byte, signatures []Signature, contents []Content) error {
	var plain bytes.Buffer
	plain.WriteString(Magic + "." + string(schema))
	block(&plain, blockMetadata, metadata)
	for i := range signatures {
		s := &signatures[i]
		payload := append([]byte{0, s.Digest}, s.Key[:]...)
		block(&plain, blockSignature, append(payload, s.Bytes...))
	}
	for i := range contents {
		payload := binary.LittleEndian.AppendUint32(nil, contents[i].Dir)
		payload = binary.LittleEndian.AppendUint32(payload, contents[i].File)
		block(&plain, blockData, append(payload, contents[i].Bytes...))
	}
	return compress(w, c, plain.Bytes())
}

// block writes a block with a short header.
func block(b *bytes.Buffer, typ uint32, payload []byte) {
	size := uint32(4 + len(payload))
	b.Write(binary.LittleEndian.AppendUint32(nil, typ<<30|size))
	b.Write(payload)
	b.Write(make([]byte, -size&7))
}

func compress(w io.Writer, c Compression, plain []byte) error {
	switch c {
	case None:
		_, err := w.Write(plain)
		return err
	case Deflate:
		if _, err := io.WriteString(w, Magic+"d"); err != nil {
			return err
		}
		z, err := flate.NewWriter(w, flate.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(plain); err != nil {
			return err
		}
		return z.Close()
	case Zstd:
		if _, err := w.Write(append([]byte(Magic+"c"), byte(Zstd), 0)); err != nil {
			return err
		}
		z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return err
		}
		_, err = w.Write(z.EncodeAll(plain, nil))
		return err
	}
	return fmt.Errorf("compression %d is unknown", c)
}

// Marshal returns the metadata of a package. A unique id in Info.Hashes must be made by the caller.
func (p *Package) Marshal() []byte {
	e := newEncoder()
	dirs := make([]value, len(p.Dirs))
	for i := range p.Dirs {
		dirs[i] = e.dir(&p.Dirs[i])
	}
	paths := e.table(kindArray, dirs...)
	s := &p.Scripts
	scripts := e.table(kindObject, e.blob(s.Trigger), e.blob(s.PreInstall), e.blob(s.PostInstall), e.blob(s.PreDeinstall),
		e.blob(s.PostDeinstall), e.blob(s.PreUpgrade), e.blob(s.PostUpgrade))
	return e.finish(e.table(kindObject, e.info(&p.Info), paths, scripts, e.blobs(p.Triggers), e.number(p.ReplacesPriority)))
}

// Marshal returns the metadata of an index.
func (x *Index) Marshal() []byte {
	e := newEncoder()
	packages := make([]value, len(x.Packages))
	for i := range x.Packages {
		packages[i] = e.info(&x.Packages[i])
	}
	return e.finish(e.table(kindObject, e.blob(x.Description), e.table(kindArray, packages...), e.blob(x.NameSpec)))
}

// encoder makes values. Equal ones share their bytes.
type encoder struct {
	b      []byte
	shared map[string]value
}

func newEncoder() *encoder {
	return &encoder{b: make([]byte, 8), shared: make(map[string]value)}
}

// put adds bytes at a multiple of align.
func (e *encoder) put(kind uint32, align int, content []byte) value {
	key := string(append([]byte{byte(kind)}, content...))
	if v, ok := e.shared[key]; ok {
		return v
	}
	for len(e.b)%align != 0 {
		e.b = append(e.b, 0)
	}
	v := value(kind<<28 | uint32(len(e.b)))
	e.b = append(e.b, content...)
	e.shared[key] = v
	return v
}

func (e *encoder) blob(s string) value {
	switch n := len(s); {
	case n == 0:
		return null
	case n < 1<<8:
		return e.put(kindBlob8, 1, append([]byte{byte(n)}, s...))
	case n < 1<<16:
		return e.put(kindBlob16, 2, append(binary.LittleEndian.AppendUint16(nil, uint16(n)), s...))
	default:
		return e.put(kindBlob32, 4, append(binary.LittleEndian.AppendUint32(nil, uint32(n)), s...))
	}
}

func (e *encoder) blobs(list []string) value {
	values := make([]value, len(list))
	for i, s := range list {
		values[i] = e.blob(s)
	}
	return e.table(kindArray, values...)
}

// number leaves out zero, which is the same as absent.
func (e *encoder) number(n uint64) value {
	switch {
	case n == 0:
		return null
	case n < 1<<28:
		return value(kindInt<<28 | uint32(n))
	case n < 1<<32:
		return e.put(kindInt32, 4, binary.LittleEndian.AppendUint32(nil, uint32(n)))
	default:
		return e.put(kindInt64, 4, binary.LittleEndian.AppendUint64(nil, n))
	}
}

// table leaves out absent values at the end, and an empty table as a whole.
func (e *encoder) table(kind uint32, values ...value) value {
	for len(values) > 0 && values[len(values)-1] == null {
		values = values[:len(values)-1]
	}
	if len(values) == 0 {
		return null
	}
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(values)+1))
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return e.put(kind, 4, b)
}

func (e *encoder) finish(root value) []byte {
	binary.LittleEndian.PutUint32(e.b[4:], uint32(root))
	for len(e.b) < minMetadata {
		e.b = append(e.b, 0)
	}
	return e.b
}

func (e *encoder) dir(d *Dir) value {
	files := make([]value, len(d.Files))
	for i := range d.Files {
		f := &d.Files[i]
		files[i] = e.table(kindObject, e.blob(f.Name), e.acl(&f.ACL), e.number(f.Size), e.number(uint64(f.ModTime)), e.blob(f.Hash), e.blob(f.Target))
	}
	return e.table(kindObject, e.blob(d.Name), e.acl(&d.ACL), e.table(kindArray, files...))
}

func (e *encoder) acl(a *ACL) value {
	if a.Absent {
		return null
	}
	return e.table(kindObject, value(kindInt<<28|uint32(a.Mode)), e.blob(a.User), e.blob(a.Group), e.blobs(a.Xattrs))
}

func (e *encoder) info(p *PackageInfo) value {
	return e.table(kindObject,
		e.blob(p.Name), e.blob(p.Version), e.blob(p.Hashes), e.blob(p.Description), e.blob(p.Arch), e.blob(p.License), e.blob(p.Origin),
		e.blob(p.Maintainer), e.blob(p.URL), e.blob(p.RepoCommit), e.number(uint64(p.BuildTime)), e.number(p.InstalledSize), e.number(p.FileSize),
		e.number(p.ProviderPriority), e.dependencies(p.Depends), e.dependencies(p.Provides), e.dependencies(p.Replaces),
		e.dependencies(p.InstallIf), e.dependencies(p.Recommends), e.number(p.Layer), e.blobs(p.Tags))
}

func (e *encoder) dependencies(list []Dependency) value {
	values := make([]value, len(list))
	for i := range list {
		d := list[i]
		if d.Version == "" && d.Match == MatchAny || d.Version != "" && d.Match == MatchEqual {
			d.Match = 0
		}
		values[i] = e.table(kindObject, e.blob(d.Name), e.blob(d.Version), e.number(d.Match))
	}
	return e.table(kindArray, values...)
}
