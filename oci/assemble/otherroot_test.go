package assemble_test

import (
	"archive/tar"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/fixtures"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/assemble"
	"github.com/lamina-oci/lamina/oci/spec"
)

// fromImage are the options by which a root without files of apk takes keys and repositories of the image.
const fromImage = " --keys-dir /etc/apk/keys --repositories-file /etc/apk/repositories "

// otherRootInputs is a request whose commands make a root in a directory.
func otherRootInputs(t *testing.T, tools string) *inputs {
	tool := fixtures.Package{Name: "tool", Depends: "libz", Files: []fixtures.File{{Path: "usr/bin/tool", Mode: 0o755, Content: "#!/bin/sh\necho tool\n"}}}
	link := func(name string) fixtures.File {
		return fixtures.File{Path: "bin/" + name, Type: tar.TypeSymlink, Target: "busybox"}
	}
	in := newInputs(t, fixtures.Base{APKTools: tools, World: []string{"apk-tools"}, Files: []fixtures.File{
		{Path: "sbin/apk", Mode: 0o755, Content: "apk"}, {Path: "bin/busybox", Mode: 0o755, Content: "\x7fELF"},
		link("sh"), link("mkdir"), link("cp"), link("mv"), link("touch"), link("su"),
	}}, nginx(), libz(), tool)
	in.spec.Packages = []string{"nginx"}
	in.spec.Run = []string{
		"mkdir /r && apk add --no-cache --root /r --initdb" + fromImage + "tool && mv /r/usr/bin/tool /usr/bin",
		"apk -p /r info -e nginx || apk -p /r add" + fromImage + "nginx; apk -p /r del tool", "apk -p /r info >/etc/packages; apk info >/etc/own; tool >>/etc/own",
		"apk -p /r list" + fromImage + "tool >/etc/offered",
	}
	return in
}

// TestOtherRoot: what commands do to another root is in the lock and in the record, and each gives the same image again.
func TestOtherRoot(t *testing.T) {
	for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
		in := otherRootInputs(t, tools)
		result, image := in.build("free")
		files := tree.New()
		for _, l := range image.Layers {
			if err := l.ReadInto(t.Context(), files); err != nil {
				t.Fatal(err)
			}
		}
		for name, want := range map[string]string{
			"etc/packages": "nginx", "etc/offered": "tool-1.0-r0 x86_64 {tool} (MIT)", "etc/own": "apk-tools nginx tool", "r/etc/apk/world": "nginx",
		} {
			if text, err := files.ReadFile(name, 999); err != nil || strings.Join(strings.Fields(string(text)), " ") != want {
				t.Errorf("%s: %s has %q, want %s; %v", tools, name, text, want, err)
			}
		}
		other, err := files.Sub("r")
		if err != nil {
			t.Fatal(err)
		}
		db, err := stage.ReadInstalled(other, apk.V3)
		if err != nil || len(db.Packages) != 1 {
			t.Errorf("%s: the database has %+v, %v", tools, db, err)
		}
		if result.Packages != 2 {
			t.Errorf("%s: %d packages in the image, want its own 2", tools, result.Packages)
		}

		pinned := in.lock()
		var commands []string
		for _, tr := range pinned.Platforms[0].Transactions {
			commands = append(commands, tr.Command)
			if tr.Root != "/r" {
				t.Errorf("%s: %s works on %q", tools, tr.Command, tr.Root)
			}
		}
		want := []string{
			"apk add --no-cache --root /r --initdb" + fromImage + "tool", "apk -p /r add" + fromImage + "nginx", "apk -p /r del tool",
			"apk -p /r list" + fromImage + "tool",
		}
		for i := range want {
			want[i] = strings.Join(strings.Fields(want[i]), " ")
		}
		if diff := cmp.Diff(want, commands); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		recorded := in.record("recorded")
		if was, now, err := in.rebuild(recorded); err != nil || was != now {
			t.Errorf("%s: rebuilt as %s of %s, %v", tools, now, was, err)
		}
		packages := make(map[string]bool)
		for _, d := range in.statement(recorded).Predicate.BuildDefinition.ResolvedDependencies {
			if strings.HasPrefix(d.URI, "pkg:apk/") {
				packages[d.URI] = true
			}
		}
		if len(packages) != 3 {
			t.Errorf("%s: the record has the packages %v, want nginx, libz and tool", tools, packages)
		}
		in.pin(pinned)
		if locked, _ := in.build("locked"); locked.Manifest.Digest != result.Manifest.Digest {
			t.Errorf("%s: with the lock %s, without %s", tools, locked.Manifest.Digest, result.Manifest.Digest)
		}
	}
}

