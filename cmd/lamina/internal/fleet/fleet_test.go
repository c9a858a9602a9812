package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestShards: the parts are all of it, each image in one, and the costs of a report balance them.
func TestShards(t *testing.T) {
	var targets []Target
	cost := map[string]float64{"image01": 60}
	for i := range 40 {
		name := fmt.Sprintf("image%02d", i)
		targets = append(targets, Target{Name: name})
		if i%2 == 0 {
			cost[name] = float64(1 + i*i%7)
		}
	}
	for _, cost := range []map[string]float64{nil, cost} {
		var all []string
		for part := range 7 {
			s, err := ParseShard(fmt.Sprintf("%d/7", part+1))
			if err != nil {
				t.Fatal(err)
			}
			chosen := s.Choose(targets, cost)
			if cost == nil && len(chosen) != 5 && len(chosen) != 6 {
				t.Errorf("part %d has %d of 40 images", part+1, len(chosen))
			}
			for _, c := range chosen {
				all = append(all, c.Name)
			}
			if cost != nil && slices.ContainsFunc(chosen, func(c Target) bool { return c.Name == "image01" }) && len(chosen) != 1 {
				t.Errorf("the image that takes longest is one of %d", len(chosen))
			}
		}
		slices.Sort(all)
		if len(all) != 40 || len(slices.Compact(all)) != 40 {
			t.Errorf("%d images in all parts", len(all))
		}
	}
}

func TestParseShard(t *testing.T) {
	for text, want := range map[string]string{"1/1": "1/1", "3/16": "3/16", "16/16": "16/16", "0/16": "16/16", "0/1": "1/1",
		"": "", "3": "", "17/16": "", "-1/16": "", "0/0": "", "1/0": "", "a/b": "", "1/2/3": ""} {
		got, err := ParseShard(text)
		if got.String() != want || (err != nil) != (want == "") {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
}

// TestListOnce: a file that several arguments lead to is one image, not two of one name.
func TestListOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("images/web", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"images/web/lamina.yaml", "images/web/small.yaml"} {
		if err := os.WriteFile(name, []byte("base: scratch\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Find([]string{"images/web/small.yaml", "images", "./images/web", "images/web/small.yaml"})
	want := []Target{{Name: "small", File: "images/web/small.yaml"}, {Name: "web", File: filepath.Join("images", "web", "lamina.yaml")}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
