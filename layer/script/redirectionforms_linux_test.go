package script

import "testing"

// Where redirections stand, and in which order they apply.
func TestRedirectionForms(t *testing.T) {
	compareWithBusybox(t, batches(`
f() { echo $1; } > out; f x; cat out
f() { cat; } < one; f
f() { echo a >&2; } 2> out; f; cat out
echo() { command echo "<$@>"; }; echo a
echo a >out; echo b >>out; cat out
echo a > out 2>&1; cat <out
cat <one >out; cat out | wc -l
>out; cat out; echo $?
> out echo a; cat out
echo > out a b; cat out
2>out ls nosuch; cat out
ls nosuch 2>&1 | cat
ls nosuch >out 2>&1; cat out
ls nosuch 2>&1 >/dev/null | cat
{ echo a; echo b >&2; } >out 2>out2; cat out out2
echo a >&2 2>out; cat out
exec 3>out; echo a >&3; echo b 1>&3; exec 3>&-; cat out
exec 3<one; read a <&3; read b <&3; echo $a $b
exec 3<one 4<two; read a <&3; read b <&4; echo $a $b
exec 3<&0; read a <&3 <one; echo $a
while read a <&3; do echo "[$a]"; done 3<one
while read a; do read b <&3; echo "$a $b"; done <one 3<two
cat 3<one <&3
exec 3<one; cat <&3; cat <&3; echo e
exec 3<one; { read a; } <&3; cat <&3
echo a >|out; cat out
set -C; echo a >out; echo b >out; echo $?; echo c >|out; cat out
set -C; echo a >>out; cat out
echo a 3>&1 >&3
echo a 9>out >&9; cat out
echo a >&1 >&2 2>/dev/null
(echo a; echo b >&2) 2>/dev/null
f() { echo o; echo e >&2; }; f 2>/dev/null; f >/dev/null
x=$(f() { echo o; echo e >&2; }; f 2>&1); echo "$x"
`))
}

// Documents within pipelines, functions and substitutions.
func TestHereDocumentForms(t *testing.T) {
	compareWithBusybox(t, batched([]string{
		"echo $(cat <<E\na\nE\n)",
		"cat <<E\na $((1+1)) $(echo b) `echo c` \\$x \\\\ \"q\" 'r'\nE",
		"cat <<'E'\n$x `a` \\$ \\\\\nE",
		"cat <<\"E\"\n$x\nE",
		"cat <<\\E\n$x\nE",
		"cat <<E\\F\n$x\nEF",
		"cat <<-E\n\ta\n\t\tb\n\tE",
		"cat <<-'E'\n\t$x\n\tE",
		"cat <<E\na\\\nb\nE",
		"cat <<E | tr a b\na\nE",
		"cat <<E && echo c\na\nE",
		"cat <<A; cat <<B\na\nA\nb\nB",
		"cat <<A - <<B\na\nA\nb\nB",
		"cat <<E; echo d\na\nE",
		"cat <<E >out\na\nE",
		"cat <<E\nE",
		"cat <<E\na\n E\nE",
		"f() { cat <<E\n$1\nE\n}; f x",
		"x=$(cat <<E\na  b\nE\n); echo \"$x\"",
		"if true; then cat <<E\na\nE\nfi",
		"while read a; do echo \"[$a]\"; done <<E\n1 2\n3\nE",
		"cat <<E\n${u:-d} ${x+y} ${#u}\n$(cat <<F\nin\nF\n)\nE",
		"cat <<E 3<<F <&3\na\nE\nb\nF",
		"read a b <<E\n1 2 3\nE",
		"cat <<E\n\"$(echo \"a b\")\" '${u:-'x'}' \"${u:-\"y\"}\"\nE",
	}))
}