// TestKeysOfOtherRoot: the signatures of indexes are checked with the keys of the other root or of --keys-dir, and with those of the request.
func TestKeysOfOtherRoot(t *testing.T) {
	const add, list = "mkdir -p /r; apk add -p /r --initdb tool ", " --repositories-file /etc/apk/repositories"
	for text, want := range map[string]string{
		add + list:                               "which is not trusted; no keys are trusted",
		add + list + " --keys-dir /etc/apk/keys": "",
		"mkdir -p /r/etc/apk; cp -r /etc/apk/keys /r/etc/apk; " + add + list:                       "",
		"mkdir -p /r/etc/apk /k; cp -r /etc/apk/keys /r/etc/apk; " + add + list + " --keys-dir /k": "which is not trusted; no keys are trusted",
		"apk add tool --keys-dir /nosuch":                                                          "which is not trusted; no keys are trusted",
		add + list + " --allow-untrusted":                                                          "which is not trusted; no keys are trusted",
		add + " --keys-dir /etc/apk/keys":                                                          "exit status 1: apk add -p /r --initdb tool --keys-dir /etc/apk/keys: no such package: tool: no repository to search",
		add + " --keys-dir /etc/apk/keys -X /etc/apk":                                              "repository /etc/apk: is a directory of the image",
		add + " --keys-dir /etc/apk/keys -X /srv/nosuch":                                           "the directory /srv/nosuch does not exist",
	} {
		for _, tools := range []string{"2.14.9-r2", "3.0.1-r0"} {
			in := otherRootInputs(t, tools)
			in.spec.Run = []string{text}
			if want == "" {
				in.build("image")
				continue
			}
			err := in.fails("run", want)
			remedy := "if you trust fixtures@lamina.rsa.pub, pass its public key: --key FILE; for the keys of the image, use apk --keys-dir /etc/apk/keys"
			if strings.Contains(text, "-p /r") && strings.Contains(want, "trusted") && assemble.Hint(err) != remedy {
				t.Errorf("%s: the remedy is %q", text, assemble.Hint(err))
			}
		}
	}
	in := otherRootInputs(t, "2.14.9-r2")
	in.spec.Run = []string{add + list}
	in.spec.Keys = []spec.Key{{Name: fixtures.KeyName, PEM: []byte(fixtures.PublicKeyPEM)}}
	in.build("image")
}

// TestErrorsOfOtherRoots: apk 2 says why it does not take a directory as its root, in the words of apk 2.14, and the command sees its status.
func TestErrorsOfOtherRoots(t *testing.T) {
	const failed, noEntry = "ERROR: Failed to open apk database: ", "No such file or directory\n"
	for text, want := range map[string]string{
		"apk -p /r add tool":                                          "ERROR: Unable to open root: " + noEntry + failed + noEntry + "99\n",
		"apk -p /r/r --initdb add tool":                               "ERROR: Unable to open root: " + noEntry + failed + noEntry + "99\n",
		"apk -p /r info":                                              "ERROR: Unable to open root: " + noEntry + failed + noEntry + "99\n",
		"mkdir /r; apk -p /r update":                                  "ERROR: Unable to lock database: " + noEntry + failed + noEntry + "99\n",
		"mkdir /r; apk -p /r list":                                    "ERROR: Unable to read database state: " + noEntry + failed + noEntry + "99\n",
		"touch /r; apk add --initdb -p /r":                            "ERROR: Unable to lock database: Not a directory\n" + failed + "Not a directory\n" + "99\n",
		"mkdir -p /r/lib/apk/db; apk add --initdb -p /r":              failed + noEntry + "99\n",
		"mkdir -p /r/lib/apk/db /r/var; apk del -p /r tool":           "ERROR: Unable to read database state: " + noEntry + failed + noEntry + "99\n",
		"mkdir -p /r/lib/apk/db /r/var; apk add -q --initdb -p /r":    "0\n",
		"mkdir -p /r/etc/apk; touch /r/etc/apk/world; apk -p /r info": "0\n",
	} {
		in := otherRootInputs(t, "2.14.9-r2")
		in.spec.Run = []string{text + " >/etc/said 2>&1; echo $? >>/etc/said"}
		_, image := in.build("image")
		files := tree.New()
		for _, l := range image.Layers {
			if err := l.ReadInto(t.Context(), files); err != nil {
				t.Fatal(err)
			}
		}
		if said, err := files.ReadFile("etc/said", 999); err != nil || string(said) != want {
			t.Errorf("%s: it says %q, want %q; %v", text, said, want, err)
		}
	}
}

