package script

import "testing"

// TestScanelf compares the libraries that scanelf prints, with formats, directories, links and files that are not whole.
func TestScanelf(t *testing.T) {
	root := newProgramsRoot(t)
	const files = `cd /tmp; mkdir d d/e; B=/bin/busybox; cp $B d/b; cp /lib/ld-musl-x86_64.so.1 d/e/ld; echo hi > f; : > empty; ln -s $B l; ln -s d dl; ` +
		`ln -s no broken; mkfifo p
t() { scanelf "$@" 2>/dev/null; echo $?; }
`
	for _, test := range []struct{ name, script string }{
		{"names", `t -nB $B; t -nB l; t -nBy l; t -nB f empty broken p; t -nB f nosuch $B; t -nB d/b /lib/ld-musl-x86_64.so.1 /usr/bin/openssl; t -nB; ` +
			`t -nB broken; t -nB -- d/b; t -nB d/../d/b
			t -nB ./d/b d//b; cd d; t -nB b e/ld; t -nB .; t -nBR .; cd e; t -nB ..`},
		{"directories", `t -nB d; t -nB d/; t -nB dl; t -nBy dl; rm d/b; t -nBR d; t -nBR d/; t -nBR d/e/; t -nBR dl/; t -nBR dl; t -BR d/e; t -nBRy d; ` +
			`t -nBR d d; t -nB d/e; ln -s ld d/e/z; t -nBR d
			t -nByR d; mv d/e/ld d; ln -s ../d d/e/loop; t -nBR d`},
		{"formats", `for f in %n %F '%F %n' '%n%F' %f %p '%o' '%o %p' x 'x%n' '%n x' '#F%n' '%n#F' '#F' '#n' '%n#p' '%F#n' ' %n ' '%n\n' ''
			do echo "[$f]"; ` +
			`t -nBF "$f" d/b; done
			t -BF '%n %F' d/b; t -nB -F %n d/e/ld; t --format %n --needed --nobanner d/b; t --format=%o#F --nobanner d/b f; t -BnF%f d/b; ` +
			`t -BRF %f#n d | sort; t --recursive --symlink -nB d/e`},
		{"types", `for o in 16 17; do for v in 0 1 2 3 4 5 376; do cp d/b c; printf "\\$v" | dd of=c bs=1 seek=$o conv=notrunc 2>/dev/null
			echo "$o is $v"; ` +
			`t -nBF %o c; done; done
			rm c; { printf '\177ELF'; head -c 500 /dev/zero; } > z; t -nB z; head -c 3 d/b > z; t -nB z`},
		{"status",
			`for o in "f broken" "broken f" "f nosuch" "nosuch f" p "f p" "p f" dl "f dl" "dl f" "d dl" "dl d" "broken d" "d broken" l "l broken" /dev/null ` +
				`"f /dev/null"; do t -nB $o; t -nBy $o; done`},
		{"names of libraries", `cp /lib/libz.so.1 d/z; cp d/z d/x; printf '\2' | dd of=d/x bs=1 seek=16 conv=notrunc 2>/dev/null; t -qS d/z
			t -S d/z d/b; t -nS d/z; ` +
			`t -qnS d/z d/b f; t -n d/z d/b; t -n f d/z f d/b; t -qn d/b d/e/ld d/z; t -q d/b; t d/b; t f; t -qF %F d/b; t -qF '%S %F' d/b d/z; t -qSF %S d/z
			t -BS d/x d/z; t -qF '#S' d/z d/b; t -qF '#n' d/e/ld d/z; t -qF x d/z; t -qF '#S%n' d/z; t -qF '%F%n%S' d/z d/b; t -F '%n#F' d/z
			t -F '' d/z; t -F x d/b d/z; ` +
			`t -F '%f #F %n %S' d/z; t -qnF %F d/z; t --soname --quiet d/z; t -C -qS d/z; t -qvS d/z; t -q nosuch; t -qS d/z f; t -m -n d/e
			t -qSR d | sort; t -SR d/e; t -BRSF "%S#F" d | sort`},
		{"types that are asked for", `cp d/b d/x; printf '\2' | dd of=d/x bs=1 seek=16 conv=notrunc 2>/dev/null
			for e in ET_DYN ET_EXEC ET_DYN,ET_EXEC et_dyn ET_DYN, ,ET_DYN ET_DY 3,2 3x 0 2 'ET_DYN ,ET_EXEC' x; do t -nE "$e" d/x; t -nE "$e" d/b
			done; t -E 2 -E 3 -Bn d/x d/b; t --etype=ET_DYN -B d/b`},
		{"paths below", `for o in d d/ ./d /tmp/d d/b d/e; do t -BRF %p $o | sort; done; cd d; t -BF %p ../d; t -BRF %p . | sort`},
		{"uses", `scanelf --needed --nobanner --format '%n#p' --recursive d | tr ',' '\n' | sort -u | awk '{ print "so:" $1 }'
			for f in /usr/lib/lib*.so* /lib/lib*.so*; do scanelf -nBF %n#F $f; done | tr , '\n' | sort | uniq -c; find /usr/bin /sbin -type f | sort | ` +
			`xargs scanelf -nB 2>/dev/null | head -n 9
			scanelf -R --nobanner --needed --symlink --format %F#n /usr/lib 2>/dev/null | sort | head -n 9`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, files+test.script) })
	}
}

