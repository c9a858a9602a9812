package layer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// Compression is the format of a compressed layer.
type Compression string

const (
	Gzip Compression = "gzip"
	Zstd Compression = "zstd"
)

// Recipe is every setting that changes a layer's bytes while its files stay the
// same. Two builds with equal inputs and equal recipes give equal layers, however
// many cores they had. It is written to the lock, by [Recipe.MarshalText], so that
// a later build can determine whether it can produce the same bytes.
//
// The zero value is not useful: start with [DefaultRecipe].
type Recipe struct {
	Compression Compression

	// Level is the compressor's: 1 to 9 for gzip, 1 (fastest) to 4 (smallest) for zstd. In gzip it is for what
	// comes from no package and for packages of small files: others keep the compression that they have.
	Level int

	// BlockSize is how many bytes of the tar stream are compressed on their own
	// in gzip, and the window of zstd, of which a frame holds 8: a power of two from 64 KiB to 8 MiB.
	BlockSize int

	// Compressor is the library and its version, since bytes differ between
	// patch releases.
	Compressor string

	// Rules is the version of this package's own part: how entries are ordered
	// and cut into segments, how packages' compression is kept, and the tar dialect. Any change that lets
	// the bytes of a layer differ must count it up.
	Rules int
}

const (
	rules = 7

	// The versions are those of go.mod, which a test compares.
	gzipCompressor = "pgzip@v1.3.0+compress@v1.20.3"
	zstdCompressor = "compress@v1.20.3"
)

// DefaultRecipe returns gzip at level 6 in blocks of 1 MiB, which every runtime reads.
func DefaultRecipe() Recipe {
	return Recipe{Compression: Gzip, Level: 6, BlockSize: 1 << 20, Compressor: gzipCompressor, Rules: rules}
}

// zstdRecipe returns zstd at its default level, for registries and runtimes that accept it.
func zstdRecipe() Recipe {
	return Recipe{Compression: Zstd, Level: 2, BlockSize: 1 << 20, Compressor: zstdCompressor, Rules: rules}
}

// ParseRecipe returns the recipe for "gzip", "zstd", or one of them with a level, such as
// "gzip:9".
func ParseRecipe(text string) (Recipe, error) {
	name, level, hasLevel := strings.Cut(text, ":")
	var r Recipe
	switch Compression(name) {
	case Gzip:
		r = DefaultRecipe()
	case Zstd:
		r = zstdRecipe()
	default:
		return r, fmt.Errorf("compression %q: want gzip or zstd", name)
	}
	if !hasLevel {
		return r, nil
	}
	n, err := strconv.Atoi(level)
	if err != nil || n < 1 || n > r.levels() {
		return r, fmt.Errorf("compression %q: %s has levels 1 to %d", text, r.Compression, r.levels())
	}
	r.Level = n
	return r, nil
}

// Setting returns the recipe in the form of [ParseRecipe], with the level.
func (r Recipe) Setting() string { return fmt.Sprintf("%s:%d", r.Compression, r.Level) }

// levels is the highest level.
func (r Recipe) levels() int {
	if r.Compression == Zstd {
		return 4
	}
	return 9
}

// mediaType returns the type of a layer made by the recipe (image-spec layer.md).
func (r Recipe) mediaType() string {
	if r.Compression == Zstd {
		return v1.MediaTypeImageLayerZstd
	}
	return v1.MediaTypeImageLayerGzip
}

// Validate returns an error if this build of the package cannot follow the recipe.
func (r Recipe) Validate() error {
	compressor := gzipCompressor
	switch r.Compression {
	case Gzip:
	case Zstd:
		compressor = zstdCompressor
	default:
		return fmt.Errorf("layer recipe: unknown compression %q", r.Compression)
	}
	switch {
	case r.Level < 1 || r.Level > r.levels():
		return fmt.Errorf("layer recipe: %s has levels 1 to %d, not %d", r.Compression, r.levels(), r.Level)
	case r.BlockSize < 64<<10 || r.BlockSize > 8<<20 || r.BlockSize&(r.BlockSize-1) != 0:
		return fmt.Errorf("layer recipe: block size %d is not a power of two from %d to %d", r.BlockSize, 64<<10, 8<<20)
	case r.Compressor != compressor:
		return fmt.Errorf("layer recipe: made with %s, but this program has %s, which may produce different bytes", r.Compressor, compressor)
	case r.Rules != rules:
		return fmt.Errorf("layer recipe: made by rules %d, but this program follows %d", r.Rules, rules)
	}
	return nil
}

// recipeFormat is the recipe's text, as it stands in locks: it must never change.
const recipeFormat = "%s level=%d block=%d compressor=%s rules=%d"

// String returns the text that [Recipe.MarshalText] gives, whether valid or not.
func (r Recipe) String() string {
	return fmt.Sprintf(recipeFormat, r.Compression, r.Level, r.BlockSize, r.Compressor, r.Rules)
}

// MarshalText returns the recipe in one line. Equal recipes have equal texts.
func (r Recipe) MarshalText() ([]byte, error) {
	if r.Compression == "" || r.Compressor == "" || strings.ContainsAny(string(r.Compression)+r.Compressor, " \t\r\n") {
		return nil, errors.New("layer recipe: compression and compressor must be one word each")
	}
	return []byte(r.String()), nil
}

// UnmarshalText parses the result of MarshalText, and nothing else. This program may
// be unable to follow the recipe: see [Recipe.Validate].
func (r *Recipe) UnmarshalText(text []byte) error {
	var read Recipe
	_, err := fmt.Sscanf(string(text), recipeFormat,
		&read.Compression, &read.Level, &read.BlockSize, &read.Compressor, &read.Rules)
	if err != nil || read.String() != string(text) {
		return fmt.Errorf("layer recipe %q is not of the form %q", text, DefaultRecipe())
	}
	*r = read
	return nil
}
