package script

import (
	"context"
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/layer/tree"
)

// nginxPreInstall is what Alpine's nginx runs before it is installed.
const nginxPreInstall = `#!/bin/sh

addgroup -S -g 82 www-data 2>/dev/null
addgroup -S nginx 2>/dev/null
adduser -S -D -H -h /var/lib/nginx -s /sbin/nologin -G nginx -g nginx nginx 2>/dev/null
addgroup nginx www-data 2>/dev/null

exit 0
`

func BenchmarkRun(b *testing.B) {
	base := newTree(b)
	b.ReportAllocs()
	for b.Loop() {
		err := Run(context.Background(), Options{Tree: base.Clone(), Generation: apk.V2, Now: interpretedTime},
			Script{Package: "nginx", Version: "1.22.1-r9", Type: apk.PreInstall, Body: []byte(nginxPreInstall)})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoop is about the evaluator alone.
func BenchmarkLoop(b *testing.B) {
	root := newTree(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := runScript(b, Options{Tree: root}, `i=0; while [ $i -lt 1000 ]; do i=$((i+1)); case $i in *9) x=${i%9};; esac; done`); err != nil {
			b.Fatal(err)
		}
	}
}

// A script ends in time without a panic, however it was written, and what it leaves is a
// tree in which everything can still be reached.
func FuzzRun(f *testing.F) {
	for _, seed := range []string{
		nginxPreInstall, "", "echo a", "x=$(echo `echo b`); echo \"$x\" ${x#b} $((x+1))", "f() { f|f; }; f", "while :; do x=$x$x; done",
		"cat <<E\n$x\nE", "for i in /*; do echo $i; done > /tmp/f 2>&1", "set -eux; trap 'echo $?' EXIT; read a b < /etc/passwd; getopts ab: c -a",
		"case $1 in a*|[b-d]) ;; esac; ! ls | head; { echo a >&3; } 3>&1; eval 'echo $@'; . /etc/passwd", "[[ a == b* ]]; let x=1; printf '%s%5d' a b; local x",
		"echo ${x:-a\"b\"} \"${x:='c'}\" ${#x} ${x:1:2} ${x//a/b} $'\\x41' ~root", "exec 3<&-; exec >&-; echo a; cd /etc; pwd; umask; type ls",
		"mkdir -p /a/b; cp -a /etc /a; rm -r /a",
		"\xff\x00", "$((", "echo $((1/0)) $((x=x+1)) $((9**9**9))", "x=; ${x}", "if :; then :; fi & ", "echo $(<f) <(a)", "a=(1 2)",
		"function f { return 300; }; f; break 3; shift 9", "a=(x [3]=y); a+=(z); unset 'a[0]'; echo ${a[@]:1} ${!a[@]} ${#a[*]} ${a[-1]^^}",
		"for ((i=0;i<3;i++)); do ((i==1)) && continue; echo {a,b}{1..3}; done; [[ ! a || b =~ ^(b)$ && -n $x ]]; cat <<< $BASH_REMATCH",
		"declare -x v=1; local -a w; mapfile -t l < /etc/passwd; shopt -s nullglob; read -ra q <<< 'a b'; case a in a);& b) ;;& *) esac",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, shell := range []string{"/bin/sh", "/bin/bash"} {
			fuzzRun(t, "#!"+shell+"\n"+text)
		}
	})
}

func fuzzRun(t *testing.T, text string) {
	root := newTree(t)
	root.Limit = 1 << 20
	err := Run(context.Background(), Options{Tree: root, Now: interpretedTime, Steps: 300, Work: 1 << 22, OutputLimit: 1 << 14},
		Script{Package: "p", Version: "1", Type: apk.Trigger, Body: []byte(text), Args: []string{"a", "b c"}})
	if errors.As(err, new(*FaultError)) {
		t.Fatalf("%v\n%q", err, text)
	}
	var unsupported *UnsupportedError
	if errors.As(err, &unsupported) && (unsupported.Package != "p" || unsupported.Reason == "") {
		t.Fatalf("no reason or package: %#v", unsupported)
	}
	for name, n := range root.All() {
		if found, err := root.Lstat(name); err != nil || found != n {
			t.Fatalf("%q is there and cannot be found: %v", name, err)
		}
		if n.Type == tree.Regular && n.Size > 1<<20 {
			t.Fatalf("%q has %d bytes", name, n.Size)
		}
	}
}
