package convert

import (
	"math/rand/v2"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestTextsOfSeveralLines: whatever a text has, it is read again as it was.
func TestTextsOfSeveralLines(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "ab \t\n\n\n#:-{}[]\"'\\|>&*!%@\r\u00e9\u2028\u0085\x01\ufeff"
	letters := []rune(alphabet)
	for range 5000 {
		var text []rune
		for range random.IntN(12) {
			text = append(text, letters[random.IntN(len(letters))])
		}
		want := string(text)
		d := newDocument()
		d.addFile(new(entry).text("path", "/a").exact("content", want).text("owner", "b").flow())
		b, err := d.text()
		if err != nil {
			t.Fatalf("%q: %v", want, err)
		}
		var read struct {
			Files []struct{ Path, Content, Owner string }
		}
		if err := yaml.Load(b, &read); err != nil || len(read.Files) != 1 || read.Files[0].Content != want || read.Files[0].Owner != "b" {
			t.Fatalf("%q: read again as %+v, %v:\n%s", want, read, err, b)
		}
	}
}