// TestRefusedOtherRoots: what is not known of apk 3 or cannot be right is refused with a remedy.
func TestRefusedOtherRoots(t *testing.T) {
	if testing.Short() {
		t.Skip("builds many times")
	}
	for _, c := range []struct{ tools, text, want, remedy string }{
		{"3.0.1-r0", "apk add --initdb -p /r", "apk --root /r: the directory does not exist", "make it first: mkdir -p /r"},
		{"3.0.1-r0", "mkdir /r; apk add -p /r tool", "apk --root /r: it has no database of apk", "make one: apk add --initdb --root /r"},
		{"3.0.1-r0", "mkdir /r; cd /; apk -p r info", "apk --root /r: it has no database of apk", "make one: apk add --initdb --root /r"},
		{"3.0.1-r0", "mkdir -p /r/etc/apk; touch /r/etc/apk/world; apk add --initdb -p /r", "it has etc/apk/world, but no database", "remove the file"},
		{"3.0.1-r0", "mkdir -p /r/lib/apk/db; apk add --initdb -p /r", "it has a database of apk, but no etc/apk/world", "use another directory"},
		{"3.0.1-r0", "mkdir -p /r/etc/apk; touch /r/etc/apk/config; apk add --initdb -p /r", "options in etc/apk/config of another root", "remove the file first"},
		{"3.0.1-r0", "mkdir /r; apk add --initdb -p /r --keys-dir keys", "apk --keys-dir keys: not supported with apk 3, unless the path is absolute", "slash"},
		{"3.0.1-r0", "mkdir /x; mv /lib/apk/db /x; apk add tool", "packages cannot be changed without the database of apk", "do not remove it"},
		{"3.0.1-r0", "apk policy tool >/said", "what apk 3 prints is not supported", ""},
		{"2.14.9-r2", "apk add --initdb -p /r --arch armv7", "apk --arch armv7: a root of another architecture than the image's", "--platform"},
		{"2.14.9-r2", "mkdir -p /r/etc/apk; echo armv7 >/r/etc/apk/arch; apk add --initdb -p /r", "/r/etc/apk/arch: armv7: a root of another", "--platform"},
		{"2.14.9-r2", "apk del --initdb -p /r", "the option --initdb is not supported", ""},
		{"2.14.9-r2", "apk version -p /r -t 1 2", "is not supported", ""},
		{"2.14.9-r2", "apk add asking", "apk --root is supported in commands of the build that root runs, and nowhere else", ""},
		{"2.14.9-r2", "su app -s /bin/sh -c 'apk add -p /r --initdb tool'", "apk --root is supported in commands of the build that root runs", ""},
	} {
		in := otherRootInputs(t, c.tools)
		in.repository(nginx(), libz(), fixtures.Package{Name: "asking", Files: []fixtures.File{{Path: "etc/asking", Content: "x"}},
			Scripts: map[string]string{"post-install": "#!/bin/sh\napk info -p /etc\n"}})
		in.spec.Users = []stage.User{{Name: "app"}}
		in.spec.Run = []string{c.text}
		part := "run"
		if strings.Contains(c.text, "asking") {
			part = "package"
		}
		if err := in.fails(part, c.want); err != nil && !strings.Contains(assemble.Hint(err), c.remedy) {
			t.Errorf("%s: the remedy is %q, want %q", c.text, assemble.Hint(err), c.remedy)
		}
	}
}
