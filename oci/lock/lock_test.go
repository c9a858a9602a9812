package lock_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
)

// TestDifferences: what changed in a spec since it was locked.
func TestDifferences(t *testing.T) {
	pinned := &lock.Lock{
		Request:   lock.Request{Packages: []string{"nginx", "jq"}, Repositories: []string{"main"}},
		Platforms: []lock.Platform{{Platform: "linux/amd64"}},
	}
	amd64, arm64 := oci.Platform{OS: "linux", Architecture: "amd64"}, oci.Platform{OS: "linux", Architecture: "arm64"}
	for _, test := range []struct {
		name      string
		now       lock.Request
		platforms []oci.Platform
		want      []string
	}{
		{"nothing, in another order", lock.Request{Packages: []string{"jq", "nginx"}, Repositories: []string{"main"}}, nil, nil},
		{"everything", lock.Request{Packages: []string{"nginx>1", "curl", "jq"}, Repositories: []string{"edge"}, Upgrade: lock.UpgradeNamed},
			[]oci.Platform{amd64, arm64},
			[]string{
				"package nginx>1 was added", "package curl was added", "package nginx was removed", "repository edge was added",
				"repository main was removed", "it was made with upgrade none, not named", "platform linux/arm64 was added; the lock has linux/amd64",
			}},
	} {
		if diff := cmp.Diff(test.want, pinned.Differences(test.now, test.platforms)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

// TestReadErrors: one line that says where.
func TestReadErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "unexpected end of JSON input"},
		{"{}", "has no lockVersion"},
		{"{\n\"lockVersion\": \"1\"}", "line 2: lockVersion is not a whole number in range but a string"},
		{`{"lockVersion": 2}`, "lockVersion 2 is not supported; only 1 is"},
		{"{\"lockVersion\": 1,\n\"recipe\": 5}", "line 2: recipe is not a string but a number"},
		{"{\"lockVersion\": 1,\n\n!", "line 3: invalid character '!'"},
		{`{"lockVersion": 1, "future": true}`, `unknown field "future"`},
		{`{"lockVersion": 1, "platforms": [{"platform": "a"}, {"platform": "a"}]}`, "platform a: occurs twice"},
		{`{"lockVersion": 1, "platforms": [{"changes": [{"action": "installing", "name": "x"}]}]}`, `package "x": action "Installing" without a package`},
		{`{"lockVersion": 1, "platforms": [{"changes": [{"action": "eating", "name": "x"}]}]}`, `unknown kind of change: "eating"`},
		{`{"lockVersion": 1, "platforms": [{"indexes": [{}], "changes": [{"action": "installing", "name": "x", "repository": 1}]}]}`,
			"repository 1 is not among the 1 indexes"},
		{`{"lockVersion": 1, "platforms": [{"indexes": [{}], "changes": [{"action": "installing", "name": "x", "repository": 0, "installedSize": 1}]}]}`,
			"sha256"},
	} {
		_, err := lock.Read(strings.NewReader(test.text))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", test.text, err, test.want)
		}
	}
}

// FuzzRead: whatever is read can be written and read again.
func FuzzRead(f *testing.F) {
	f.Add(`{"lockVersion": 1, "platforms": [{"indexes": [{}], "changes": [{"action": "installing", "name": "x", "repository": 0}]}]}`)
	f.Add(`{"lockVersion": 1, "platforms": [{"changes": [{"action": "purging", "name": "x", "oldVersion": "1"}]}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		pinned, err := lock.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := pinned.Write(&again); err != nil {
			t.Fatal(err)
		}
		if _, err := lock.Read(&again); err != nil {
			t.Fatalf("%v:\n%s", err, &again)
		}
	})
}
