package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"
)

// shapeOf lists the members of a document and the types of their values, such as "images[].digest string".
func shapeOf(t *testing.T, text string) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	found := make(map[string]bool)
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, member := range value {
				walk(path+"."+name, member)
			}
		case []any:
			found[path+" list"] = true
			for _, item := range value {
				walk(path+"[]", item)
			}
		default:
			found[fmt.Sprintf("%s %T", path, value)] = true
		}
	}
	walk("", value)
	return slices.Sorted(maps.Keys(found))
}

// documentedResults returns the documents of docs/results.md.
func documentedResults(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, block[1])
	}
	if len(documented) != 9 {
		t.Fatalf("%d documents", len(documented))
	}
	return documented
}

// TestResultsForPrograms: what --json prints has the members of docs/results.md, and no others.
func TestResultsForPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many commands")
	}
	documented := documentedResults(t)
	hub := httptest.NewServer(ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../fixtures/nginx")); err != nil {
		t.Fatal(err)
	}
	const spec = "base: rootfs:base.tar.gz\nplatforms: [linux/amd64]\nrepositories: [repository]\nkeys: [fixtures@lamina.rsa.pub]\npackages: [nginx]\n" +
		"scripts: {skip: [nginx]}\n"
	if err := os.WriteFile(filepath.Join(dir, "lamina.yaml"), []byte(spec), 0o644); err != nil {
		t.Fatal(err)
	}
	lamina := programIn(t, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	in := func(name string) string { return filepath.Join(dir, name) }
	image := "oci:" + in("image") + ":latest"
	lamina("build", "-q", "-f", in("lamina.yaml"), "-o", image)
	lamina("lock", "-q", "-f", in("lamina.yaml"))
	for i, command := range []string{
		"build -f " + in("lamina.yaml") + " --no-lock -o " + image,
		"lock -f " + in("lamina.yaml") + " openrc",
		"verify --no-lock -f " + in("lamina.yaml") + " " + image,
		"push " + image + " docker://" + strings.TrimPrefix(hub.URL, "http://") + "/image:x",
		"cache",
		"cache prune --all",
	} {
		got := shapeOf(t, lamina(append(strings.Fields(command), "--json")...))
		want := shapeOf(t, documented[i])
		if strings.HasPrefix(command, "lock") { // a change from nothing has no "from"
			want = slices.DeleteFunc(want, func(line string) bool { return strings.HasSuffix(line, ".from string") })
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-documented +printed):\n%s", command, diff)
		}
	}
}

// TestHelpNamesMembers: the help of a command names the members of what it prints with --json.
func TestHelpNamesMembers(t *testing.T) {
	documented := documentedResults(t)
	b := newBench(t)
	for i, command := range []string{"build", "lock", "verify", "push", "cache", "cache prune", "resolve", "bake", "lock"} {
		_, help, _ := b.lamina(append(strings.Fields(command), "--help")...)
		switch command {
		case "resolve":
			continue // refers to docs/results.md
		case "bake":
			_, image, _ := b.lamina("build", "--help") // which it refers to
			help += image
		}
		words := regexp.MustCompile(`\w+`).FindAllString(help, -1)
		for _, member := range regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(documented[i], -1) {
			if !slices.Contains(words, member[1]) {
				t.Errorf("lamina %s --help does not name %s", command, member[1])
			}
		}
	}
}
