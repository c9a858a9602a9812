package mime

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// listFiles returns the files of a directory but those in packages.
func listFiles(t *testing.T, dir string) map[string][]byte {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(dir, name)
		if relative == "packages" {
			return filepath.SkipDir
		}
		if !entry.IsDir() {
			files[relative], err = os.ReadFile(name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compareDatabase compares with the real program, and returns the number of files that it compared.
func compareDatabase(t *testing.T, program, dir string) int {
	t.Helper()
	before := listFiles(t, dir)
	files, removed, err := Database(os.DirFS(dir))
	if err != nil {
		t.Error(err)
		return 0
	}
	cmd := exec.Command(program, dir)
	cmd.Env = append(os.Environ(), "PKGSYSTEM_ENABLE_FSYNC=0") // it would wait for the disk after each of many small files
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", program, err, output)
		return 0
	}
	want := listFiles(t, dir)
	for name, content := range before {
		if _, ok := files[name]; !ok && !slices.Contains(removed, name) {
			files[name] = content
		}
	}
	for name, content := range want {
		if got, ok := files[name]; !ok {
			t.Errorf("%s is missing", name)
		} else if !bytes.Equal(got, content) {
			at := 0
			for at < min(len(got), len(content)) && got[at] == content[at] {
				at++
			}
			from := max(at-60, 0)
			t.Errorf("%s differs at byte %#x:\ngot  %q\nwant %q", name, at, got[from:min(at+60, len(got))], content[from:min(at+60, len(content))])
		}
	}
	for name := range files {
		if _, ok := want[name]; !ok {
			t.Errorf("%s should not be there", name)
		}
	}
	return len(want)
}

const head = `<mime-info xmlns="` + freeSpace + `">`

// TestInstalledDatabase compares for the types that are installed on this machine.
func TestInstalledDatabase(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	names, _ := filepath.Glob("/usr/share/mime/packages/*.xml")
	if len(names) == 0 {
		t.Skip("no types are installed in /usr/share/mime/packages")
	}
	dir := t.TempDir()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, "packages", filepath.Base(name)), string(data))
	}
	t.Logf("%d files", compareDatabase(t, program, dir))
	writeFile(t, filepath.Join(dir, "packages/zz.xml"), head+`<mime-type type="text/x-zz"><glob pattern="*.zz"/></mime-type></mime-info>`)
	compareDatabase(t, program, dir)
	if err := os.Remove(filepath.Join(dir, "packages/zz.xml")); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "image/stale.xml"), "")
	compareDatabase(t, program, dir)
}

// TestDatabase compares for the inputs of testdata: each file is cut into types, and each line is one type by itself,
// as well as all of them together.
func TestDatabase(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	count := 0
	for _, name := range []string{"fields.txt", "magic.txt", "xml.txt"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
			line = fmt.Sprintf("<mime-type type=\"text/x-%d\">%s</mime-type>\n", i, strings.ReplaceAll(line, "↵", "\n"))
			all += line
			t.Run(fmt.Sprintf("%s/%d", name, i+1), func(t *testing.T) {
				dir := t.TempDir()
				writeFile(t, filepath.Join(dir, "packages/a.xml"), head+line+"</mime-info>")
				compareDatabase(t, program, dir)
				if t.Failed() {
					t.Log(line)
				}
			})
			count++
		}
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "packages/a.xml"), head+all+"</mime-info>")
		compareDatabase(t, program, dir)
	}
	t.Logf("%d inputs", count)
}

// TestDocuments compares for whole documents, each of which is a paragraph of testdata/documents.txt.
func TestDocuments(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	data, err := os.ReadFile("testdata/documents.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, document := range strings.Split(string(data), "\n\n") {
		document = strings.ReplaceAll(document, "HEAD", head)
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "packages/a.xml"), document)
		writeFile(t, filepath.Join(dir, "packages/b.xml"), head+`<mime-type type="text/y"><comment>y</comment></mime-type></mime-info>`)
		compareDatabase(t, program, dir)
		if t.Failed() {
			t.Fatalf("document %d: %s", i, document)
		}
	}
}

