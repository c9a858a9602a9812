package script

import "testing"

// TestShellLikeBusybox is about the shell itself: its grammar, expansions, builtins and
// messages.
func TestShellLikeBusybox(t *testing.T) { compareWithBusybox(t, shellCases) }

var shellCases = []scriptCase{
	// Words.
	{name: "quotes", script: `echo a\ b "c  d" 'e  $f' "\$x \"q\" \\ \n" \\ '\' a"b"'c'`},
	{name: "empty words", script: `set -- "" '' a ""; echo $#; x=; set -- $x "$x" $x; echo $#`},
	{name: "continued lines", script: "echo a\\\nb \"c\\\nd\" 'e\\\nf'"},
	{name: "dollar quotes", script: `echo $'a\tb\x41\101\'\e'; echo -e '\e'; printf '\e%b' '\e'`},
	{name: "no brace expansion", script: `echo {a,b} x{1..3}y a{b,c}d {} {a} ${x}{1,2}`},
	{name: "field splitting", script: `x=' a  b	c
 d '; for i in $x; do echo "[$i]"; done; echo $x; echo "$x"`},
	{name: "splitting by IFS", script: `IFS=:; x=a:b::c:; for i in $x; do echo "[$i]"; done; x=:a; for i in $x; do echo "<$i>"; done; IFS=': '; ` +
		`x='a : b:  : c '; for i in $x; do echo "{$i}"; done`},
	{name: "IFS empty and unset", script: `x='a b'; IFS=; for i in $x; do echo "[$i]"; done; unset IFS; for i in $x; do echo "[$i]"; done`},
	{name: "splitting next to text", script: `x=' a b '; for i in 1$x"2"; do echo "[$i]"; done; y=; for i in a$y"" $y ""$y; do echo "<$i>"; done`},
	{name: "arguments", script: `set -- 'a b' c ''; for i in "$@"; do echo "[$i]"; done; for i in $@; do echo "<$i>"; done; for i in "$*"; do echo "{$i}"; ` +
		`done; for i in $*; do echo "($i)"; done; IFS=-; echo "$*" $*; for i in "x$@y"; do echo "_$i"; done`},
	{name: "no arguments",
		script: `set --; for i in "$@"; do echo "[$i]"; done; for i in "x$@"; do echo "<$i>"; done; for i in "$*" "$@$@"; do echo "{$i}"; done; echo $#`},
	{name: "positional parameters", args: []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"},
		script: `echo $1 ${10} $10 ${11} $# "$3"; shift 2; echo $1 $#; shift; shift 20; echo $? $#`},
	{name: "default values",
		script: `unset u; e=; s=v; echo "${u-1}" "${u:-2}" "${e-3}" "${e:-4}" "${s-5}" "${s:-6}" "${u+7}" "${u:+8}" "${e+9}" "${e:+10}" "${s+11}" ` +
			`"${s:+12}" ${u:-a "b  c" d}`},
	{name: "assigned values", script: `unset u; e=; echo "${u=1}" "$u" "${e=2}" "${e:=3}" "$e"; unset v; echo ${v:=a b}; echo "$v"`},
	{name: "default within quotes", script: `unset u; echo "${u:-a 'b' "c  d" \" \$ \\ }}" "${u:-$(echo  x)}"; for i in ${u:-"a b" c}; do echo "[$i]"; done; ` +
		`for i in "${u:-a b}"; do echo "<$i>"; done`},
	{name: "error if unset",
		script: `unset u; (echo ${u?}; echo no); echo $?; (: ${u:?not there}); echo $?; e=; (: ${e:?}); echo $?; : "${u?bye now}"; echo not reached`},
	{name: "length", script: `x=hello; echo ${#x} ${#} ${#u} ${#1}; set -- abc; echo ${#1} ${#@} ${#*}`},
	{name: "prefix and suffix",
		script: `x=/usr/lib/x.tar.gz; echo ${x#*/} ${x##*/} ${x%.*} ${x%%.*} "${x#/usr}" "${x%nothing}" ${x#"*/"} ${x##*[lb]} ${x%?}; p='*.'; ` +
			`echo ${x#$p} ${x#"$p"} ${x##$p}`},
	{name: "substrings", script: `x=abcdef; echo ${x:2} ${x:1:3} ${x:0:1} ${x: -2} ${x:2:-1} ${x:9} [${x:3:0}] ${x:1+1:$((1+1))}; i=1; echo ${x:i:2}`},
	{name: "replacement", script: `x=banana; echo ${x/a/o} ${x//a/o} ${x/n*/X} ${x//[an]/-} ${x/a} ${x//a/} "${x/z/y}" ${x//a/$x}`},
	{name: "tilde", script: `HOME=/h; echo ~ ~/x "~" a~ ~root ~root/y ~nosuch \~; x=~; echo $x; y=~/a:~/b; echo $y; echo a=~; unset HOME; echo ~ ~/z`},
	{name: "command substitution",
		script: "echo $(echo a; echo b) \"$(printf 'x\\n\\n\\n')\" `echo c` \"`echo \\`echo d\\``\" $(echo '$x') \"$(echo \"q  q\")\""},
	{name: "status of a substitution",
		script: `x=$(false); echo $?; x=$(exit 7) y=1; echo $?; echo $(exit 3) $?; x=1; echo $?; $(exit 5); echo $?; x=$(exit 4) true; echo $?`},
	{name: "substitution of a file", script: `echo "$(<w/one)"; x=$(<w/nothing); echo "$? $x"`},
	{name: "nul bytes in a substitution", script: `x=$(printf 'a\0b'); echo ${#x} $x`},
	// Pathnames.
	{name: "globs", script: `cd w; echo * ; echo d*/* ; echo .* ; echo dir/.* ; echo [ab]* ; echo [!a-d]* ; echo nosuch* "*" '*' \* o"n"? ; echo */ ; ` +
		`echo dir/*/ ; echo /w/o*e; echo dirlink/*; echo ../w/t?o`},
	{name: "globs switched off", script: `cd w; set -f; echo *; set +f; echo o*; x='*n*'; echo $x "$x"; for i in $x; do echo "[$i]"; done; ` +
		`case one in $x) echo match;; esac; case one in "$x") echo no;; *) echo literal;; esac`},
	{name: "globs in redirections and assignments",
		script: `cd w; x=o*; echo "$x"; echo hi > n*; ls n*; echo ho > 'new*x'; ls 'new*x'; case o* in 'o*') echo same;; esac`},
	{name: "escaped globs", script: `cd w; touch 'a*b' 'a?b' 'a[b' axb; echo a\*b a\?* a\[b a[*]b a[?]b a*b; x='a\*b'; echo $x; y='[x'; echo $y a[`},
	// Arithmetic.
	{name: "arithmetic",
		script: `a=5; b=a; echo $((1+2*3)) $(((1+2)*3)) $((a*2)) $(($a+b)) $((7/2)) $((-7/2)) $((7%3)) $((-7%3)) $((2**10)) $((1<<4)) $((256>>2)) $((5&3)) ` +
			`$((5|3)) $((5^3)) $((~5)) $((!5)) $((!0))`},
	{name: "arithmetic comparison",
		script: `echo $((1<2)) $((2<=2)) $((3>4)) $((3>=3)) $((1==1)) $((1!=1)) $((1&&0)) $((1||0)) $((0?1:2)) $((1?2:3)) $((1,2)) $((1 ? 2 : 0 ? 3 : 4))`},
	{name: "arithmetic assignment",
		script: `echo $((x=5)) $x $((x+=2)) $((x-=1)) $((x*=3)) $((x/=2)) $((x%=5)) $((x<<=2)) $((x|=1)) $((x^=3)) $((x&=6)) $((x++)) $x $((++x)) ` +
			`$((x--)) $((--x)) $x`},
	{name: "arithmetic without effect", script: `x=1; echo $((0 && (x=5))) $x $((1 || (x=6))) $x $((1 ? 2 : (x=7))) $x`},
	{name: "numbers",
		script: `echo $((010)) $((0x1F)) $((16#ff)) $((2#101)) $((36#z)) $((  3  )) $((9223372036854775807)) $((9223372036854775807+1)) ` +
			`$((-9223372036854775807-1)) $((1<<62))`},
	{name: "arithmetic of text", script: `a='1+2'; echo $((a*2)) $(($a*2)); b=; echo $((b)) $((b+1)) $((unset_one))`},
	{name: "division by zero", script: `echo a; echo $((1/0)); echo not reached`},
	{name: "modulo by zero in a subshell", script: `(echo $((1%0))); echo $?; (x=$((5/(1-1)))); echo $?; echo $((-9223372036854775807/-1))`},
	{name: "arithmetic that is none", script: `x='1 2'; (echo $((x))); echo $?; x='a b'; (echo $((x))); echo $?; x='5*'; (echo $((x))); echo $?`},
	{name: "recursive arithmetic", script: `x=y; y=x; (echo $((x))); echo $?`},
	{name: "let", script: `let 'x=1+2'; echo $x $?; let x=0; echo $?; let x=1 y=x+1; echo $x $y $?`},
	// Commands.
	{name: "and and or", script: `true && echo a; false && echo b; false || echo c; true || echo d; true && false || echo e; ! true; echo $?; ! false; ` +
		`echo $?; ! true | false; echo $?`},
	{name: "if", script: `if true; then echo a; else echo b; fi; if false; then echo c; elif true; then echo d; else echo e; fi; if false; then :; fi; ` +
		`echo $?; if false; false; then :; elif false; then :; else (exit 3); fi; echo $?`},
	{name: "loops", script: `i=0; while [ $i -lt 3 ]; do i=$((i+1)); echo $i; done; until [ $i -eq 0 ]; do i=$((i-1)); done; echo $i; for i in a b c; ` +
		`do echo $i; done; for i in; do echo no; done; echo $? $i; while false; do :; done; echo $?`},
	{name: "for without in", args: []string{"x", "y z"}, script: `for i; do echo "[$i]"; done; for i do echo "<$i>"; done`},
	{name: "break and continue", script: `for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done; for i in 1 2; do for j in a b; ` +
		`do [ $j = b ] && continue 2; echo $i$j; done; done; for i in 1 2; do while :; do break 2; done; echo no; done; echo end; while :; do break 9; ` +
		`done; break; echo $?`},
	{name: "break in a function", script: `f() { break; echo after; }; for i in 1 2; do f; echo $i; done`},
	{name: "case", script: `for i in abc a.b '' '*' b 'a]' '['; do case $i in a?c) echo 1;; *.*) echo 2;; '') echo 3;; \*) echo 4;; [b-d]|x) echo 5;; ` +
		`(a*) echo 6;; *) echo 7;; esac; done; case x in y) ;; esac; echo $?; case x in x) false;; esac; echo $?`},
	{name: "case of classes", script: `for i in a 1 ' ' A _ -; do case $i in [[:alpha:]]) echo alpha;; [[:digit:]]) echo digit;; [[:space:]]) echo space;; ` +
		`[!a-z]) echo other;; esac; done`},
	{name: "functions", script: `f() { echo "$# $1 $*"; return 3; }; f a 'b c'; echo $?; g() { f "$@"; echo "g $?"; }; g x; echo $#; function h { echo h; }; ` +
		`h; f2() (echo sub; exit 4); f2; echo $?; f3() { echo once; unset -f f3; }; f3; f3 2>/dev/null; echo $?`},
	{name: "function with redirection", script: `f() { echo out; echo err >&2; } > w/f 2>&1; f; cat w/f`},
	{name: "recursion", script: `f() { [ $1 -eq 0 ] && return; echo $1; f $(($1-1)); }; f 5; fact() { if [ $1 -le 1 ]; then echo 1; ` +
		`else echo $(($1 * $(fact $(($1-1))))); fi; }; fact 10`},
	{name: "local", script: `x=1 z=9; f() { local x=2 y=$x z; echo $x $y "[$z]"; g; z=5; }; g() { echo "g $x"; x=3; }; f; echo $x "[$y]" $z; ` +
		`h() { local a='b c' b=$1; echo "$a|$b"; }; h 'd e'`},
	{name: "local outside", script: `local x=1; echo not reached`},
	{name: "return values",
		script: `f() { return; }; false; f; echo $?; g() { return 300; }; g; echo $?; h() { false; return; }; h; echo $?; return 5; echo not reached`},
	{name: "temporary assignments", script: `x=1; x=2 sh -c 'echo $x'; echo $x; f() { echo "f $x"; y=3; }; x=5 f; echo $x; x=7 : ; echo $x; ` +
		`a=1 b=$a env | grep '^[ab]='; x=9 eval 'echo $x'; echo $x`},
	{name: "subshells",
		script: `x=1; (x=2; echo $x; cd /w; pwd); echo $x; pwd; (exit 3); echo $?; (exit 4) || echo "no $?"; { (echo a; exit 1; echo b); }; echo $?`},
	{name: "groups", script: `{ echo a; echo b; } > w/g; cat w/g; { echo c; exit 3; }; echo no`},
	{name: "eval",
		script: `x='echo a; y=5'; eval "$x"; echo $y; eval 'for i in 1 2; do' 'echo $i;' done; eval; echo $?; eval false; echo $?; eval 'exit 4'; echo no`},
	{name: "exec", script: `(exec echo replaced; echo no); (exec nosuch; echo no); echo $?; exec 1>w/o; echo to the file; ls nosuch 2>&1`},
	{name: "exit", script: `(exit); echo $?; false; (exit); echo $?; (exit 256); echo $?; (exit 259); echo $?; exit 42; echo no`},
	{name: "exit with a word", script: `exit abc; echo no`},
	{name: "source", script: `echo 'echo "in $1 $#"; z=1; return 4; echo no' > w/s; . w/s; echo $? $z; set -- p q; . ./w/s; . w/s r; echo $1`},
	{name: "source that is missing", script: `(. w/nosuch; echo no); echo $?; (. nosuchname; echo no); echo $?; . /w/nosuch; echo not reached`},
	{name: "source from PATH", script: `echo 'echo sourced' > usr/local/bin/src; PATH=/usr/local/bin:$PATH; (. src); chmod +x usr/local/bin/src; . src`},
	{name: "command not found", script: `nosuch a b; echo $?; /bin/nosuch; echo $?; ./w/one; echo $?; /w/dir; echo $?; ''; echo $?; PATH=; ls; echo $?`},
	{name: "command -v", script: `command -v ls cd; command -v nosuch; echo $?; f() { :; }; command -v f if echo; command -v test; command -v /bin/ls; ` +
		`command -v /nosuch; echo $?; command -v f; command -v if; command -V ls; command -V f; command -V if; command -V cd; command -V nosuch; echo $?`},
	{name: "command", script: `ls() { echo function; }; ls; command ls -d w; command; echo $?; command echo a; command cd w; pwd; command false; echo $?; ` +
		`command nosuch; echo $?; command . nosuchfile; echo $?`},
	{name: "type", script: `f() { :; }; type ls cd f if nosuch test printf export :; echo $?; hash ls nosuch; echo $?; hash -r`},
	{name: "unset",
		script: `x=1; unset x; echo ${x-unset}; f() { :; }; unset -f f; f; echo $?; unset nosuch; echo $?; readonly r=1; (unset r; echo no); echo $?`},
	{name: "readonly", script: `readonly x=1 y; echo $x; (x=2; echo no); echo $?; (y=1); echo $?; readonly -p | grep "^readonly [xy]"; x=3 true; echo $?`},
	{name: "export", script: `x=1; export x; sh -c 'echo $x'; export y=2 z; sh -c 'echo $y [$z]'; z=3; sh -c 'echo $z'; unset x; sh -c 'echo [$x]'; ` +
		`export -n y; sh -c 'echo [$y]'; v='a b'; export w=$v; echo "$w"; export "k=c d"; echo "$k"; (export 1x); echo $?`},
	{name: "set", script: `set a 'b c'; echo $# $1; set -- -x; echo $1; set -; echo $#; set --; echo $#; set -e; echo $-; set +e; set -u -f; echo $-; ` +
		`set +uf; (set -Z; echo no); echo $?; (set -o nosuch); echo $?; set -o errexit; echo $-`},
	{name: "set -e", script: `set -e; false || echo a; if false; then :; fi; ! true; false && true; while false; do :; done; f() { false; echo in f; }; ` +
		`f || echo b; (false; echo no) || echo c; x=$(false; echo d); echo "$x"; false; echo not reached`},
	{name: "set -e and subshells", script: `set -e; (exit 3); echo no`},
	{name: "set -e and pipelines", script: `set -e; false | true; echo a; { false | true; }; true | false; echo no`},
	{name: "set -e and substitutions", script: `set -e; echo $(false; echo x); x=$(false); echo no`},
	{name: "set -e in a function", script: `set -e; f() { echo a; false; echo b; }; g() { f; }; g; echo no`},
	{name: "set -e and case", script: `set -e; case x in x) false; echo no;; esac; echo no`},
	{name: "set -e and redirections", script: `set -e; { echo a; } > /nosuch/x; echo no`},
	{name: "set -u", script: `set -u; x=; echo "$x" "${y-z}" "$@" "$*" $#; (echo $y; echo no); echo $?; (echo $1); echo $?; (echo $((q+1))); echo $?; ` +
		`(echo ${#q}); echo $?; echo ${y}; echo not reached`},
	{name: "set -x", script: `set -x; x=1; echo a "b c" $x; y='a b' z= true; f() { :; }; f 1; for i in 1; do echo $i; done; [ a = b ]; : '' "'" '$x' 'a*' ; ` +
		`(echo sub); PS4='> '; echo p > w/x; set +x; echo end`},
	{name: "set -n", script: `set -n; echo no`},
	{name: "pipefail",
		script: `set -o pipefail; false | true; echo $?; true | (exit 3) | true; echo $?; true | true; echo $?; set +o pipefail; false | true; echo $?`},
	{name: "pipelines", script: `echo a | cat | tr a b; printf '3\n1\n2\n' | sort | while read x; do echo "[$x]"; y=$x; done; echo "[$y]"; echo x | (read v; ` +
		`echo $v); { echo 1; echo 2; } | { read a; read b; echo $b$a; }; true | false; echo $?; (exit 3) | cat; echo $?`},
	{name: "pipelines whose reader ends early",
		script: `while :; do echo y; done | { read x; echo $x; }; i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo $i; done | { read a; echo $a; }; echo done`},
	{name: "shared input", script: `printf 'a\nb\nc\n' > w/i; { read x; read y; echo $x$y; cat; } < w/i; while read l; do echo "<$l>"; done < w/i`},
	{name: "here-documents", script: "x=v\ncat <<E\na $x `echo b` $(echo c) \\$x \\\\ \"q\" 'r' ${x}w $((1+1))\nE\ncat <<'E'\n$x \\$ `a`\nE\ncat <<-E\n" +
		"\tone\n\t\ttwo $x\n\t three\n\tE\ncat <<A; cat <<B\na\nA\nb\nB\ncat <<E | tr a-z A-Z\npiped\nE\ncat <<E\nE\ncat <<\\E\n$q\nE\ncat <<\"E F\"\n$q\nE F"},
	{name: "here-document with continued lines", script: "cat <<E\na\\\nb\nE\ncat <<'E'\na\\\nb\nE"},
	{name: "here-document for a loop", script: "while read a b; do echo \"$b,$a\"; done <<E\n1 2 3\n4\n\nx\\\ny z\nE\necho $a"},
	// Redirections.
	{name: "redirections", script: `echo a > w/r; echo b >> w/r; cat < w/r; ls nosuch 2> w/e; cat w/e; { echo o; echo e >&2; } > w/b 2>&1; cat w/b; ` +
		`{ echo o; echo e >&2; } 2>&1 > w/c; echo -- ; cat w/c; > w/empty2; ls -l w/empty2 | cut -c1-10; : > w/one; cat w/one; cat <w/two >w/copy; cat w/copy`},
	{name: "both streams", script: `{ echo o; echo e >&2; } &> w/both; cat w/both`},
	{name: "descriptors", script: `exec 3> w/three; echo a >&3; echo b >&3; exec 3>&-; cat w/three; exec 4< w/one; read x <&4; read y <&4; echo $x $y; ` +
		`{ echo to five >&5; } 5>&1; exec 6>&1 > w/six; echo in six; exec >&6 6>&-; echo back; cat w/six; echo bad >&7; echo $?; 3>&1; echo x >&3; echo $?`},
	{name: "closed descriptors", script: `echo a >&-; echo $?; (exec >&-; echo b; echo $? >&2); ls 2>&- nosuch; echo $?`},
	{name: "redirections that fail", script: `echo a > /nosuch/x; echo $?; cat < w/nosuch; echo $?; echo a > w/dir; echo $?; echo a > w/one/x; echo $?; ` +
		`{ echo no; } < w/nosuch; echo $?; f() { echo no; }; f > /nosuch/y; echo $?; echo a > ''; echo $?; read x < w/dir; echo $?; echo a > w/loop; echo $?`},
	{name: "redirection of a special builtin that fails", script: `: > /nosuch/x; echo not reached`},
	{name: "redirection without a command that fails", script: `> /nosuch/x; echo $?; x=1 < w/nosuch; echo "$? [$x]"`},
	{name: "noclobber", script: `set -C; echo a > w/one; echo $?; echo b >| w/one; cat w/one; echo c > w/fresh; cat w/fresh; echo d >> w/one; echo $?; ` +
		`echo e > /dev/null; echo $?; set +C; echo f > w/one; cat w/one`},
	{name: "redirection through links",
		script: `echo a > w/link; cat w/one; ls -l w/link | cut -c1-10; echo b > w/broken; cat w/nothing; echo c >> w/dirlink/inner; cat w/dir/inner`},
	{name: "new files", script: `echo a > w/dir/new; stat -c '%a %u %g' w/dir/new; echo a > w/suid; stat -c %a w/suid`},
	{name: "dev null", script: `echo a > /dev/null; cat /dev/null; echo $?; echo b 2>/dev/null >&2; cat < /dev/null; echo c >> /dev/null; ` +
		`echo d > /dev/../dev/null; echo $?`},
	// Builtins.
	{name: "cd", script: `cd w; pwd; echo $PWD $OLDPWD; cd dir/sub; pwd; cd ../..; pwd; cd -; pwd; cd /; cd w/dirlink; pwd; pwd -P; cd ..; pwd; ` +
		`cd -P dirlink; pwd; cd; echo $?; cd /nosuch; echo $?; pwd; cd /w/one; echo $?; HOME=/w; cd; pwd; cd ./dir/./sub/..; pwd; cd ''; echo $?; pwd`},
	{name: "PWD in the environment", script: `cd w; env | grep PWD | sort; sh -c 'echo $PWD; pwd'`},
	{name: "read", script: `echo ' a b  c ' | { read x y; echo "[$x][$y]"; }; echo 'a\b \' | { read -r x; echo "[$x]"; }; printf 'a\\\nb c\n' | { read x y; ` +
		`echo "[$x][$y]"; }; printf 'no newline' | { read x; echo "$? [$x]"; }; read x < /dev/null; echo "$? [$x]"; echo a:b:c:d | { IFS=: read x y z; ` +
		`echo "$x,$y,$z"; }; echo '  lead' | { read; echo "[$REPLY]"; }; echo 'a b' | { IFS= read x; echo "[$x]"; }; ` +
		`printf '  x  y  \n' | { IFS= read -r l; echo "[$l]"; }`},
	{name: "read with separators at the end", script: `for s in 'a:' 'a:b:' 'a::' ':a' 'a:b:c:' ':::' ; do echo "$s" | { IFS=: read x y; echo "[$x][$y]"; }; ` +
		`done; for s in ' a ' 'a b ' '  a  b  c  '; do echo "$s" | { read x y; echo "[$x][$y]"; }; done`},
	{name: "read without input", script: `read x; echo "$? [$x]"; cat; echo $?`},
	{name: "getopts", script: `f() { OPTIND=1; while getopts ab:c o "$@"; do echo "$o [$OPTARG] $OPTIND"; done; shift $((OPTIND-1)); echo "rest $*"; }; ` +
		`f -a -b x -c y z; f -abx -ca q; f -x -b; f -- -a; f -a - b; g() { OPTIND=1; while getopts :ab: o "$@"; do echo "$o [$OPTARG]"; done; ` +
		`}; g -x -b; g -b ''`},
	{name: "trap", script: `trap 'echo bye $?' EXIT; (echo in; trap 'echo sub' EXIT; exit 2); echo $?; trap; (trap); trap - EXIT; trap; trap 'echo last' 0; ` +
		`trap "" INT HUP; trap; f() { exit 5; }; f`},
	{name: "trap and its exit", script: `trap 'echo a; exit 7' EXIT; false`},
	{name: "trap and set -e", script: `set -e; trap 'echo cleanup $?' EXIT; false; echo no`},
	{name: "trap and unset", script: `set -u; trap 'echo cleanup' EXIT; echo $nosuch; echo no`},
	{name: "trap of nonsense", script: `trap 'x' NOSUCH; echo $?; trap 'x' 99; echo $?; trap - TERM; echo $?`},
	{name: "shift", script: `set -- a b c; shift; echo $*; shift 0; echo $*; shift 3; echo $? $*; shift 2; echo $*; shift; echo $?; shift x; echo no`},
	{name: "umask of new files", script: `umask 077; umask; echo a >w/n1; touch w/n2; mkdir w/n3; mkdir -p w/n4/n5; cp w/one w/n6; cp -r w/dir w/n7; ` +
		`cp -p w/two w/n8; echo x | tee w/n9; mkfifo w/n10; truncate -s 3 w/n11; install w/one w/n12; install -d w/n13/n14; ln -s x w/n15; chmod +x w/one; ` +
		`chmod a+x w/two; chmod g+w w/suid; sed -i s/a/b/ w/attr; sort -o w/n16 w/one`},
	{name: "umask of subshells", script: `(umask 027; umask; echo a >w/n1); umask; x=$(umask 0; umask; echo a >w/n2); echo $x; sh -c 'umask; umask 070; ` +
		`echo >w/n3'; umask 7; sh -c 'umask; echo a >w/n4'; f() { umask 0777; }; f; umask; echo a >w/n5; find w/one -exec touch w/n6 \;; ` +
		`echo w/n7 | xargs mkdir`},
	{name: "umask", script: `umask; umask 022; echo $?; umask 0022; umask`},
	{name: "test", script: `[ ]; echo $?; [ a ]; echo $?; [ '' ]; echo $?; [ a = a -a b != c ]; echo $?; [ a = b -o 1 -lt 2 ]; echo $?; [ ! a ]; echo $?; ` +
		`[ ! '' -a x ]; echo $?; [ \( a = b \) -o c ]; echo $?; [ -n '' ]; echo $?; [ -z '' ]; echo $?; [ 1 -eq 01 ]; echo $?; [ ' 1' -eq 1 ]; echo $?; ` +
		`[ a \< b ]; echo $?; [ b \> a ]; echo $?; test a == a; echo $?; [ -n ]; echo $?; [ = ]; echo $?; [ ! ]; echo $?; [ -a ]; echo $?; [ \( ]; echo $?; ` +
		`[ ! -f ]; echo $?; [ -f = -f ]; echo $?`},
	{name: "test of files", script: `cd w; for f in one dir link broken loop fifo empty suid nosuch hard attr two /dev/null; do r=; ` +
		`for o in e f d L h s r w x u g k p b c S O G; do if [ -$o $f ]; then r=$r$o; fi; done; echo $f $r; done; [ two -ef hard ]; echo $?; ` +
		`[ one -ef link ]; echo $?; touch new; [ new -nt one ]; echo $?; [ one -ot new ]; echo $?; [ one -nt nosuch ]; echo $?; [ nosuch -ot one ]; echo $?; ` +
		`[ -t 0 ]; echo $?`},
	{name: "tests that are none", script: `[ a b ]; echo $?; [ a = ]; echo $?; [ a -eq 1 ]; echo $?; [ 1 -eq '' ]; echo $?; [ a; echo $?; [ a b c ]; ` +
		`echo $?; [ -q x ]; echo $?; [ a = b c ]; echo $?; test; echo $?; [ \( a ]; echo $?; [ 99999999999999999999 -gt 1 ]; echo $?; [ a -a ]; echo $?`},
	{name: "double brackets", script: `[[ a = a ]]; echo $?; [[ a == b ]]; echo $?; x='a b'; [[ $x = 'a b' ]]; echo $?; [[ -f w/one ]]; echo $?; ` +
		`[[ -n $u ]]; echo $?; [[ $u ]]; echo $?; [[ ! -d w ]]; echo $?; [[ abc == a* ]]; echo $?; [[ abc == 'a*' ]]; echo $?; [[ abc != a? ]]; echo $?; ` +
		`y='a*'; [[ abc = $y ]]; echo $?; [[ 1 -lt 2 ]]; echo $?`},
	{name: "echo", script: `echo; echo -n a; echo -e 'a\tb\nc\\d\0101\x41\cno'; echo; echo -E 'a\n'; echo -ne 'x\n'; echo -x; echo - a; echo -- b; ` +
		`echo 'a\tb'; echo -e -n c; echo; echo -nq; echo a -n`},
	{name: "printf", script: `printf 'a\n'; printf '%s-%s\n' a b c; printf '%d %i %u %x %X %o\n' 10 -5 7 255 255 8; ` +
		`printf '%5s|%-5s|%05d|%.2s|%5.1s|\n' a b 42 abc xyz; printf '%c%c\n' abc d; printf '%b|%s\n' 'a\tb' 'a\tb'; printf '%%|%5%\n'; printf '\101\x41\n'; ` +
		`printf '%s\n'; printf '%d\n'; printf '%d %d\n' 0x10 010; printf "%d\n" "'a"; printf '%s %s\n' a; printf 'no args\n' x y; ` +
		`printf '%+d % d %#x %#o\n' 5 5 255 8; printf '%.3d|%8.3d|%-8d|\n' 5 5 5; printf '%*d|%-*d|%.*f\n' 5 42 4 7 2 3.14159; printf '%x\n' -1; ` +
		`printf -- 'dash\n'`},
	{name: "printf of nonsense", script: `printf '%d\n' abc; echo $?; printf '%d\n' 5x; echo $?; printf '%q\n'; echo $?; printf '%'; echo $?; printf; ` +
		`echo $?; printf 'a\cb'; echo; printf '%s' ; echo; printf '%b\n' 'a\cb' c; echo; printf '%d\n' ''; echo $?; printf '%f\n' x; echo $?`},
	{name: "printf of floats", script: `printf '%f %.2f %e %g %G\n' 1.5 2.345 12345.678 0.0001 1e10; printf '%8.2f|%-8.1f|%08.1f\n' 1 2 3`},
	{name: "wait and colon", script: `wait; echo $?; : a b; echo $?; true x; echo $?; false x; echo $?`},
	{name: "special parameters", script: `echo "$#" "$?" "$-" "[$!]"; false; echo $?; echo $? ; true; (false); echo $?`},
	{name: "nested quotes", script: `x="a \"$(echo "b '$(echo "c")'")\" d"; echo "$x"; y='it'"'"'s'; echo "$y"; echo "$(echo "$(echo "deep")")"`},
	{name: "comments", script: "echo a # b\n# c\necho 'd # e' f#g # h\n: # `nosuch`\necho end"},
	{name: "semicolons and newlines", script: "if true\nthen echo a\nfi\nfor i in 1 2\ndo\n\techo $i\ndone\ncase x in\n\tx)\n\t\techo x\n\t\t;;\nesac\n" +
		"{ echo b\n}\n(\necho c\n)\ntrue &&\necho d ||\necho e"},
	{name: "sh", script: `sh -c 'echo $0 $1 $#' n a b; sh -c 'echo $0 $#'; echo 'echo "$0 $*"; exit 3' > w/s.sh; sh w/s.sh x y; echo $?; sh -e -c 'false; ` +
		`echo no'; echo $?; echo 'echo from stdin' | sh; sh w/nosuch; echo $?; sh -ec 'echo a; false; echo no'; echo $?; sh -x -c 'echo t'; sh -c 'nosuch'; ` +
		`echo $?; x=1; sh -c 'echo [$x]'; sh -c 'cd w'; pwd`},
	{name: "scripts in the tree", script: `printf '#!/bin/sh\necho "$0 $# $1"; cat; exit 5\n' > usr/bin/mine; mine a; echo $?; chmod +x usr/bin/mine; ` +
		`echo in | mine 'b c'; echo $?; /usr/bin/mine x </dev/null; printf '#!/bin/sh -e\nfalse\necho no\n' > w/e.sh; chmod 755 w/e.sh; w/e.sh; echo $?; ` +
		`x=$(mine y </dev/null); echo "$? $x"; echo a b | xargs mine; PATH=w:$PATH; e.sh; echo $?`},
	{name: "busybox", script: `busybox echo a; busybox ls -d w; busybox sh -c 'echo $1' x y; busybox true; echo $?; busybox nosuch; echo $?; ` +
		`busybox test -f w/one; echo $?; busybox printf '%s\n' b; /bin/busybox cat w/one | busybox head -n 1`},
	{name: "a program that took an applet's name", script: `printf '#!/bin/sh\necho mine\n' > usr/sbin/cat; chmod +x usr/sbin/cat; cat w/one; ` +
		`busybox cat w/one; command -v cat; rm usr/sbin/cat; /bin/cat w/one`},
	{name: "aliases of functions and variables", script: `a=1; a() { echo f; }; a; echo $a; unset a; a; echo "[$a]"; a=2; unset -f a; echo $a`},
	{name: "long loop", script: `i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i; x=; for i in 1 2 3 4 5 6 7 8 9 10; do x=$x$i; done; echo $x`},
	{name: "a mixture", script: `f() { echo a; exit 3; echo b; }; x=$(f); echo $? $x
set -- a b; for i in 1; do set -- c; done; echo $*
x=1; { x=2; } | cat; echo $x
y=$(exit 4); echo $?
if ! false | true; then echo T; else echo F; fi
echo "${x:-"q"}" "${u:-"a  b"}"
case "a b" in a\ b) echo ok;; esac
: ${v:="a b"}; echo "$v"
IFS=,; set -- $(echo a,b); echo $2 "$*"; unset IFS
while read a; do echo "[$a]"; done <<E1
x
y
E1
echo a$(echo "b c")d
x='a  b'; echo ${x%% *}
echo $(( 5 > 3 ? 10 : 20 ))
trap 'echo T' EXIT
( trap )
f() { trap 'echo inner' EXIT; }; f
exec sh -c 'echo last; exit 9'`},
}
