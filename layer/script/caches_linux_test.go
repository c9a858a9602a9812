package script_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/layer/tree"
)

const schemaText = `<schemalist gettext-domain="domain">
<enum id="org.example.Mode"><value nick="one" value="1"/><value nick="two" value="2"/></enum>
<schema id="org.example.app" path="/org/example/app/">
<key name="mode" enum="org.example.Mode"><default>'one'</default></key>
<key name="greeting" type="s"><default l10n="messages">'hello'</default></key>
</schema></schemalist>
`

// makers are shell texts that call programs which make files of other programs' formats, in a directory with the files given. Each is run
// by the shell with Debian's programs, and interpreted.
var makers = []struct {
	name, text string
	files      map[string]string
}{
	{"schemas", "glib-compile-schemas .", map[string]string{"org.example.gschema.xml": schemaText, "10.gschema.override": "[org.example.app]\nmode='two'\n"}},
	{"schemas elsewhere", "mkdir to; glib-compile-schemas --targetdir=to --strict from", map[string]string{"from/org.example.gschema.xml": schemaText}},
	{"no schemas", "mkdir d; glib-compile-schemas d; touch d/gschemas.compiled; glib-compile-schemas d; echo $?", nil},
	{"no directory of schemas", "glib-compile-schemas nowhere >out 2>/dev/null; echo $?", nil},
	{"no modules", "mkdir modules; touch modules/giomodule.cache modules/readme; gio-querymodules modules; echo $?", nil},
	{"no directory of modules", "gio-querymodules nowhere; echo $?", nil},
	{"icons", "gtk-update-icon-cache -q -t -f icons; gtk-update-icon-cache -qtf empty; echo $?", map[string]string{
		"icons/48x48/apps/one.png": "x", "icons/48x48/apps/two.svg": "x", "icons/16x16/apps/one.png": "x", "empty/readme": ""}},
	{"icons without an index", "gtk-update-icon-cache -q -f icons; echo $?", map[string]string{"icons/48x48/apps/one.png": "x"}},
	{"catalogs", "xmlcatalog --noout --create c\nxmlcatalog --noout --add rewriteSystem http://a/ file:///b c\n" +
		"xmlcatalog --noout --add public '-//A//B' file:///c c\n" +
		"xmlcatalog --noout --del http://a/ c; xmlcatalog --noout --create --add nextCatalog '' file:///d d; echo $?", nil},
	{"MIME types", "update-mime-database mime; echo $?", map[string]string{"mime/packages/example.xml": "<?xml version='1.0'?>\n" +
		"<mime-info xmlns='http://www.freedesktop.org/standards/shared-mime-info'><mime-type type='application/x-example'><comment>example</comment>" +
		"<comment xml:lang='de'>Beispiel</comment><sub-class-of type='text/plain'/><generic-icon name='text-x-generic'/><glob " +
		"pattern='*.example' weight='60'/>" +
		"<magic priority='70'><match type='string' value='EXMPL' offset='0:8'/></magic><alias type='text/x-example'/></mime-type></mime-info>\n",
		"mime/application/x-old.xml": "old", "mime/globs": "old"}},
	{"desktop entries", "update-desktop-database -q none share; update-desktop-database none 2>&1; echo $?\n" +
		"XDG_DATA_DIRS=none::share/ update-desktop-database; update-desktop-database -q share; echo $?", map[string]string{
		"share/applications/mimeinfo.cache": "old",
		"share/applications/b.desktop":      "[Desktop Entry]\nType=Application\nName=b\nMimeType=text/plain;image/png;\n",
		"share/applications/kde/a.desktop":  "[Desktop Entry]\nType=Application\nName=a\nMimeType=image/png;nothing;\n"}},
	{"fonts", "mkfontscale fonts; mkfontdir fonts empty; echo $?", map[string]string{"empty/readme": "", "fonts/a.bdf": "STARTFONT 2.1\n" +
		"FONT -misc-a-medium-r-normal--8-80-75-75-c-80-iso8859-1\nSIZE 8 75 75\nFONTBOUNDINGBOX 8 8 0 0\nSTARTPROPERTIES 1\n" +
		"FONT_ASCENT 8\nENDPROPERTIES\nCHARS 0\nENDFONT\n"}},
	{"dictionary", "cracklib-packer d <words; cracklib-packer full <full; cracklib-packer one <one; cracklib-packer order <order; echo $?", map[string]string{
		"words": wordList(1000), "full": wordList(32), "one": "word\n", "order": "b\na\n\n\xffx\na\na\nabc"}},
}