// TestFilesOfPackages compares the order of files, and what is removed.
func TestFilesOfPackages(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	dir := t.TempDir()
	for _, name := range []string{"z.xml", "B.xml", "freedesktop.org.xml", "Override.xml", "a.xml", "é.xml", "foo.txt", ".h.xml", ".xml"} {
		writeFile(t, filepath.Join(dir, "packages", name), fmt.Sprintf(`%s<mime-type type="text/x-o"><comment>%[2]s</comment>
<alias type="a/%[2]s"/><sub-class-of type="p/%[2]s"/><glob pattern="*.q"/><icon name="%[2]s"/></mime-type></mime-info>`, head, name))
	}
	writeFile(t, filepath.Join(dir, "packages/dir.xml/x"), "")
	writeFile(t, filepath.Join(dir, "packages/empty.xml"), "")
	for _, media := range strings.Fields("all application audio font image inode message model multipart text video x-content " +
		"x-epoc x-scheme-handler chemical foo interface x-foo") {
		for _, name := range []string{"old.xml", "old.txt", ".xml", ".h.xml", "sub/x.xml", "dir.xml/x.xml", "OLD.XML"} {
			writeFile(t, filepath.Join(dir, media, name), "")
		}
	}
	writeFile(t, filepath.Join(dir, "text/x-o.xml"), "old")
	writeFile(t, filepath.Join(dir, "foo.xml"), "old")
	compareDatabase(t, program, dir)
	empty := t.TempDir()
	if err := os.Mkdir(filepath.Join(empty, "packages"), 0o755); err != nil {
		t.Fatal(err)
	}
	compareDatabase(t, program, empty)
}

