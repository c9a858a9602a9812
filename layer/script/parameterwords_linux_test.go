package script

import "testing"

// Parameters with operators within and outside of quotes, and the fields that an odd IFS makes of them.
func TestParametersAndFields(t *testing.T) {
	compareNewShells(t, append(linesOf(`
x=abc; echo ${x#[a]} ${x#[!b]} ${x%[[:alpha:]]} ${x#\a} ${x#"a"b} ${x%%"${x#a}"}
x='a*b*c'; echo "${x#*\*}" "${x##*'*'}" "${x%"*"*}" ${x%%\**}
x='a}b'; echo "${x%\}*}" ${x%'}'*} "${x#*"}"}"
x=abc; echo "${x/b/\&}" "${x/b/&}" "${x/b/\\}" ${x/b/\\\\}
x=abc; echo "${x/#a/X}" "${x/%c/X}" "${x/#b/X}" "${x/#/X}" "${x/%/X}" "${x//#a/X}"
x='#a#'; echo "${x/#/X}" "${x//#/X}" "${x/\#/X}" "${x/'#'/X}"
x='%a%'; echo "${x/%/X}" "${x//%/X}" "${x/\%/X}"
x=aXbX; y=X; echo "${x//$y/-}" "${x//"$y"/-}" "${x/$y}" "${x//$y}"
x='a b c'; echo ${x// /_} "${x// /_}" ${x/ /  } "${x/ /  }"
x=aaa; echo ${x//a/aa} ${x/a*/b} ${x//?/.} ${x/*/.} ${x//a*a/.}
x=abcd; echo ${x:1:2} "${x: -2:1}" ${x:(-3)} ${x:0:-1} ${x:1:-2} "[${x:3:-2}]" ; echo "${x:2:-3}"; echo no
set -- a b c; echo "${@:1}" "${@:2:1}" "${*:2}"
set -- ab cd; echo "${1#a}" "${1:1}" "${1/b/c}" "${2:-x}" "${3:-x}" "${3+x}" "${10-z}"
set -- a b; echo "${@:-none}" "${@+some}" "${*:+some}"; set --; echo "${@:-none}" "${@+some}" "${*-n}"; set -- ''; echo "${@:-none}" "${@-n}" "${@:+s}" "${@+s}"
set -- a '' b; for i in "$@"; do printf '<%s>' "$i"; done; for i in $@; do printf '<%s>' "$i"; done; for i in "$*"; do printf '<%s>' "$i"; done; for i in $*; do printf '<%s>' "$i"; done
set -- 'a b' c; IFS=; for i in $* "$*" $@; do printf '<%s>' "$i"; done
set -- 'a b' c; IFS=:; for i in $* "$*" $@ "x$*y" "x$@y"; do printf '<%s>' "$i"; done
set -- 'a b' c; unset IFS; for i in $* "$*" $@ "x$*y" "x$@y"; do printf '<%s>' "$i"; done
set -- a:b c; IFS=:; x=$*; echo "$x"; x=$@; echo "$x"; x="$*"; echo "$x"; x="$@"; echo "$x"; x=${*}; echo "$x"; x=${*:-q}; echo "$x"
set -- a b; IFS=:; case $* in a:b) echo colon;; 'a b') echo space;; esac; case "$@" in 'a b') echo space;; esac
set -- a b; IFS=; x=$*; echo "$x"; x=$@; echo "$x"; echo "${*#a}"
set -- a b; IFS=xy; echo "$*"; echo "${x:-$*}" "${x:-"$@"}"
x='a:b: c:'; IFS=': '; for i in $x; do printf '<%s>' "$i"; done; for i in $x$x; do printf '<%s>' "$i"; done; for i in ":"$x; do printf '<%s>' "$i"; done
x='::a'; IFS=:; for i in $x; do printf '<%s>' "$i"; done; for i in ""$x; do printf '<%s>' "$i"; done; for i in $x""; do printf '<%s>' "$i"; done
x='a:'; IFS=:; for i in $x"" b$x $x$x; do printf '<%s>' "$i"; done
x=' a '; for i in b$x$x"c" "$x"$x; do printf '<%s>' "$i"; done
x='a\ b'; for i in $x; do printf '<%s>' "$i"; done; IFS='\'; for i in $x; do printf '<%s>' "$i"; done
x="a'b c'd"; for i in $x; do printf '<%s>' "$i"; done
IFS='*'; x='a*b'; for i in $x; do printf '<%s>' "$i"; done
IFS='?'; x='o?e'; for i in $x; do printf '<%s>' "$i"; done
IFS=-; x=1-2; echo $((3-1)) $x $((x)); y=$((5-9)); echo $y; echo $((5-9))
IFS=1; echo $? $# $(exit 11) $?; set 1 2 3 4 5 6 7 8 9 0 1; echo $#
IFS=a; for i in ${x:-banana} ${x:-"banana"} ${x:-b"a"nana}; do printf '<%s>' "$i"; done
IFS=a; x=banana; for i in ${x#b} ${x%a} ${x/n/aXa}; do printf '<%s>' "$i"; done
IFS=:; x=a:b; for i in ${y:=$x:c} $y; do printf '<%s>' "$i"; done; echo "$y"
'; x='a b
IFS=$(printf '\t'); x=$(printf 'a\tb c\t\td'); for i in $x; do printf '<%s>' "$i"; done
IFS=$(printf '\t:'); x=$(printf 'a\t:\tb:\t:c'); for i in $x; do printf '<%s>' "$i"; done
IFS=é; x=aéb; for i in $x; do printf '<%s>' "$i"; done
x='*'; echo $x "$x" ${y:-*} "${y:-*}" ${y:-"*"} ${y:-\*} ${x#a} | wc -w
x=o*; echo ${x} ${x}e ${x%\*}n? [o]$x ; y='[on]*e'; echo $y "$y" ${y#[}
x='\*'; echo $x; x='o\ne'; echo $x; x='\one'; echo $x; x='on\e*'; echo $x; x='\o*'; echo $x
`),
		"IFS=0; echo $((100)) $(echo 1020) `echo 304`; for i in $((10203)); do printf '<%s>' \"$i\"; done",
	))
}

