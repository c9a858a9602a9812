package fonts

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// The cases compare with the real mkfontdir and mkfontscale byte for byte.

func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		corpustest.Program(t, name)
	}
}

// asRead is a directory in the order in which the file system gives it, on
// which the programs' choice among files of one name depends.
type asRead struct{ fs.FS }

func (a asRead) ReadDir(name string) ([]fs.DirEntry, error) {
	f, err := a.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.(fs.ReadDirFile).ReadDir(-1)
}

func compare(t *testing.T, dir string) {
	t.Helper()
	run := func(program, result string) []byte {
		if out, err := exec.Command(program, dir).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", program, err, out)
		}
		b, err := os.ReadFile(filepath.Join(dir, result))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	check := func(what string, got, want []byte, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", what, err)
		} else if !bytes.Equal(got, want) {
			list, _ := os.ReadDir(dir)
			t.Errorf("%s of %v:\n got %q\nwant %q", what, list, got, want)
		}
	}
	scale, err := os.ReadFile(filepath.Join(dir, "fonts.scale"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	want := run("mkfontdir", "fonts.dir")
	got, err := Dir(scale, asRead{os.DirFS(dir)})
	check("mkfontdir", got, want, err)
	got, err = Scale(asRead{os.DirFS(dir)})
	check("mkfontscale", got, run("mkfontscale", "fonts.scale"), err)
}

func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const glyphs = `SIZE 8 75 75
FONTBOUNDINGBOX 5 8 0 -1
STARTPROPERTIES 2
FONT_ASCENT 7
FONT_DESCENT 1
ENDPROPERTIES
CHARS 1
STARTCHAR A
ENCODING 65
SWIDTH 500 0
DWIDTH 5 0
BBX 5 1 0 -1
BITMAP
F8
ENDCHAR
ENDFONT
`

func bdf(name string) string { return "STARTFONT 2.1\nFONT " + name + "\n" + glyphs }

func zip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

type property struct {
	name  string
	value any // string or int32
}

// pcf is a font with nothing but properties.
func pcf(order binary.AppendByteOrder, list ...property) string {
	format, texts := byte(0), ""
	if order == binary.AppendByteOrder(binary.BigEndian) {
		format = 4
	}
	b := []byte("\x01fcp\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x18\x00\x00\x00")
	b = append(b, format, 0, 0, 0)
	b = order.AppendUint32(b, uint32(len(list)))
	for _, p := range list {
		b = order.AppendUint32(b, uint32(len(texts)))
		texts += p.name + "\x00"
		if s, ok := p.value.(string); ok {
			b = order.AppendUint32(append(b, 1), uint32(len(texts)))
			texts += s + "\x00"
		} else {
			b = order.AppendUint32(append(b, 0), uint32(p.value.(int32)))
		}
	}
	for range (4 - len(list)%4) % 4 {
		b = append(b, 0)
	}
	return string(order.AppendUint32(b, uint32(len(texts)))) + texts
}

func TestWithoutFonts(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale")
	compare(t, directory(t, nil))
	compare(t, directory(t, map[string]string{"readme.txt": "x", "x.ttf": "junk", "a.pcf": "", "b.bdf": "", "c.gz": "\x1f\x8b", "fonts.alias": "a b\n"}))
	dir := directory(t, map[string]string{"a.bdf": bdf("a")})
	for name, to := range map[string]string{"l.pcf": "a.bdf", "nowhere.pcf": "x", "self.bdf": "self.bdf", "up": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub.bdf"), 0o777); err != nil {
		t.Fatal(err)
	}
	compare(t, dir)
	for _, d := range []string{"/usr/share/fonts/X11/encodings", "/usr/share/fonts/X11/util"} {
		if _, err := os.Stat(d); err != nil {
			continue
		}
		dir := t.TempDir()
		if out, err := exec.Command("cp", "-r", d+"/.", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		compare(t, dir)
	}
}

// TestInstalled: mkfontdir passes over scalable fonts, Scale refuses them.
func TestInstalled(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale")
	files, err := filepath.Glob("/usr/share/fonts/truetype/*/*.ttf")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		dir := directory(t, map[string]string{"a.ttf": string(text), "b.bdf": bdf("b"), "fonts.scale": "1\na.ttf -A-b\n"})
		if out, err := exec.Command("mkfontdir", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		want, _ := os.ReadFile(filepath.Join(dir, "fonts.dir"))
		if got, err := Dir([]byte("1\na.ttf -A-b\n"), os.DirFS(dir)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %q %v, want %q", f, got, err, want)
		}
		if _, err := Scale(os.DirFS(dir)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestScaleFile(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale")
	for _, s := range []string{
		"", "x", "1", "1\na b", "5\na b\n", "0\na b\n", "-1\na b\n", "2\na\nb c\n", "2 \n  a b\nd e", "2\na b\nb b\n", "2\na.pcf b\nb.bdf b\n",
		"1\n!a b\n", "1\na b\r\n",
		"3\na b\na c\na b\n", "2\r\na B\na b", "4\na -B\na -a\na -C\nA -q\n", " 2\na\tb\t c \n\n\n  d  e\n", "2x\na b\n", "2 a b\nc d\n", "99999999999\na b\n",
		"4294967297\na b\nc d\n",
		"99999999999999999999\na b\n", "-99999999999999999999\na b\n", "3\n\u00c9A \u00c9A\n", "1\n" + strings.Repeat("f", 1023) + " n\n",
		"2\n" + strings.Repeat("f", 1030) + " n\nc d\n",
		"2\n" + strings.Repeat("f", 1024) + " n\nc d\n", "2\na " + strings.Repeat("n", 1030) + "\nc d\n", "2\na " + strings.Repeat("n", 1024) + "\nc d\n",
		"1\na b\x00c\n", "2\na\x00 b\nc d\n",
		"0x10\na b\n", "+1\na b\n", "+\na b\n", "-\na b\n", "2\na  \nb c\n", "2\na \v b\nb c", "2\nz Foo\ny foo\n", "1\nz -misc-fixed\n", "1\nz -MISC-fixed\n",
		"3\na x_y\na xZy\na x^y\n",
		"1\n\x85 b\n", "1\na \xa0b\xff\n",
	} {
		compare(t, directory(t, map[string]string{"fonts.scale": s}))
		compare(t, directory(t, map[string]string{"fonts.scale": s, "one.bdf": bdf("-misc-fixed"), "two.pcf.gz": bdf("foo")}))
	}
}

func TestBitmapFonts(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale")
	var texts []string
	for _, name := range []string{"a", "-M-Fixed-R", " a", "   a b  ", "\ta", "", " ", "\r", " \r", "a\r", "a\rb", "a\x00b", "\x00a", "\"Ab\"", "\u00c9",
		"a\xff b", "a\x01b", "STARTFONT 2.1"} {
		texts = append(texts, bdf(name), zip(bdf(name)))
	}
	for _, n := range []int{998, 999, 1000, 1001, 3000} {
		texts = append(texts, bdf(strings.Repeat("x", n)), bdf("  "+strings.Repeat("x", n)))
	}
	for _, before := range []string{
		"Copyright x", "COMMENT x y", "COMMENT", "", " FONT a", "CHARS 1", "CHARS", "STARTCHAR x", "ENDFONT", strings.Repeat("A", 19) + " ",
		strings.Repeat("A", 20) + " ", strings.Repeat("A", 19),
		strings.Repeat("A", 20), "FONT_ASCENT 7", "COMMENT\r", "COMMENT x\r", "COMMENT " + strings.Repeat("x", 9000), "COMMENT \xff\x00",
		strings.Repeat("COMMENT x\n", 5000) + "COMMENT", "FONT", "A\tB",
	} {
		texts = append(texts, "STARTFONT 2.1\n"+before+"\nFONT a\n")
	}
	texts = append(texts, "STARTFONT\nFONT a\n", "STARTFONTX\nFONT a\n", "STARTFONT 2.1\r\nFONT a\n", "STARTFONT 2.1\rFONT a\n", "STARTFONT ", "STARTFONT",
		"START", "STARTFONT  \nFONT a\n", "STARTFONT 2.1\nFONT a",
		zip(bdf("a"))[:60], zip(bdf("a"))+"trailing", zip("STARTFONT 2\n")+zip("FONT a\n"), zip(zip(bdf("a"))), zip(""), "\x1f\x8b\x08\x00junkjunkjunk")
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		many := []property{}
		for i := range int32(998) {
			many = append(many, property{fmt.Sprint("X", i), i})
		}
		for _, list := range [][]property{
			{}, {{"FONT", "Ab -C "}}, {{"X", int32(3)}, {"FONT", "q"}}, {{"FONT", int32(3)}}, {{"FONT", int32(3)}, {"FONT", "z"}, {"FONT", "y"}},
			{{"FONTS", "a"}, {"XFONT", "b"}}, {{"FONT", ""}},
			{{"FONT", strings.Repeat("x", 2000)}}, {{"FONT", "a\nb"}}, {{"X", int32(-3)}, {"FONT", "q"}},
			append(many, property{"Y", "v"}, property{"FONT", "w"}),
			append(many, property{"Y", "v"}, property{"Z", "v"}, property{"FONT", "w"}), {{"FONT", strings.Repeat("x", 99990)}},
			{{"FONT", strings.Repeat("x", 100000)}},
			{{"Q", "FONT"}, {"FONT", "q"}, {"B", "c"}, {"D", int32(1)}}, {{"FONT", "a\x00b"}}, {{"", ""}, {"FONT", "x"}},
		} {
			s := pcf(order, list...)
			texts = append(texts, s, zip(s))
		}
		s := pcf(order, property{"X", int32(3)}, property{"FONT", "q"}, property{"Z", "y"})
		for i := range len(s) {
			texts = append(texts, s[:i])
			for _, c := range []byte{s[i] + 1, s[i] ^ 0x80, 0xff} {
				texts = append(texts, s[:i]+string([]byte{c})+s[i+1:])
			}
		}
	}
	bad := 0
	for i, s := range texts {
		compare(t, directory(t, map[string]string{"a.pcf": s}))
		if t.Failed() && bad < 6 {
			bad++
			t.Logf("%d: %q", i, s[:min(len(s), 400)])
		}
	}
	t.Logf("%d fonts", len(texts))
}

func TestUnsupported(t *testing.T) {
	for _, s := range []string{"MZ", "\x1f\x9d\x90", "BZh91", "wOFF", "COMMENT x\n" + bdf("a"), "OTTO\x00\x00\x00\x00\x00\x00\x00\x00"} {
		if _, err := Dir(nil, fstest.MapFS{"a": &fstest.MapFile{Data: []byte(s)}}); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// TestBdftopcf: fonts as packages have them.
func TestBdftopcf(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale", "bdftopcf")
	for _, options := range [][]string{{}, {"-m"}, {"-l"}, {"-M"}, {"-L"}, {"-t"}, {"-p8"}} {
		cmd := exec.Command("bdftopcf", options...)
		cmd.Stdin = strings.NewReader(bdf("-Misc-Fixed-Medium-R-Normal--8-80-75-75-C-50-ISO10646-1"))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		compare(t, directory(t, map[string]string{"a.pcf": string(out), "b.pcf.gz": zip(strings.Replace(string(out), "Fixed", "other", 1)), "c.bdf": bdf("c")}))
	}
}

func TestRandom(t *testing.T) {
	needPrograms(t, "mkfontdir", "mkfontscale")
	r := rand.New(rand.NewPCG(5, 6))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	const n = 100
	for range n {
		files := map[string]string{}
		name := func() string { return pick("a", "b", "-A-b", "-a-b", "C", "c d", "e_", "eZ") }
		for range r.IntN(12) {
			text := pick(bdf(name()), pcf(binary.LittleEndian, property{"FONT", name()}), pcf(binary.BigEndian, property{"FONT", name()}), "x")
			if r.IntN(3) == 0 {
				text = zip(text)
			}
			files[pick("a", "b", "B", "c-1", ".d", "_", "ab")+pick(".bdf", ".pcf", ".PCF", ".pcf.gz", ".bdf.gz", ".BDF", ".GZ", ".txt", "", ".ttf",
				".otf", ".Otf")] = text
		}
		if r.IntN(2) == 0 {
			s := fmt.Sprintln(r.IntN(6))
			for range r.IntN(6) {
				s += pick("a.ttf", "b.ttf", "B.ttf", "a.pcf", "_.otf") + pick(" ", "  ", "\t") + name() + pick("\n", "\n", "\r\n", " \n", "\n\n")
			}
			files["fonts.scale"] = s
		}
		compare(t, directory(t, files))
	}
	t.Logf("%d directories", n)
}

func FuzzDir(f *testing.F) {
	f.Add([]byte("1\na b\n"), []byte(bdf("a")))
	f.Add([]byte("x"), []byte(pcf(binary.BigEndian, property{"FONT", "a"}, property{"X", int32(1)})))
	f.Add([]byte("-1"), []byte(zip(bdf("a"))))
	f.Fuzz(func(t *testing.T, scale, text []byte) {
		dir := fstest.MapFS{"a.pcf": &fstest.MapFile{Data: text}}
		_, _ = Dir(scale, dir)
		_, _ = Scale(dir)
	})
}