// wordList has as many different words, in order.
func wordList(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%05d\n", []string{"0", "a", "abc", "zebra"}[4*i/n], i*7)
	}
	return b.String()
}

func TestMakers(t *testing.T) {
	for _, m := range makers {
		t.Run(m.name, func(t *testing.T) {
			dir, tr := t.TempDir(), tree.New()
			for _, name := range []string{"bin/sh", "bin/mkdir", "bin/touch", "bin/echo", "usr/bin/glib-compile-schemas", "usr/bin/gio-querymodules",
				"usr/bin/gtk-update-icon-cache", "usr/bin/xmlcatalog", "usr/bin/mkfontdir", "usr/bin/mkfontscale", "usr/bin/update-mime-database",
				"usr/bin/update-desktop-database", "usr/sbin/cracklib-packer"} {
				put(t, tr, name, "\x7fELF", 0o755)
			}
			put(t, tr, "work/.keep", "", 0o644)
			for name, content := range m.files {
				put(t, tr, "work/"+name, content, 0o644)
				if err := os.MkdirAll(filepath.Join(dir, path.Dir(name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			program := strings.Fields(m.text)[0]
			if program == "mkdir" {
				program = strings.Fields(m.text)[2]
			}
			corpustest.Program(t, program)
			cmd := exec.Command("sh", "-c", "umask 022\n"+m.text)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C.UTF-8")
			var said bytes.Buffer
			cmd.Stdout = &said
			if err := cmd.Run(); err != nil {
				t.Fatal(err)
			}
			var printed bytes.Buffer
			if err := script.RunText(t.Context(), script.Options{Tree: tr, Dir: "/work", Generation: apk.V2, Output: &printed}, "test",
				"{ "+m.text+"\n} 2>/dev/null", nil); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(said.String(), printed.String()); diff != "" {
				t.Errorf("output (-real +interpreted):\n%s", diff)
			}
			real, made := make(map[string]string), make(map[string]string)
			err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
				if err != nil || e.IsDir() {
					return err
				}
				text, err := os.ReadFile(filepath.Join(dir, name))
				real[name] = string(text)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for name, n := range tr.All() {
				if below, ok := strings.CutPrefix(name, "work/"); ok && n.Type == tree.Regular && below != ".keep" {
					text, err := n.Read(1 << 20)
					if err != nil {
						t.Fatal(err)
					}
					made[below] = string(text)
				}
			}
			if diff := cmp.Diff(real, made); diff != "" {
				t.Errorf("files (-real +made):\n%s", diff)
			}
		})
	}
}

func put(t *testing.T, tr *tree.Tree, name, content string, mode uint16) {
	t.Helper()
	err := tr.MkdirAll(path.Dir(name), 0o755)
	if err == nil {
		err = tr.WriteFile(name, []byte(content), mode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRefusedMakers: input that the real program would load, or skip with a warning, is refused.
func TestRefusedMakers(t *testing.T) {
	for text, want := range map[string]string{
		"gio-querymodules /m":                       "would load /m/libother.so to ask it what it implements",
		"glib-compile-schemas /s":                   "bad.gschema.xml: ",
		"glib-compile-schemas --allow-any-name /s":  "--allow-any-name /s is not supported",
		"gtk-update-icon-cache -t /icons":           "refuses the icon name",
		"xmlcatalog --add public a b /c":            "is not supported",
		"xmlcatalog --noout --add public a b /nope": "No such file",
		"cracklib-packer d":                         "without words is not supported",
		"cracklib-packer -h":                        "-h is not supported",
		"cracklib-packer d </long":                  "word 1 has more than 30 bytes",
	} {
		tr := tree.New()
		for name, content := range map[string]string{"m/libother.so": "\x7fELF",
			"s/bad.gschema.xml":   "<schemalist><schema id='a'><key name='k' type='i'/></schema></schemalist>",
			"icons/16x16/a b.png": "", "c": "", "long": strings.Repeat("x", 31) + "\n"} {
			put(t, tr, name, content, 0o644)
		}
		program, _, _ := strings.Cut(text, " ")
		put(t, tr, "bin/"+program, "\x7fELF", 0o755)
		err := script.RunText(t.Context(), script.Options{Tree: tr, Generation: apk.V2}, "test", text, nil)
		if unsupported := (*script.UnsupportedError)(nil); !errors.As(err, &unsupported) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