// TestAPKForms compares questions about installed packages in more forms.
func TestAPKForms(t *testing.T) {
	root := newProgramsRoot(t)
	const functions = `t() { apk "$@" 2>&1; echo "$? $*"; }
: > /etc/apk/repositories
`
	for _, test := range []struct{ name, script string }{
		{"versions",
			`for a in 1 1.0 1.00 1.0.0 1a 1b 1_alpha 1_alpha1 1_beta 1_pre2 1_rc 1_cvs 1_svn 1_git 1_hg 1_p 1_p1 1-r0 1-r1 1-r01 1~abc 1.0a-r2 1_p1-r3 01 ` +
				`1.01 1.010 x 1.x 1- '' 1..2; do
			for b in 1 1.0 1_rc1 1_p1 1-r1 1a 1.01 1~abd 1.1 x ''; do printf '%s ' "$(apk version -t "$a" "$b" 2>&1)"; done; ` +
				`apk version -c "$a"; echo "$? $a"; done
			t version -t 1; t version -t 1 2 3; t version -t; t version -c; t version -q -c x 1 y; t version --test 1 2; t version --check x; ` +
				`t -q version -t 1 2; t version -tq 2 1; t --print-arch`},
		{"info", `t info musl; t info nosuch; t info musl nosuch zlib; t info -d musl zlib; t info -s musl; t info -w musl; t info -P musl; ` +
			`t info -R openssl; t info -r musl
			t info -L openrc | head -n 5; t info -q musl; t info -v musl; t info -q -d musl; t info -d -s -w musl; ` +
			`t info --description --size --webpage zlib; t info -q -L scanelf; t info -i musl
			t info --license zlib; t info --install-if openssl; t info --rinstall-if openssl; t info -d nosuch; t info -L 'mus*'; t info 'mus?'; ` +
			`t info 'mus[l]'; t info '[m]us*'; t info 'MUS*'; t info 'm\\us*'; t info '*z' '*zlib'`},
		{"existence", `t info -e 'musl=1.2.4_git20230717-r4'; t info -e 'musl>=1.2'; t info -e 'musl<=1.2'; t info -e 'musl~1.2'; ` +
			`t info -e 'musl~=1.2' zlib; t info -e '!zlib'; t info -e '!nosuch'; t info -e so:libz.so.1
			t info -e 'so:libz.so.1=1.3.1'; t info -e cmd:openssl; t info -e 'cmd:openssl>3'; t info -e /bin/sh; t info -e zlib zlib; ` +
			`t info -qe zlib nosuch; t info -eq nosuch; t info -ev musl; t info -e 'musl@edge'; t info -e a b c musl
			t info --installed 'busybox<1' busybox`},
		{"owners", `t info -W /bin/busybox; t info -W /bin/sh; t info --who-owns /usr/bin/openssl /etc/hosts /nosuch /tmp; cd /usr/bin; t info -W openssl; ` +
			`t info -W ./openssl; t info -W ../bin/openssl; t info -W /usr/bin/../bin/openssl
			t info -qW /bin/sh /lib/libz.so.1; ln -s /bin/busybox /tmp/l; t info -W /tmp/l; ln -s l /tmp/l2; t info -W /tmp/l2; ln -s /nosuch /tmp/l3; ` +
			`t info -W /tmp/l3; t info -W /; t info -W /lib/; t info -W /bin`},
		{"lists", `t list -I; t list -I 'm*'; t list -I musl zlib; t list -I 'lib*' 'ssl*'; t list -Iq; t list -Iv 'musl*'; t list -I -o busybox; ` +
			`t list -I -P 'cmd:*sh*' | head -n 9; t list --installed --origin zlib
			t list -I nosuch; t list -Iq 'z*'; t list -I 'MUSL'; t list -I 'mus[l]'; t list -I 'mus?'; t list -IP zlib`},
		{"repositories", `R=/etc/apk/repositories; echo https://a.example/main > $R; t info -d musl; t list musl; t info musl; ` +
			`printf '@edge https://a.example/edge\n# x\n\nhttp://b.example/x\nftp://c' > $R
			t info -d musl; t list 'zlib*'; t list -a zlib; t list -u; t list -O; t info -R musl; t info -d nosuch; t info -e musl; rm $R; t info -d musl; ` +
			`t list zlib; t info -P musl`},
		{"as a user", `u() { su guest -s /bin/sh -c "apk $* 2>&1; echo \$?"; }; u add x; u del musl; u update; u upgrade; u fix; u info -e musl; ` +
			`u info -W /bin/sh; u version -t 1 2; u --print-arch; u list -I zlib
			chmod 755 /lib/apk/db; u add x; u info`},
		{"no words", `t version -t '' ''; t version -t '' 1; t version -t 1 ''; t version -t a b; t version -t 1 1 -q; t version -t -q 1 2; ` +
			`t version -q -t 1 2; t -q version -c x; t --quiet version -c x 1`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, functions+test.script) })
	}
}
