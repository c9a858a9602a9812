package script

import "testing"

// The C library knows no backslash in brackets. The shell puts one before some characters that were quoted, which
// then belongs to the set, or begins a range.
func TestBackslashesInSets(t *testing.T) {
	compareWithBusybox(t, eachLine(`
for c in '\' '*' a; do case $c in [\*]) echo y;; *) echo n;; esac; done
for c in '\' ']' '\]' ']]'; do case $c in [\]]) echo y;; *) echo n;; esac; done
for c in a ']' '\' 'a]' '\]'; do case $c in ["a]"]) echo y;; *) echo n;; esac; done
for c in b - '\' A y; do case $c in [a"-"z]) echo y;; *) echo n;; esac; done
for c in b - '\' A y; do case $c in [a\-z]) echo y;; *) echo n;; esac; done
for c in b - '\' ; do case $c in ["a-z"]) echo y;; *) echo n;; esac; done
for c in b ! '\' a; do case $c in ["!a"]) echo y;; *) echo n;; esac; done
for c in b ! '\' a; do case $c in [\!a]) echo y;; *) echo n;; esac; done
for c in b ^ '\' a; do case $c in [\^a]) echo y;; *) echo n;; esac; done
for c in ^ '\' '[^]'; do case $c in ["^"]) echo y;; *) echo n;; esac; done
for c in x '\' '*'; do case $c in [!\*]) echo y;; *) echo n;; esac; done
for c in '[' '\' '\['; do case $c in [\[]) echo y;; *) echo n;; esac; done
for c in '\' a; do case $c in [\\]) echo y;; *) echo n;; esac; case $c in [\\a]) echo y;; *) echo n;; esac; done
for c in '"' '\' "'"; do case $c in [\"]) echo y;; *) echo n;; esac; case $c in ["'"]) echo y;; *) echo n;; esac; done
for c in '$' '\' / = : '~'; do case $c in [\$\/\=\:\~]) echo y;; *) echo n;; esac; done
for c in '?' '\' -; do case $c in [\?]) echo y;; *) echo n;; esac; case $c in ['-']) echo y;; *) echo n;; esac; done
p='[\*]'; for c in '\' '*'; do case $c in $p) echo y;; *) echo n;; esac; case $c in "$p") echo y;; *) echo n;; esac; done
p='[\]]'; for c in ']' '\]'; do case $c in $p) echo y;; *) echo n;; esac; done
x='a\b*c'; echo "${x#*[\*]}" "${x%%[\\]*}" "${x//[\*]/_}" "${x//[!a-z]/-}" "${x//['\*']/.}"
x='a.b-c_d'; echo "${x//[.\-]/_}" "${x//[\-.]/_}" "${x//['.-']/_}" "${x//[-.]/_}"
touch 'a*b' 'a\b' 'a-b' 'azb' 'a]b'; echo a[\*]b a["-"]b a[\]]b a[x"-"z]b a[\\]b a[!\*]b
touch 'a*b' 'a\b' 'a-b'; find . -name 'a[\*]b' | sort; find . -name 'a\*b'; ls a'['x'-'z']'b
`))
}

// A byte that begins no character ends a text for a pattern: nothing but the end of the pattern matches there.
func TestPatternsOfMoreThanASCII(t *testing.T) {
	compareWithBusybox(t, eachLine(`
x=é; echo "[${x#?}]" "[${x%?}]" "[${x#?*}]" "[${x%?*}]" "[${x##?}]" ${#x}
x=aéb; echo "[${x#a?}]" "[${x%?b}]" "[${x#*é}]" "[${x%é*}]" "[${x##*[é]}]" "[${x#a[!b]}]"
x=aéb; case $x in a?b) echo one;; a??b) echo two;; esac; case é in [a-z]) echo a;; [!a-z]) echo b;; esac
x=naïve; echo "${x%%ï*}" "${x##*ï}" "${x#????}" "${x%???}" "${x/ï/i}" ${#x}
touch é aé; echo ? ?? [é]* *é; ls -d *[!a-z]
`))
}