// TestRandomDatabases compares for inputs that are made at random, with few words, so that they collide.
func TestRandomDatabases(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	random := rand.New(rand.NewPCG(1, 2))
	const rounds = 300
	for round := range rounds {
		dir := t.TempDir()
		for i := range 1 + random.IntN(4) {
			writeFile(t, filepath.Join(dir, "packages", fmt.Sprintf("%d.xml", i)), randomDocument(random))
		}
		compareDatabase(t, program, dir)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	t.Logf("%d databases", rounds)
}

func randomDocument(random *rand.Rand) string {
	pick := func(list ...string) string { return list[random.IntN(len(list))] }
	word := func() string {
		s := ""
		for range 1 + random.IntN(1+random.IntN(9)) {
			s += pick("a", "b", "c", "x-", "E", "é", ".", "1", "+", "q")
		}
		return s
	}
	name := func() string {
		return pick("text", "image", "application", "x-content", "foo") + "/" + pick(word(), "x-"+word(), "a", "b", "c", "d", "e")
	}
	number := func() string {
		return pick("0", "50", "80", "100", "101", "-1", "x", fmt.Sprint(random.IntN(100)), fmt.Sprint(random.IntN(100)))
	}
	optional := func(name, value string) string {
		if random.IntN(3) > 0 {
			return ""
		}
		return " " + name + `="` + value + `"`
	}
	var match func(depth int) string
	match = func(depth int) string {
		kind := pick("string", "string", "string", "big16", "big32", "little16", "little32", "host16", "host32", "byte")
		value, mask := word()+pick("", `\x0a`, `\n`, `\1`), "0x"+strings.Repeat("f0", random.IntN(4))
		if kind != "string" {
			value, mask = fmt.Sprintf(pick("%d", "0x%x", "0%o"), random.IntN(1<<(2*random.IntN(9)))), fmt.Sprintf("%#x", random.Uint32())
		}
		s := `<match type="` + kind + `" value="` + value + `" offset="` + fmt.Sprint(random.IntN(300)) +
			pick("", "", fmt.Sprintf(":%d", random.IntN(600))) + `"` + optional("mask", mask) + ">"
		for range random.IntN(4 - depth) {
			s += match(depth + 1)
		}
		return s + "</match>"
	}
	var treematch func(depth int) string
	treematch = func(depth int) string {
		s := `<treematch path="` + word() + `"` + optional("type", pick("file", "directory", "link", "file", "any")) +
			optional("match-case", pick("true", "false")) + optional("executable", "true") + optional("non-empty", "true") +
			optional("mimetype", pick(name(), "")) + ">"
		for range random.IntN(4 - depth) {
			s += treematch(depth + 1)
		}
		return s + "</treematch>"
	}
	s := head
	for range random.IntN(1 + random.IntN(60)) {
		s += `<mime-type type="` + name() + `">`
		for range random.IntN(8) {
			switch random.IntN(14) {
			case 0, 1:
				s += "<comment" + optional("xml:lang", pick("de", "fr", "")) + ">" + word() + "</comment>"
			case 2:
				s += "<alias" + optional("type", name()) + ` x="1"/><alias type="` + name() + `"/>`
			case 3:
				s += `<sub-class-of type="` + name() + `"/>`
			case 4:
				s += "<icon" + optional("name", word()) + "/>"
			case 5:
				s += `<generic-icon name="` + word() + `"/>`
			case 6:
				s += `<root-XML namespaceURI="` + pick(word(), "", "urn:a", "urn:a/b") + `" localName="` + pick(word(), "", "a") + `"/>`
			case 7:
				s += "<magic" + optional("priority", number()) + ">" + match(0) + pick("", match(0)) + "</magic>"
			case 8:
				s += "<treemagic" + optional("priority", number()) + ">" + treematch(0) + pick("", treematch(0)) + "</treemagic>"
			case 9:
				s += pick("<glob-deleteall/>", "<magic-deleteall/>", "<unknown/>", "<x xmlns='urn:x'/>", " ", "<!-- c -->")
			default:
				s += `<glob pattern="` + pick("*.", "*.", "*", "", "*.[", "?", "README.*") + word() + `"` + optional("weight", number()) +
					optional("case-sensitive", pick("true", "false")) + "/>"
			}
		}
		s += "</mime-type>"
	}
	return s + "</mime-info>"
}

// TestMutatedDocuments compares for documents with a few bytes changed at random, most of which are not well-formed:
// the program must leave out the same files. Those that are not supported here are left out of the comparison.
func TestMutatedDocuments(t *testing.T) {
	program := corpustest.Program(t, "update-mime-database")
	random := rand.New(rand.NewPCG(5, 6))
	const document = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE mime-info [ <!ELEMENT mime-info (mime-type)+> <!ATTLIST glob weight CDATA "50" pattern (a | b) #REQUIRED> ]>
<!-- c --><?pi x?>
<mime-info xmlns="http://www.freedesktop.org/standards/shared-mime-info" xmlns:x='urn:x'>
<mime-type type="text/a"><comment>a &amp; &#65;</comment><comment xml:lang='de'><![CDATA[<]]></comment><x:y x:z="1" z="2"/>
<glob pattern="*.a"/><magic priority="50"><match type="string" value="\x41&lt;" offset="0:5"/></magic><?pi?></mime-type ></mime-info>
`
	const bytes = "<>/!?-[]&;#\"'=: \nax1.\xc3\xa9\x01"
	compared := 0
	for round := range 200 {
		data := []byte(document)
		for range 1 + random.IntN(2) {
			at := random.IntN(len(data))
			switch random.IntN(3) {
			case 0:
				data = slices.Delete(data, at, at+1)
			case 1:
				data[at] = bytes[random.IntN(len(bytes))]
			default:
				data = slices.Insert(data, at, bytes[random.IntN(len(bytes))])
			}
		}
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "packages/a.xml"), string(data))
		if _, _, err := Database(os.DirFS(dir)); err != nil {
			continue
		}
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			compareDatabase(t, program, dir)
			if t.Failed() {
				t.Logf("round %d: %q", round, data)
			}
		})
		compared++
	}
	t.Logf("%d documents", compared)
}
