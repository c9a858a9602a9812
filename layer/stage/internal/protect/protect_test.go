package protect

import (
	"slices"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

func TestProtection(t *testing.T) {
	base := tree.New()
	if err := base.MkdirAll(rulesDirectory, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"b.list": "# comment\n\n+/opt/*/conf/\n-etc/free\n@etc/free/links\n!var/all\n+usr\n", "c.list": "-usr/lib\n", "ignored": "+srv\n",
		".hidden.list": "+home\n",
	} {
		if err := base.WriteFile(rulesDirectory+"/"+name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := Read(base, apk.V2)
	if err != nil {
		t.Fatal(err)
	}
	v3, err := Read(base, apk.V3)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Protects("home/x") || v3.Protects("home/x") {
		t.Errorf("hidden list: apk 2 heeds it: %v, apk 3: %v; want only apk 2 to", p.Protects("home/x"), v3.Protects("home/x"))
	}
	protected := []string{"etc", "etc/a/b", "etc/init.d", "etc/apk/keys", "opt/x/conf", "opt/x/conf/d", "etc/free/links", "var/all", "usr/share"}
	free := []string{"", "opt", "opt/x", "opt/conf", "etc/free", "etc/free/other", "srv", "usr/lib", "usr/lib/x", "var", "root/etc"}
	for _, dir := range slices.Concat(protected, free) {
		if got, want := p.Protects(dir), slices.Contains(protected, dir); got != want {
			t.Errorf("%q: protected %v, want %v", dir, got, want)
		}
	}
}
