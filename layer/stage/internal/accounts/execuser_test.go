package accounts

import (
	"fmt"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestExecUser has the rules of github.com/moby/sys/user and, for the home, of runc.
func TestExecUser(t *testing.T) {
	base := tree.New()
	if err := base.Mkdir("etc", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n\napp:x:100:101:App:/home/app:/bin/sh\ntwin:x:100:5::/twin:\n1234:x:77:78::/odd:\nshort:x:9\n",
		"etc/group":  "root:x:0:root\nwheel:x:10:root,app\napp:x:101:\naudio:x:18:games,app\nnumbers:x:3000:1234,\n",
	} {
		if err := base.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ spec, want, bare string }{
		{"app", "100:101 [101 10 18] /home/app", `user "app": etc/passwd has no such name`},
		{"root", "0:0 [0 10] /root", `user "root": etc/passwd has no such name`},
		{"0", "0:0 [0 10] /root", "0:0 [0] /"},
		{"100", "100:101 [101 10 18] /home/app", "100:0 [0] /"},
		{"twin", "100:5 [5] /home/app", `user "twin": etc/passwd has no such name`},
		{"app:wheel", "100:10 [10] /home/app", `user "app": etc/passwd has no such name`},
		{"app:18", "100:18 [18] /home/app", `user "app": etc/passwd has no such name`},
		{"5:6", "5:6 [6] /", "5:6 [6] /"},
		{"5:wheel", "5:10 [10] /", `group "wheel": etc/group has no such name`},
		{"1234", "1234:0 [0] /", "1234:0 [0] /"},
		{"77", "77:78 [78 3000] /odd", "77:0 [0] /"},
		{"short", "9:0 [0] ", `user "short": etc/passwd has no such name`},
		{"app:none", `group "none": etc/group has no such name`, `user "app": etc/passwd has no such name`},
		{"4294967296", `user "4294967296": etc/passwd has no such name`, `user "4294967296": etc/passwd has no such name`},
	} {
		for i, want := range []string{c.want, c.bare} {
			who, home, err := ExecUser([]*tree.Tree{base, tree.New()}[i], c.spec)
			got := fmt.Sprintf("%d:%d %d %s", who.UID, who.GID, who.Groups, home)
			if err != nil {
				got = err.Error()
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", c.spec, got, want)
			}
		}
	}
}
