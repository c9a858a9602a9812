package assemble_test

import (
	"os"
	"testing"

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestOtherRootsLikeReference: apk --root leaves in a directory, and says of it, what Alpine's apk does.
func TestOtherRootsLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	// apk's devices are left out (docs/differences.md).
	const in, plain = " --no-cache --repositories-file /etc/apk/repositories ", "; rm -f /r/dev/*"
	said := func(command string) string { return "{ " + command + "; echo $?; } >>/etc/said 2>&1" }
	// apk says more than what fails: of triggers and sizes.
	quiet := func(command string) string { return "{ " + command + "; echo $?; } >>/etc/said 2>/dev/null" }
	for _, c := range []struct {
		name     string
		commands []string
	}{
		{"a minimal root", []string{"apk add --root /r --initdb" + in + "alpine-baselayout-data busybox ca-certificates"}},
		{"owners by the root's own names", []string{
			"addgroup -g 4242 nginx; adduser -D -u 4243 -G nginx nginx; mkdir -p /r/etc; echo nginx:x:77:78::/:/bin/sh >/r/etc/passwd; " +
				"echo nginx:x:78: >/r/etc/group; apk --root=/r --initdb add" + in + "nginx owned",
			"apk -p /r del owned; apk -p /r" + in + "add chrony",
		}},
		{"pre-install scripts that make users", []string{"apk add -p /r --initdb" + in + "alpine-baselayout nginx chrony openrc",
			"apk -p /r del chrony; rm -rf /r/var/cache /r/lib/apk /r/etc/apk"}},
		{"an empty database", []string{"apk add --initdb --root /r", "mkdir /q; cd /; apk add --initdb -p q; apk -p q add" + in + "tzdata"}},
		{"initdb of a database", []string{
			"apk add -p /r --initdb" + in + "jq", "apk add --initdb -p /r" + in + "yx", "rm /r/etc/apk/arch; apk add --initdb -p /r" + in + "tzdata",
			"rm -r /r/etc/apk/world /r/tmp /r/dev /r/var/cache/misc; apk add --initdb -p /r" + in + "zlib",
		}},
		{"a directory with things in it", []string{
			"mkdir -p -m 700 /r/tmp /r/proc /r/etc/apk; echo jq >/r/etc/apk/world; chown 5:6 /r; ln -s r /link; apk add -p /link --initdb" + in + "yx",
			"mkdir -p /x/y; cd /x; apk add -p y/z --initdb" + in + "yx; cd y; apk -p z add" + in + "zlib",
		}},
		{"failures", []string{
			said("apk add -p /nosuch" + in + "zlib"), said("apk add --initdb -p /nosuch/r" + in + "zlib"), "mkdir /e; " + said("apk add -p /e"+in+"zlib"),
			said("apk -p /e info; apk -p /e del zlib; apk -p /e fix; apk -p /e upgrade; apk -p /e list -I; apk -p /nosuch info; apk -p /nosuch update"),
			"touch /file; ln -s nowhere /dangling; " + said("apk add --initdb -p /file zlib; apk add --initdb -p /dangling zlib"),
			"mkdir -p /p/lib/apk/db /p/var; " + said("apk -p /p info; apk -p /p del zlib") + "; rm -r /p",
			"apk add -p /r --initdb" + "; rm -r /r/var; " + said("apk add -p /r"+in+"zlib; apk add --initdb -p /r"+in+"zlib; apk -p /r info"),
			quiet("apk add -p /u --initdb" + in + "nosuch"), "" + quiet("apk add -q -p /u"+in+"yx"),
		}},
		{"questions", []string{
			"apk add -p /r --initdb" + in + "jq ca-certificates-bundle",
			said("apk -p /r info; apk -p /r info -e jq busybox; apk --root /r info -L zlib oniguruma; apk -p /r list -I; apk info -e jq"),
			said("apk -p /r info -W /usr/bin/jq /r/usr/bin/jq /etc/ssl/cert.pem; cd /r/usr/bin; apk -p /r info -W jq; cd /usr/lib; apk -p /r info -W libssl.so.3"),
			quiet("apk -p /r" + in + "list 'z*'"),
		}},
		{"other options", []string{
			"apk add -p /r --initdb --no-scripts --arch x86_64" + in + "busybox nginx", "apk -p /r add" + in + "-t .made yx zlib", "apk -p /r del .made",
			"rm /r/bin/busybox; apk -p /r fix" + in + "busybox; apk -p /r upgrade" + in,
			"echo armv7 >/r/etc/apk/arch; apk -p /r add --arch x86_64" + in + "jq",
		}},
		{"scripts in the root", []string{
			"echo outer >/etc/here; mkdir -p /r/etc; echo inner >/r/etc/here; apk add -p /r --initdb" + in + "busybox scripted",
			"rm /r/etc/here; apk -p /r add" + in + "tzdata; apk -p /r del scripted",
		}},
		{"the image's own root", []string{
			"cd /; apk add --root / jq; apk -p . add yx; apk --root //./etc/.. add tzdata", "cd /etc; apk -p .. del yx; apk add --initdb libcurl"}},
		{"hooks", []string{
			"apk add -p /r --initdb" + in + "busybox",
			"for dir in / /r/; do mkdir -p $dir/etc/apk/commit_hooks.d; printf '#!/bin/sh\\necho \"'$dir'\" $@ >>/etc/hooked\\n' " +
				">$dir/etc/apk/commit_hooks.d/hook; chmod 755 $dir/etc/apk/commit_hooks.d/hook; done",
			"apk -p /r add" + in + "yx"}},
		{"package files", []string{
			"apk add carrier; cd /srv; apk add -p /r --initdb" + in + "./one-1.0-r0.apk", quiet("cd /; apk add -p /r nosuch.apk")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, err := fixtures.Package{Name: "one", Files: []fixtures.File{{Path: "etc/one", Content: "one"}}}.Build()
			if err != nil {
				t.Fatal(err)
			}
			const script = "#!/bin/sh\n{ echo $0 $@; pwd; cat /etc/here; echo /etc/h* /r; cat /etc/apk/world; } >>/etc/ran 2>&1\n"
			likeReference(t, corpus, append([]string{"apk add"}, c.commands...), // which writes the database of the image's own root again
				fixtures.Package{Name: "owned", Files: []fixtures.File{{Path: "srv/owned", Content: "x", User: "nginx", Group: "nginx"}}},
				fixtures.Package{Name: "scripted", Triggers: "/usr/share/*", Files: []fixtures.File{{Path: "usr/share/scripted/x", Content: "x"}},
					Scripts: map[string]string{"pre-install": script, "post-install": script, "trigger": script, "pre-deinstall": script, "post-deinstall": script}},
				fixtures.Package{Name: "carrier", Files: []fixtures.File{{Path: "srv/one-1.0-r0.apk", Content: string(one.File)}}},
			)
		})
	}
}
