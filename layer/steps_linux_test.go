package layer

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
)

func id(n uint32) *uint32 { return &n }

// TestStepsLikeReference does what steps of a spec do, and what a Dockerfile's author would write for them in the shell of the
// minirootfs: both leave the same root.
func TestStepsLikeReference(t *testing.T) {
	empty := ""
	gecos := "App of the year"
	mode := func(m uint16) *uint16 { return &m }
	for _, c := range []struct {
		name   string
		shell  string
		groups []stage.Group
		users  []stage.User
		files  []stage.File
		run    string
		remove []string
	}{
		{name: "user", shell: "adduser -D app", users: []stage.User{{Name: "app"}}},
		{name: "users and groups with ids", shell: `addgroup -g 1000 app; addgroup -S sys1; addgroup -g 70 sys2
adduser -D -u 1000 -G app -h /srv/app -s /sbin/nologin app
adduser -D -S -H job
adduser -D -S -G sys1 -u 500 -g "" daemon2
adduser -D -g "App of the year" plain
addgroup nginx2; addgroup app nginx2; addgroup app www-data; addgroup job sys2`,
			groups: []stage.Group{{Name: "app", GID: id(1000)}, {Name: "sys1", System: true}, {Name: "sys2", GID: id(70)}},
			users: []stage.User{
				{Name: "app", UID: id(1000), Group: "app", Home: "/srv/app", Shell: "/sbin/nologin"},
				{Name: "job", System: true, NoHome: true},
				{Name: "daemon2", System: true, Group: "sys1", UID: id(500), Gecos: &empty},
				{Name: "plain", Gecos: &gecos},
			},
			run: "addgroup nginx2; addgroup app nginx2; addgroup app www-data; addgroup job sys2"},
		{name: "memberships", shell: "addgroup -S app; adduser -D -S -G app one; adduser -D two; addgroup one app; addgroup two app; addgroup two audio",
			groups: []stage.Group{{Name: "app", System: true, Members: []string{"one", "two"}}},
			users:  []stage.User{{Name: "one", System: true, Group: "app"}, {Name: "two", Groups: []string{"audio"}}}},
		{name: "password", shell: `adduser -D app; sed -i 's/^app:!:/app:$6$abc$def:/' /etc/shadow`,
			users: []stage.User{{Name: "app", Password: "$6$abc$def"}}},
		{name: "existing user", shell: "addgroup nobody www-data", users: []stage.User{{Name: "nobody", UID: id(65534), Groups: []string{"www-data"}}}},
		{name: "permissions",
			shell: "mkdir -p /srv/a/b && touch /srv/a/f /srv/a/b/g && chmod 755 /srv/a/f && ln -s f /srv/a/l && chown -R nobody:www-data /srv/a && " +
				"chmod -R u=rwX,go=rX /srv/a && chown daemon /etc/motd && chmod 600 /etc/motd",
			files: []stage.File{
				{Path: "/srv/a/b", Type: tree.Directory}, {Path: "/srv/a/f", Mode: mode(0o755)}, {Path: "/srv/a/b/g"},
				{Path: "/srv/a/l", Type: tree.Symlink, Target: "f"},
				{Path: "/srv/a", Action: stage.SetPermissions, Owner: "nobody:www-data", ModeText: "u=rwX,go=rX", Recursive: true},
				{Path: "/etc/motd", Action: stage.SetPermissions, Owner: "daemon", ModeText: "600"},
			}},
		{name: "append and absent", shell: "echo more >>/etc/motd && echo new >>/etc/new && rm -rf /etc/ssl1.1 /etc/init.d && rm /etc/issue",
			files: []stage.File{
				{Path: "/etc/motd", Action: stage.Append, Content: tree.Bytes([]byte("more\n")), Size: 5},
				{Path: "/etc/new", Action: stage.Append, Content: tree.Bytes([]byte("new\n")), Size: 4},
				{Path: "/etc/ssl1.1", Action: stage.Delete}, {Path: "/etc/init.d", Action: stage.Delete}, {Path: "/etc/issue", Action: stage.Delete},
			}},
		{name: "run", shell: "sed -i 's/^root:/ROOT:/' /etc/group && mkdir -p /run/app && ln -sf /dev/stdout /var/log/x.log && printf 'a b\\n' | " +
			"tee /etc/a >/etc/b && cd /etc && mv a c",
			run: "sed -i 's/^root:/ROOT:/' /etc/group && mkdir -p /run/app && ln -sf /dev/stdout /var/log/x.log && printf 'a b\\n' | tee /etc/a >/etc/b && " +
				"cd /etc && mv a c"},
		{name: "remove", shell: "rm -rf /etc/apk/keys/alpine-devel* /usr/share/man /etc/[im]* /media/*",
			remove: []string{"/etc/apk/keys/alpine-devel*", "/usr/share/man", "/etc/[im]*", "/media/*"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReference(t)
			began := time.Now()
			command := exec.CommandContext(t.Context(), "chroot", r.root, "/bin/sh", "-c", c.shell)
			command.Env, command.Dir = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, "/"
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			base := apktest.BaseTree(t)
			var printed bytes.Buffer
			s, err := stage.New(base, stage.Options{Generation: apk.V2, Arch: "x86_64", Now: began.Truncate(time.Second), Output: &printed})
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			check(t, s.AddAccounts(ctx, c.groups, c.users))
			check(t, s.AddFiles(ctx, c.files))
			if c.run != "" {
				if err := s.RunText(ctx, stage.Text{Name: "run 1", Body: c.run}); err != nil {
					t.Fatalf("%v\n%s", err, &printed)
				}
			}
			check(t, s.Remove(c.remove))
			if err := os.Remove(r.root + "/dev/null"); err != nil {
				t.Fatal(err)
			}
			compareWithReference(t, r.root, throughLayer(t, base, s, nil), began)
		})
	}
}