// Patterns of "case" and of pathnames.
func TestPatternsAndPathnames(t *testing.T) {
	compareNewShells(t, append(linesOf(`
echo ${x:-a b} "${x:-a b}" "${x:-"a b"}" "${x:-'a b'}" ${x:-'a b'} ${x:-a\ b} "${x:-a\ b}" "${x:-\}}" "${x:-\$x}" "${x:-\a}" ${x:-\a}
echo ${x:-$(echo "a  b")} "${x:-$(echo "a  b")}" ${x:-"$(echo "a  b")"}
echo "a${x:+b}c" a${x:-}c "a${x:-}"c; y=; echo ${y:-"$y"} | wc -c; for i in ${y:-""} ${y:-} "${y:-}" ${y+""}; do printf '<%s>' "$i"; done
echo [[:alpha:]]* [[:upper:]]* [![:alpha:]]* [^a-n]* [a-]* []-a]* [-a]* [a-c]*
echo "a"\ * a\ b a?b 'a b'* [a]' '* a[" "]b a[\ ]b
echo nosuch* "nosuch"* nosu[c]h nosu\ch* no'such'*
echo /w/on[e] /w//one* //w/o* ./one* ../w/one* ./../w/[o]ne
echo d[i]r/in* d*/i* d*/s*/d* dir*/inner */*/deep */*/ */./inner
echo broke* loo* lin? dirlin*/i* broken/* loop/* fif?
echo one/* one*/ dir*/ void/* void/.* 
echo [ [] []] [a [!a] [! ] ] [on ]* | head -c 300
echo one[ "one["* o[n]e[ ; echo o[a-z]e o[z-a]e o[!z-a]e o[n-n]e
set -f; echo * o[n]e; set +f; echo o[n]e
case 'a]b' in a[]]b) echo 1;; esac; case 'a-b' in a[!]]b) echo 2;; esac; case a in [!]) echo 3;; esac; case '[a' in [a) echo 4;; esac; case 'a\b' in a\\b) echo 5;; esac; case 'a\b' in a[\\]b) echo 6;; esac
case a in (a|b) echo 1;; (c) echo 2 ;; esac; case x in a|x|b) echo 3; esac; case x in esac; case x in (x) esac; echo $?
case a in [a-z]) echo lower;; esac; case é in ?) echo one;; ??) echo two;; esac; case É in [[:upper:]]) echo u;; *) echo n;; esac
case '' in '') echo e;; esac; case '' in *) echo s;; esac; case '' in ?) echo q;; [!a]) echo b;; esac; echo $?
case a.b in *.*) echo dot;; esac; case .a in *) echo star;; esac; case a/b in a*b) echo slash;; a?b) echo q;; esac
x='a*'; case abc in $x) echo pat;; esac; case abc in "$x") echo no;; esac; case 'a*' in "$x") echo lit;; esac; case 'a*' in a\*) echo esc;; esac; y='a\*'; case 'a*' in $y) echo yesc;; esac; case 'a\*' in $y) echo no;; "$y") echo q;; esac
case "[" in [[]) echo 1;; esac; case "]" in []]) echo 2;; esac; case "!" in [\!a]) echo 3;; esac; case "^" in [\^a]) echo 4;; esac; case b in [^a]) echo 5;; esac; case - in [a\-z]) echo 6;; esac; case b in [a\-z]) echo 7;; esac; case b in [a"-"z]) echo 8;; esac
`),
		"echo \"${x:-\"}\"}\" ${x:-'}'} \"${x:-`echo }`}\" \"${x:-$(echo })}\" ${x:-${y:-}}} \"${x:-{}}\"",
		"case \"$(echo a; exit 3)\" in a) echo $?;; esac; case a in $(echo b)|`echo a`) echo y;; esac",
	))
}
