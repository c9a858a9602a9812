package script

import "testing"

// A character behind a backslash separates no fields for read, but begins none either, and space at the end is removed even so.
func TestBackslashesOfRead(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a b:c d:' | { read -d : x y; echo "$? $x|$y"; read -rd: x; echo "$? $x"; read -d : x; echo "$? <$x>"; }; printf 'axxb' | { read -d xy z; echo "<$z>"; read -dxx z; echo "<$z>"; }; read -d; echo $?
printf 'p q\0r s\0' | while IFS= read -r -d '' f; do echo "<$f>"; done; printf 'a\0b;c' | { read -d ';' z; echo "$? <$z>"; }; printf 'a b' | { read -d '' z; echo "$? <$z>"; }; printf ' a \n b \0c' | { read -d '' z; echo "<$z>"; IFS= read -d '' z; echo "$? <$z>"; }
printf 'a\\;b;c\\\nd;' | { read -d ';' x; echo "<$x>"; read -d ';' x; echo "<$x>"; }; printf 'a\\;b;c' | { read -r -d ';' x; echo "<$x>"; read x; echo "<$x>"; }; printf 'a b\nc d\0' | { read -d '' x y z; echo "<$x><$y><$z>"; }
printf 'a b\\ \\ \n' | { read l; echo "[$l]"; }; printf 'a\\ \n' | { read l; echo "[$l]"; }; printf '\\\ta b\n' | { read l; echo "[$l]"; }
printf '\\ a \\ b\\ \n' | { read x y; echo "[$x][$y]"; }; printf 'a\\  b\n' | { read x y; echo "[$x][$y]"; }
printf 'a\\:b:c\\:\n' | { IFS=: read x y; echo "[$x][$y]"; }; printf 'a\\:b\\:\n' | { IFS=: read x; echo "[$x]"; }
printf '\\a n\n' | { read x; echo "[$x]"; }; printf '\\a\\ n m\n' | { read x y; echo "[$x][$y]"; }; printf '  \\  a\n' | { read x; echo "[$x]"; }
printf 'a b \\\n c\n' | { read x y; echo "[$x][$y]"; }; printf 'a\\\\ b\n' | { read x y; echo "[$x][$y]"; }; printf 'x a\\\n' | { read l; echo "[$l] $?"; }
printf 'a\\ b\\n\n' | { read -r x y; echo "[$x][$y]"; }; printf ' a\\ b \n' | { read -r; echo "[$REPLY]"; }; printf ' a\\ b \n' | { read; echo "[$REPLY]"; }
printf 'k\\=v=w\n' | { IFS== read k v; echo "[$k][$v]"; }; printf 'k = v = w \n' | { IFS== read -r k v; echo "[$k][$v]"; }
`))
}

func TestSeparatorsOfRead(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'X:Y:Z:\n' | { IFS=': ' read x y; echo "|$x|$y|"; }; printf 'X:Y:\n' | { IFS=': ' read x y; echo "|$x|$y|"; }; `+
		`printf 'X:Y  : \n' | { IFS=': ' read x y; echo "|$x|$y|"; }
printf ':a:b\n' | { IFS=: read x y z; echo "|$x|$y|$z|"; }; printf ' : a : : b \n' | { IFS=': ' read x y z w; echo "|$x|$y|$z|$w|"; }
printf '::\n' | { IFS=: read x y; echo "|$x|$y|"; }; printf ':::\n' | { IFS=: read x y; echo "|$x|$y|"; }; `+
		`printf ' : \n' | { IFS=' :' read x y; echo "|$x|$y|"; }
for l in : a: a:: a:b: :a ::a; do echo $l | { IFS=: read x; echo "|$x|"; }; done
printf 'a\tb c\n' | { IFS=' ' read x y; echo "|$x|$y|"; }; printf 'a \t b\n' | { read x y; echo "|$x|$y|"; }; `+
		`printf 'a\vb\n' | { IFS="$(printf '\v')" read x y; echo "|$x|$y|"; }
printf '\n' | { read x y; echo "|$x|$y| $?"; }; printf '   \n' | { read x y; echo "|$x|$y|"; }; printf 'a b' | { read x y z; echo "$? |$x|$y|$z|"; }
printf 'a,b,,c\n' | { IFS=, read x y; echo "|$x|$y|"; }; printf 'a, b ,c\n' | { IFS=', ' read x y z w; echo "|$x|$y|$z|$w|"; }
grep games /etc/passwd | { IFS=: read -r name password uid gid gecos home shell; echo "$name $uid:$gid $home $shell"; }
printf 'a b c\n' | { readonly y; read x y z; echo "$? $x"; }; printf 'a b c d\r\n' | { read x y; printf %s "$y" | od -c | head -n 1; }
while IFS= read -r l; do echo "<$l>"; done < two; echo "<$l>"; while read -r a b || [ -n "$a" ]; do echo "$b $a"; done < two
`))
}

// A pattern that matches nothing at all replaces an empty value, but not one that is missing.
func TestReplacementInEmptyValues(t *testing.T) {
	compareWithBusybox(t, eachLine(`
e=; echo "[${e/*/X}]" "[${e/a*/X}]" "[${e/?/X}]" "[${e/*}]" "[${u/*/X}]" "[${u//a/X}]" "[${e//a/X}]"
v=abc; echo "[${v/%c/X}]" "[${v/#a/X}]" "[${v/b/}]" "[${v/b}]" "[${v//b}]" "[${v/*/X}]" "[${v/a*/X}]" "[${v/?*/[&]}]"
v='a/b/c'; echo "${v/\//_}" "${v//\//_}" "${v//[\/]/.}" "${v/a\/b/X}" "${v//"b"/\/}" "${v%/*}" "${v##*/}"
v='a b'; echo "${v/ /\ }" "${v// /\\}" "${v/ /'_'}" "${v/ /"-"}" ${v/ /' '} "${v/b/~}" "${v/ /$(echo x)}"
`))
}
