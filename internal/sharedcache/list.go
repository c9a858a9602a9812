package sharedcache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/varint"
)

// An Item is an entry in a list.
type Item struct {
	Kind cache.Kind
	Key  string

	Sum  string // SHA-256 of the content, hexadecimal
	Size int64  // bytes

	Data []byte // the content, if the list has it
}

// IsBlob says whether the server has the content as a blob, too, whether or not a list has it.
func (i *Item) IsBlob() bool { return i.Size > maxInline }

// id names an entry.
type id struct {
	kind cache.Kind
	key  string
}

func (i *Item) id() id { return id{i.Kind, i.Key} }

// Bounds of lists.
const (
	maxList  = 16 << 20 // bytes
	maxItems = 100_000
	maxItem  = 4 << 30 // bytes of an entry

	// Entries of at most maxInline bytes are in lists only. The list of one build also has larger ones, of at most maxCarried bytes and
	// maxCarriedAll together, which saves a request for each.
	maxInline     = 1 << 10
	maxCarried    = 16 << 10
	maxCarriedAll = 1 << 20
)

// Fields of the messages, by build/bazel/remote/execution/v2/remote_execution.proto, and wire types.
const (
	resultFiles  = 2 // ActionResult.output_files
	resultStdout = 5 // ActionResult.stdout_raw
	filePath     = 1 // OutputFile.path
	fileDigest   = 2 // OutputFile.digest
	fileContents = 5 // OutputFile.contents
	digestHash   = 1 // Digest.hash
	digestSize   = 2 // Digest.size_bytes

	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// encodeList returns the list of a name as an ActionResult; key may be nil.
func encodeList(name string, items []Item, key []byte) []byte {
	b := encodeItems(items)
	if key != nil {
		b = appendBytes(b, resultStdout, authenticate(name, items, key))
	}
	return b
}

func encodeItems(items []Item) []byte {
	var b, file, digest []byte
	for _, i := range items {
		digest = appendBytes(digest[:0], digestHash, []byte(i.Sum))
		digest = binary.AppendUvarint(append(digest, digestSize<<3|wireVarint), uint64(i.Size))
		file = appendBytes(file[:0], filePath, []byte(string(i.Kind)+"/"+i.Key))
		file = appendBytes(file, fileDigest, digest)
		if i.Data != nil {
			file = appendBytes(file, fileContents, i.Data)
		}
		b = appendBytes(b, resultFiles, file)
	}
	return b
}

func appendBytes(b []byte, field byte, content []byte) []byte {
	return varint.AppendString(append(b, field<<3|wireBytes), content)
}

// authenticate returns the HMAC of a list. It does not depend on how a server writes the message down.
func authenticate(name string, items []Item, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(varint.AppendString([]byte("lamina shared list 1\n"), name))
	h.Write(encodeItems(items))
	return h.Sum(nil)
}

var (
	errList   = errors.New("its list of entries is malformed")
	errSealed = errors.New("its list of entries was not written with this LAMINA_CACHE_KEY")
)

// decodeList reads what encodeList has written, or a server made of it. With a key, the list must have been written with it. Items of
// other kinds than those that are shared are left out.
func decodeList(name string, text, key []byte) ([]Item, error) {
	var items []Item
	var code []byte
	ok := eachField(text, func(field uint64, content []byte) bool {
		switch field {
		case resultFiles:
			i, ok := decodeItem(content)
			items = append(items, i)
			return ok && len(items) <= maxItems
		case resultStdout:
			code = content
		}
		return true
	}, nil)
	if !ok {
		return nil, errList
	}
	if key != nil && !hmac.Equal(code, authenticate(name, items, key)) {
		return nil, errSealed
	}
	return slices.DeleteFunc(items, func(i Item) bool { return !slices.Contains(cache.SharedKinds(), i.Kind) }), nil
}

func decodeItem(text []byte) (i Item, ok bool) {
	isFine := true
	ok = eachField(text, func(field uint64, content []byte) bool {
		switch field {
		case filePath:
			kind, key, _ := strings.Cut(string(content), "/")
			i.Kind, i.Key = cache.Kind(kind), key
		case fileDigest:
			return eachField(content, func(field uint64, content []byte) bool {
				if field == digestHash {
					i.Sum = string(content)
				}
				return true
			}, func(field, n uint64) {
				if field == digestSize {
					isFine = n <= maxItem
					i.Size = int64(min(n, maxItem))
				}
			})
		case fileContents:
			i.Data = slices.Clone(content)
		}
		return true
	}, nil)
	_, err := hex.DecodeString(i.Sum)
	isFine = isFine && err == nil && len(i.Sum) == 2*sha256.Size && i.Sum == strings.ToLower(i.Sum)
	if i.Data != nil {
		isFine = isFine && int64(len(i.Data)) == i.Size && sumOf(i.Data) == i.Sum
	}
	return i, ok && isFine
}

// eachField calls one of the functions for each field of a message, and reports whether all of it is well formed and the first always
// returned true. Numbers may be nil.
func eachField(text []byte, bytes func(field uint64, content []byte) bool, numbers func(field, n uint64)) bool {
	d := varint.Decoder[[]byte]{Text: text}
	for len(d.Text) > 0 {
		tag := d.Uint(math.MaxUint32)
		switch tag & 7 {
		case wireVarint:
			if n := d.Uint(math.MaxUint64); numbers != nil && !d.Failed {
				numbers(tag>>3, n)
			}
		case wire64:
			d.Bytes(8)
		case wireBytes:
			content := d.Bytes(d.Uint(maxList))
			if !d.Failed && !bytes(tag>>3, content) {
				return false
			}
		case wire32:
			d.Bytes(4)
		default:
			return false
		}
	}
	return !d.Failed
}

func sumOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
