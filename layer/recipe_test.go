package layer

import (
	"os"
	"strings"
	"testing"
)

// TestRecipeText pins the text that stands in locks, and the digest of caches.
func TestRecipeText(t *testing.T) {
	tests := []struct {
		recipe Recipe
		want   string
	}{
		{DefaultRecipe(), "gzip level=6 block=1048576 compressor=pgzip@v1.3.0+compress@v1.20.3 rules=7"},
		{zstdRecipe(), "zstd level=2 block=1048576 compressor=compress@v1.20.3 rules=7"},
		{Recipe{"br", 11, 1, "brotli@9", 7}, "br level=11 block=1 compressor=brotli@9 rules=7"},
	}
	for _, test := range tests {
		text, err := test.recipe.MarshalText()
		if err != nil || string(text) != test.want {
			t.Errorf("text %q, %v\nwant %q", text, err, test.want)
		}
		var read Recipe
		if err := read.UnmarshalText(text); err != nil || read != test.recipe {
			t.Errorf("%s read as %+v, %v", text, read, err)
		}
	}
	if _, err := (Recipe{}).MarshalText(); err == nil {
		t.Error("the zero recipe has a text")
	}
}

func TestRecipeValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Recipe)
		want   string
	}{
		{"default", func(r *Recipe) {}, ""},
		{"zstd", func(r *Recipe) { *r = zstdRecipe() }, ""},
		{"zero", func(r *Recipe) { *r = Recipe{} }, `layer recipe: unknown compression ""`},
		{"compression", func(r *Recipe) { r.Compression = "xz" }, `layer recipe: unknown compression "xz"`},
		{"no level", func(r *Recipe) { r.Level = 0 }, "layer recipe: gzip has levels 1 to 9, not 0"},
		{"level", func(r *Recipe) { *r = zstdRecipe(); r.Level = 5 }, "layer recipe: zstd has levels 1 to 4, not 5"},
		{"odd block", func(r *Recipe) { r.BlockSize = 1e6 }, "layer recipe: block size 1000000 is not a power of two from 65536 to 8388608"},
		{"small block", func(r *Recipe) { r.BlockSize = 1 << 15 }, "layer recipe: block size 32768 is not a power of two from 65536 to 8388608"},
		{"big block", func(r *Recipe) { r.BlockSize = 1 << 24 }, "layer recipe: block size 16777216 is not a power of two from 65536 to 8388608"},
		{
			"compressor", func(r *Recipe) { r.Compressor = "pgzip@v9" },
			"layer recipe: made with pgzip@v9, but this program has pgzip@v1.3.0+compress@v1.20.3, which may produce different bytes",
		},
		{"rules", func(r *Recipe) { r.Rules = 99 }, "layer recipe: made by rules 99, but this program follows 7"},
	}
	for _, test := range tests {
		recipe := DefaultRecipe()
		test.change(&recipe)
		got := ""
		if err := recipe.Validate(); err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// TestRecipeVersions holds the recipe against go.mod.
func TestRecipeVersions(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, compressor := range []string{gzipCompressor, zstdCompressor} {
		for part := range strings.SplitSeq(compressor, "+") {
			name, version, _ := strings.Cut(part, "@")
			line := "github.com/klauspost/" + name + " " + version
			if !strings.Contains(string(mod), line+"\n") && !strings.Contains(string(mod), line+" //") {
				t.Errorf("go.mod does not have %q: the recipe names the version and TestGolden the bytes; update both", line)
			}
		}
	}
}

func FuzzRecipe(f *testing.F) {
	f.Add(DefaultRecipe().String())
	f.Add(zstdRecipe().String())
	f.Add("gzip level=06 block=+1 compressor=a rules=-1")
	f.Add("gzip  level=6\nblock=1048576 compressor=x rules=1 ")
	f.Fuzz(func(t *testing.T, text string) {
		var r Recipe
		if r.UnmarshalText([]byte(text)) != nil {
			return
		}
		_ = r.Validate()
		again, err := r.MarshalText()
		if err != nil || string(again) != text {
			t.Errorf("%q was read, but is written as %q, %v", text, again, err)
		}
	})
}

func TestParseRecipe(t *testing.T) {
	for text, want := range map[string]string{
		"gzip": "gzip:6", "gzip:1": "gzip:1", "gzip:9": "gzip:9", "zstd": "zstd:2", "zstd:4": "zstd:4",
		"": `compression "": want gzip or zstd`, "xz": `compression "xz": want gzip or zstd`, "GZIP": `compression "GZIP": want gzip or zstd`,
		"gzip:0": `compression "gzip:0": gzip has levels 1 to 9`, "gzip:10": `compression "gzip:10": gzip has levels 1 to 9`,
		"gzip:": `compression "gzip:": gzip has levels 1 to 9`, "gzip:best": `compression "gzip:best": gzip has levels 1 to 9`,
		"zstd:5": `compression "zstd:5": zstd has levels 1 to 4`,
	} {
		r, err := ParseRecipe(text)
		got := r.Setting()
		if err != nil {
			got = err.Error()
		} else if err := r.Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
