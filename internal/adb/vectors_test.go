package adb_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/adb"
	"github.com/lamina-oci/lamina/internal/adbtest"
)

// stricter are files that apk adbdump prints and this package refuses, with the reason.
var stricter = []struct{ reason, text string }{
	{"a value beyond the end, which apk reads as absent", "is beyond the end"},
	{"a table without a length, which apk reads as absent", "has no length"},
	{"metadata without a root, in which apk finds nothing", "metadata of 8 bytes"},
	{"a file of another schema than its name says", "has the schema"},
	{"a value of another kind, which apk reads as absent", "is not "},
}

// TestADBVectors compares the documents in files with what apk adbdump prints of them. LAMINA_ADB_CASES names another
// directory of vectors.
func TestADBVectors(t *testing.T) {
	dir := adbtest.Dir(t)
	compared := 0
	compare := func(t *testing.T, name string, dump *adbtest.Dump, schema adb.Schema) {
		if dump.RC != 0 || len(dump.JSON) == 0 || string(dump.JSON) == "null" {
			return
		}
		got, err := document(t, name, schema)
		if err != nil {
			for _, s := range stricter {
				if strings.Contains(err.Error(), s.text) {
					t.Logf("refused: %s: %v", s.reason, err)
					return
				}
			}
			t.Fatal(err)
		}
		var want any
		if err := json.Unmarshal(dump.JSON, &want); err != nil {
			t.Fatal(err)
		}
		compared++
		if diff := cmp.Diff(prune(want), prune(got)); diff != "" {
			t.Errorf("(-apk +got):\n%s", diff)
		}
	}
	for _, v := range adbtest.Packages(t) {
		t.Run(v.File, func(t *testing.T) {
			compare(t, filepath.Join(dir, "packages", v.File), &v.Dump, adb.SchemaPackage)
		})
	}
	for _, v := range adbtest.Indexes(t) {
		t.Run(v.Index, func(t *testing.T) {
			compare(t, filepath.Join(dir, "indexes", v.Index), &v.Dump, adb.SchemaIndex)
		})
	}
	t.Logf("%d documents compared", compared)
}

func document(t *testing.T, name string, schema adb.Schema) (any, error) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := adb.NewReader(bytes.NewReader(file))
	defer r.Close()
	metadata, err := r.Metadata(schema)
	if err != nil {
		return nil, err
	}
	var doc any
	if schema == adb.SchemaIndex {
		index, err := adb.ParseIndex(metadata)
		if err != nil {
			return nil, err
		}
		doc = indexDocument(index)
	} else {
		pkg, err := adb.ParsePackage(metadata)
		if err != nil {
			return nil, err
		}
		doc = packageDocument(pkg)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain, nil
}

type object = map[string]any

func indexDocument(index *adb.Index) object {
	var packages []any
	for i := range index.Packages {
		packages = append(packages, infoDocument(&index.Packages[i]))
	}
	return object{"description": index.Description, "packages": packages, "pkgname-spec": index.NameSpec}
}

func packageDocument(p *adb.Package) object {
	var paths []any
	for _, d := range p.Dirs {
		var files []any
		for _, f := range d.Files {
			files = append(files, object{
				"name": f.Name, "acl": aclDocument(&f.ACL), "size": f.Size, "mtime": f.ModTime, "hash": hexText(f.Hash), "target": hexText(f.Target),
			})
		}
		paths = append(paths, object{"name": d.Name, "acl": aclDocument(&d.ACL), "files": files})
	}
	s := p.Scripts
	return object{
		"info": infoDocument(&p.Info), "paths": paths, "triggers": p.Triggers, "replaces-priority": p.ReplacesPriority,
		"scripts": object{
			"trigger": s.Trigger, "pre-install": s.PreInstall, "post-install": s.PostInstall, "pre-deinstall": s.PreDeinstall,
			"post-deinstall": s.PostDeinstall, "pre-upgrade": s.PreUpgrade, "post-upgrade": s.PostUpgrade,
		},
	}
}

func aclDocument(a *adb.ACL) object {
	var xattrs []string
	for _, x := range a.Xattrs {
		name, value, _ := strings.Cut(x, "\x00")
		text := name + "=" + hex.EncodeToString([]byte(value))
		if len(text) > 255 {
			text = fmt.Sprintf("%s=(%d bytes)", name, len(value))
		}
		xattrs = append(xattrs, text)
	}
	return object{"mode": a.Mode, "user": a.User, "group": a.Group, "xattrs": xattrs}
}

func infoDocument(p *adb.PackageInfo) object {
	return object{
		"name": p.Name, "version": p.Version, "hashes": hexText(p.Hashes), "description": p.Description, "arch": p.Arch, "license": p.License,
		"origin": p.Origin, "maintainer": p.Maintainer, "url": p.URL, "repo-commit": hexText(p.RepoCommit), "build-time": p.BuildTime,
		"installed-size": p.InstalledSize, "file-size": p.FileSize, "provider-priority": p.ProviderPriority,
		"depends": dependencyTexts(p.Depends), "provides": dependencyTexts(p.Provides), "replaces": dependencyTexts(p.Replaces),
		"install-if": dependencyTexts(p.InstallIf), "recommends": dependencyTexts(p.Recommends), "layer": p.Layer, "tags": p.Tags,
	}
}

// hexText is how adbdump prints bytes.
func hexText(b string) string {
	if 2*len(b) > 255 {
		return fmt.Sprintf("(%d bytes)", len(b))
	}
	return hex.EncodeToString([]byte(b))
}

func dependencyTexts(list []adb.Dependency) []string {
	var texts []string
	for _, d := range list {
		text := ""
		if d.Match&adb.MatchConflict != 0 {
			text = "!"
		}
		text += d.Name
		if d.Version != "" {
			text += map[uint64]string{1: "=", 2: "<", 3: "<=", 4: ">", 5: ">=", 6: "><", 8: "~", 9: "~", 11: "<~",
				13: ">~"}[d.Match&^adb.MatchConflict] + d.Version
		}
		texts = append(texts, text)
	}
	return texts
}

// prune drops what is absent or zero, which adbdump prints only if a file has it in so many words.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, item := range v {
			if item = prune(item); item == nil {
				delete(v, key)
			} else {
				v[key] = item
			}
		}
		if len(v) > 0 {
			return v
		}
	case []any:
		for i := range v {
			if v[i] = prune(v[i]); v[i] == nil {
				v[i] = map[string]any{}
			}
		}
		if len(v) > 0 {
			return v
		}
	case string:
		if v != "" {
			return v
		}
	case float64:
		if v != 0 {
			return v
		}
	}
	return nil
}
