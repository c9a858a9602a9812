package mime

import (
	"testing"
	"testing/fstest"
)

// FuzzDatabase looks for documents at which the package panics or does not end.
func FuzzDatabase(f *testing.F) {
	f.Add([]byte(`<mime-info xmlns="` + freeSpace + `"><mime-type type="a/b"><comment xml:lang="x">&#65;</comment><glob pattern="*.a"/>
<magic><match type="host32" offset="0:5" value="0x12" mask="7"><match type="string" offset="1" value="\x1" mask="0xf"/></match></magic>
<treemagic><treematch path="a"/></treemagic><x:y xmlns:x="u"/></mime-type></mime-info>`))
	f.Add([]byte("<?xml version='1.0'?><!DOCTYPE a [<!ATTLIST a b (c|d) 'e'><!ELEMENT a (b)>]><a><![CDATA[x]]><?p q?><!-- c --></a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _, _ = Database(fstest.MapFS{"packages/a.xml": {Data: data}, "text/x.xml": {}})
	})
}

// FuzzDesktopCache looks for desktop entries at which the package panics.
func FuzzDesktopCache(f *testing.F) {
	f.Add([]byte("# x\n[Desktop Entry]\nHidden=false\nA[de]=b\nMimeType=text/a\\;;image/\\sb;"))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = DesktopCache(fstest.MapFS{"a/b.desktop": {Data: data}})
	})
}
