package script

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// inBash is a case whose script is that of Bash, for which sh starts one. What is printed to standard error is not compared: the words are
// ash's.
func inBash(lines ...string) []scriptCase {
	cases := make([]scriptCase, len(lines))
	for i, line := range lines {
		cases[i] = scriptCase{name: line, script: "cd /w; bash -c " + Quote(line) + " 2>/dev/null"}
	}
	return cases
}

// TestBash compares what Bash does otherwise than ash, or alone.
func TestBash(t *testing.T) {
	compareWithBusybox(t, inBash(strings.Split(strings.Trim(bashLines, "\n"), "\n")...))
}

const bashLines = `
command -v [[ time; for n in ls cd echo printf test [ true false pwd kill wait if [[ { ! time f nosuch read let declare command type hash umask esac in select function coproc ]] } pushd chdir . : eval; do f() { :; }; type -t $n; echo $?; done
f() { :; }; type -t ls f nosuch cd; echo $?; type -P ls nosuch; echo $?; type -p cd ls; echo $?; [ "$(type -t f)" = function ] && echo is; type -t /bin/ls /nosuch/x; if ! type -P curl9 >/dev/null; then echo none; fi; type -p if f; echo $?
cd /w; pushd /etc; pwd; dirs; popd; pwd; popd; echo $?; pushd nosuch; echo $?; pushd; echo $?; pushd /etc >/dev/null; pushd /usr >/dev/null; dirs -p; dirs -v; pushd; popd; popd; dirs; echo $OLDPWD
HOME=/w; mkdir -p /w/a; pushd a; dirs; dirs -l; cd /etc; dirs; popd; pwd; HOME=/; pushd /etc; HOME=/e; dirs; f() { pushd "$1" >/dev/null && pwd && popd >/dev/null; }; f /usr; pwd; ( pushd /usr >/dev/null; dirs ); dirs -c; dirs; pushd -- /usr; popd --
set -e; pushd nosuch || echo failed; popd || echo empty; ln -s /usr/bin lnk; pushd lnk; popd; pushd ..; pushd /w >/dev/null; popd >/dev/null; pwd; mkdir q; touch q/file; pushd q && ls && popd; command -v pushd popd dirs; pushd /nosuch; echo never
printf 'false\n(exit 3)\nnosuch\n' > fails; trap 'echo E $?' ERR; . ./fails && echo x; echo $?; if . ./fails; then echo x; fi; f() { . ./fails; }; f || echo y; ! . ./fails; . ./fails; echo $?; set -E; . ./fails && echo x; f; echo $?
printf 'false\necho go on\nreturn 4\n' > fails; set -e; if . ./fails; then echo x; fi; . ./fails || echo $?; while ! . ./fails; do break; done; . ./fails; echo never
a=(1 2 3); ((a[1]++)); echo "${a[@]} $?"; ((a[1]+=5)); i=1; ((a[i+1]=7)); echo "${a[@]}"; ((a[-1]=4)); echo ${a[@]} $((a[-1]*2)); ((a[0]--==1)) && echo one $((--a[0]))
n=0; ((b[n++]=5)); ((b[n++]=6, b[n++]=7)); echo "$n ${b[@]}"; x=5; ((x[0]++)); echo "$x ${x[@]}"; ((y[3]+=2)); echo "${!y[@]} ${y[3]}"; ((w=y[3]++)); echo $w ${y[3]}
a=(1+2 b); b=7; echo $((a[0]*2)) $((a[1]+1)) $((a[a[7]]+1)); v='c[1]'; c=(1 2); echo $((v+1)); let c[1]++ "c[0]+=4"; echo ${c[@]}; ((d[c[0]]=1)); echo ${!d[@]}
declare -A m=([x]=1); ((m[x]++)); ((m[y]+=3)); k='a b'; ((m[$k]++)); ((m["p q"]=9)); echo "${m[x]} ${m[y]} ${m["a b"]} ${m["p q"]}"; for w in x z x; do ((++m[$w])); done; echo ${m[x]} ${m[z]} $((m[x]*m[z]))
a=(5 1 4); for ((i=0;i<2;i++)); do ((a[i]>a[i+1])) && { ((t=a[i],a[i]=a[i+1],a[i+1]=t)); }; done; echo ${a[@]} $((a[0]>a[1]?a[0]:a[1])); for i in 0 1 2; do ((s+=a[i])); done; echo $s
set -u; a=(1); echo $((a[5]+1)); ((a[2]++)); echo "${a[@]}"; f() { local -a l; ((l[1]++)); echo ${!l[@]}; }; f; (((z[5]++))); echo never
a=(1 '' 3); i=1; [[ -v a[1] ]] && echo y; [[ -v a[3] ]] || echo n; [[ -v a ]] && echo y; [[ -v a[@] ]] && echo all; [[ -v a[-1] && -v a[i] && -v a[$i+1] && -v 'a[0]' ]] && echo four; unset 'a[0]'; [[ -v a ]] || echo none
declare -A m=([k]=); [[ -v m[k] ]] && echo y; [[ -v m[j] ]] || echo n; [[ -v m ]] || echo none; x=1; [[ -v x[0] && ! -v x[1] ]] && echo scalar; [[ -v unset[0] ]] || echo n; declare -a e; [[ -v e[@] ]] || echo empty
[ -v HOME ] && echo y; [ ! -v NOSUCH ] && echo n; test -v NOSUCH || echo n; a=(1 2); test -v a[1] && echo e; test -v 'a[7]'; echo $?; n=HOME; if [ -v "$n" ]; then echo set; fi; set -u; [ -v none ] || echo none
printf 'required %s\n' é; printf 'é %q|' 'a b' c; printf -v x '%s q é' ü; echo "$x"; printf -v x 'é %q' 'a b'; echo "$x"
app_b=1; app_a=2; app_c=; declare app_d; export app_e=x; ap=0; for v in "${!app_@}"; do echo "$v=${!v}"; done; echo ${!app_*} "${!app_*}" "${!none_@}" ${!none_*}; IFS=,; echo "${!app_*}"; unset app_a; set -- "${!app_@}"; echo $# $1; app_z=(1 2); declare -a app_y; echo "${!app@}"
f() { local conf_in=1; echo "${!conf_@}"; }; conf_out=2; f; echo "${!conf_@}"; (conf_sub=1; echo ${!conf_*}); conf_env=1 bash -c 'for k in ${!conf_*}; do echo "$k"; done'; export conf_out; bash -c 'echo "${!conf_*}"'; x=${!conf_*}; echo "$x"
printf '%q\n' 'a b' "it's" '' '#x' 'a#b' '~x' 'a~b' 'a:~b' 'a=~b' 'x;y|z&' '(a)' '{a,b}' '[a]*?' 'a^b!c' '\' 'q"r' '$x' '<>' 'plain-./_+@%'; printf '%q %s|' a 'b c' 'd e' f; printf '%q\n'; printf '%5q|%-7q|%.2q|%*q|\n' 'a b' c 'd e' 9 'f g'
printf '%q\n' $'a\tb' $'x\ny' $'\e[1m\a\b\f\r\v\001\177' $'it\'s\n' $'back\\\n'; printf '%q %%q %q\n' a 'b c' 'd e'; printf -v x '%q' 'a b'; echo "$x"; eval "set -- $x"; echo $# "$1"; printf -- '%q\n' 'x y'; printf '\\%q %d\n' 'x y' 3 z 4
x="it's a \"b\" \$c"; y=; z=$'a\nb\t\\'; echo "${x@Q}" "${y@Q}" "${none@Q}" "${z@Q}"; set -- 'a b' c "d'e"; echo "${@@Q}" "${*@Q}" ${1@Q} "$# ${2@Q}"; a=('x y' z); echo "${a[@]@Q}" "${a[0]@Q}" "${a[5]@Q}"; eval "echo ${x@Q}"
x='hello World'; echo "${x@U}" "${x@u}" "${x@L}" "${none@U}" "${x@U}${x@L}"; a=(ab cd); echo "${a[@]@u}" "${a[@]@U}"; f() { local q="${*@Q}"; echo "run $q"; }; f ls -l 'my file'; declare -A m=([k]='v w'); echo "${m[k]@Q}"
set -u; x=1; echo "${x@Q}"; echo "${none@Q}"; echo never
printf 'p q\0r s\0' | while IFS= read -r -d '' f; do echo "<$f>"; done; printf 'a b:c d:' | { read -d : x y; echo "$x|$y"; read -rd: x; echo "$? $x"; read -d : x; echo $? $x; }; printf 'x\ny z\0' | { read -r -d '' -a w; echo ${#w[@]} ${w[2]}; }
declare -A m=([x]=1); echo $((m[x] + 1)) $((${m[x]} + 1)); m[*]=2; m[@]=3; echo "${!m[@]}"; unset 'm[q]'; echo ${#m[@]}; declare -A e; echo "${e[@]}" ${#e[@]} "${e[@]-unset}"
declare -A m; m[a]=1; m[b]=2; m[foo]=3; m[bar]=4; echo "${!m[@]}" "${m[@]}" ${#m[@]} ${m[foo]} "${m[none]-unset}" ${#m[bar]}; for k in "${!m[@]}"; do echo "$k=${m[$k]}"; done
declare -A m=([one]=1 [two]=2 ["three 3"]="d e"); m+=([four]=4); m[one]+=x; echo "${!m[@]}"; echo "${m[@]}"; echo "${m["three 3"]} ${m[one]} $m ${m:-none}"; m=5; echo "${m[0]} $m ${!m[@]}"
declare -A m; for i in {1..60}; do m[k$i]=$i; done; echo "${!m[@]}"; for i in {1..60..3}; do unset "m[k$i]"; done; m[k7]=x; m[k1]=y; echo "${m[*]}"; echo ${#m[@]}
declare -A m; m[a-b]=1; m["x y"]=2; m[a/b]=3; m[$PWD]=5; i=3; m[i]=6; m[$i]=7; echo "${m[a-b]} ${m["x y"]} ${m[a/b]} ${m[$PWD]} ${m[i]} ${m[3]}"; unset 'm[x y]'; echo ${#m[@]}; unset m; echo ${#m[@]}
declare -A m=([a]=1 [b]=2); f() { local -A m=([c]=3); echo "${!m[@]}"; m[d]=4; echo ${#m[@]}; }; f; echo "${!m[@]}"; (m[x]=1; echo ${#m[@]}); echo ${#m[@]}; g() { m[z]=1; local m=(1 2); echo ${m[1]}; }; g; echo "${!m[@]}"
declare -A m=([a]=b.txt [b]=c.txt); echo "${m[@]%.txt}" "${m[*]/c/X}" "${m[a]^}" "${m[b]:0:1}" "${m[a]:-no}" "${m[q]:-no}" "${m[q]+set}" "${m[a]+set}"; [[ ${m[a]} == b* && -z ${m[q]} ]]; echo $?; IFS=,; echo "${m[*]}"
declare -A count; for w in a b a c a; do count[$w]=$((${count[$w]:-0} + 1)); done; echo "${count[a]} ${count[b]} ${count[c]}"; declare -rA r=([x]=1); echo ${r[x]}; typeset -A t=([y]=2); echo ${t[y]}; m=([1]=x); echo "${m[1]}"
false | true | (exit 3); echo "${PIPESTATUS[@]}"; false; echo "${PIPESTATUS[*]}"; { true | false; }; echo ${#PIPESTATUS[@]} $PIPESTATUS ${PIPESTATUS[1]} ${PIPESTATUS[-1]}
false | true; x=$(exit 5); echo "${PIPESTATUS[@]}"; false | true; [[ a = b ]]; echo "${PIPESTATUS[@]}"; false | true; ((0)); echo "${PIPESTATUS[@]}"; (exit 4); echo "${PIPESTATUS[@]}"
f() { true | false; }; f; echo "${PIPESTATUS[@]}"; ! false | true; echo "${PIPESTATUS[@]}"; for i in 1; do : | false; done; echo "${PIPESTATUS[@]}"; false | true & echo "${PIPESTATUS[@]}"
if (exit 2) | cat; then s=("${PIPESTATUS[@]}"); fi; echo "${s[@]}"; (exit 2) | true; (exit ${PIPESTATUS[0]}); echo $?; true | false; case x in x) ;; esac; echo "${PIPESTATUS[@]}"
printf -v x '%s-%03d' a 7; echo "$x"; printf -v x 'a\n\n'; echo "<$x>"; printf -v x '%s,' 1 2 3; echo $x $?; printf -v x -- '%d' zz; echo $? $x; printf -v x 'a\0b'; echo "${#x}$x"
printf -v y "%s" "${x:-none}" && echo "$y"; f() { local z; printf -v z %s in; echo $z; }; z=out; f; echo $z; printf -v z %s a >&2; echo $z; set -e; printf -v z %d a || echo failed; echo $z
trap 'echo E $?' ERR; false; (exit 4); x=$(exit 5); true | false; false | true; ! true; if false; then :; fi; false || true; true && false; [[ a = b ]]; ((0)); let 0; { false; }; echo end
trap 'echo E $?' ERR; f() { false; echo in; return 3; }; f; echo end $?; set -E; f; (false; echo sub; exit 2); x=$(false; echo y); echo "$x"; set +E; f; f || true; ! f
set -e; trap 'echo E $?' ERR; trap 'echo X $?' EXIT; f() { false; }; if f; then :; fi; (exit 3); echo never
set -e; trap 'echo E $?; exit 9' ERR; trap 'echo X $?' EXIT; true; false
set -eE; trap 'echo E $?' ERR; f() { false; echo never; }; echo $-; f; echo never
set -eEuo pipefail; trap 'echo "failed in line $LINENO: $?"; exit 1' ERR; for i in 1 2; do echo $i; done; true | (exit 4) | true; echo never
trap 'echo E; false' ERR; false; echo $?; trap - ERR; false; echo $?; trap 'echo F' ERR; eval 'true; false'; . /dev/null; cd nothing; export x=$(false); [ a = b ]; echo end
set -E; trap 'echo E $? >&2' ERR; { false | true; { false; true; } | true; (false) | true; f() { true; false; }; f | true; if true; then false; fi | true; true | { false; true; }; } 2>&1
f() { echo f $1 $LINENO; }; trap 'f $LINENO' ERR; true; false; (exit 2); true | false; set -o errtrace; echo $-; set +o errtrace; echo $-
echo a{b,c}d {1..5} {a..e} {01..10} {10..1..3} x{,y} {a} {} a{1,2}{x,y} "{a,b}" \{a,b} {a,b\}
for i in {1..3}; do echo $i; done; mkdir -p a/{b,c}/{d,e}; find a | sort
x={a,b}; echo $x; echo pre{"a b",c$x}-post; echo ${x}{1,2}
((x = 3 + 4)); echo $? $x; ((0)); echo $?; ((x++, x > 7)) && echo $x; (( x == 8 )) || echo no
for ((i = 0; i < 3; i++)); do echo $i; [ $i = 1 ] && continue; echo end; done; for ((;;)); do break; done; echo $i
for ((i=0, j=9; i<j; i+=2, j--)); do echo $i $j; done
x=a; x+=b; x+=c$x; echo $x; x+= ; echo $x
cat <<< "hello $HOME"; cat <<<one; read -r a b <<< "x y z"; echo "$a|$b"; wc -c <<< ''
ls nothing one &>> log; cat log | wc -l; echo x &>> log; ls nothing one |& wc -l; ls nothing one &> both; wc -l < both
case a in a) echo 1;& b) echo 2;; c) echo 3;; esac; case ab in a*) echo 1;;& *b) echo 2;;& *c) echo 3;;& *) echo 4; esac
[[ a == a && ( b == c || d == d ) ]]; echo $?; [[ ! a == b ]]; echo $?; [[ "a b" == a* ]]; echo $?; [[ "a*" == "a*" ]]; echo $?; [[ ab == "a*" ]]; echo $?
x='*'; [[ $x == '*' ]]; echo $?; [[ abc == $x ]]; echo $?; [[ abc == "$x" ]]; echo $?; [[ $none == "" ]]; echo $?; [[ -z $none && -n $x ]]; echo $?
[[ -f one && -d dir && ! -e nothing ]]; echo $?; [[ 3 -gt 2 && 2+2 -eq 4 ]]; echo $?; [[ a < b ]]; echo $?; [[ b > a ]]; echo $?; [[ one -ef link ]]; echo $?
[[ foo-1.23 =~ ^([a-z]+)-([0-9.]+)$ ]]; echo $? ${BASH_REMATCH[0]} ${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${#BASH_REMATCH[@]}; [[ a =~ b ]]; echo $? ${#BASH_REMATCH[@]}
[[ a.b =~ a"."b ]]; echo $?; [[ axb =~ a"."b ]]; echo $?; r='^a.b$'; [[ axb =~ $r ]]; echo $?; [[ axb =~ "$r" ]]; echo $?; [[ "x y" =~ x\ y ]]; echo $?; [[ a =~ \. ]]; echo $?
[[ -v HOME ]]; echo $?; [[ -v nothing ]]; echo $?
a=(one "two three" four); echo ${a[0]} "${a[1]}" ${#a[@]} ${a[-1]} $a; for x in "${a[@]}"; do echo "<$x>"; done; for x in ${a[@]}; do echo "<$x>"; done; echo "${a[*]}"
a=(x); a+=(y z); a[5]=q; echo "${a[@]}" "${!a[@]}" ${#a[@]}; unset 'a[1]'; echo "${a[@]}" "${!a[@]}"; unset a; echo "${a[@]}" ${#a[@]} ${a-unset}
a=({1..3} *d*); echo "${a[@]}"; a=([3]=x [1]=y z); echo "${a[@]}" "${!a[@]}"; IFS=,; echo "${a[*]}" ${a[*]}
a=(a b c d e); echo "${a[@]:1:2}" "${a[@]:3}" "${a[@]: -2}" "${a[@]:9}"; set -- 1 2 3 4; echo "${@:2}" "${@:2:2}" "${@: -1}" "${@:1:1}"
a=(a.txt b.txt); echo "${a[@]%.txt}" "${a[@]/b/X}" "${a[@]/#/pre-}" "${a[@]/%.txt/.md}" "${a[@]^^}" ${#a[0]}; set -- "${a[@]}"; echo "${@%.*}" "$#"
f() { echo $#; }; a=(); f "${a[@]}"; f "${a[@]}" x; f "x${a[@]}"; f ${a[@]}; f "${a[*]}"; f "$@"; f "${@:1}"; f "${a[@]:-none}"; f "${a[@]+set}"
a=(1 2); f() { local a=(x y z); echo "${a[@]}"; a+=(w); echo ${#a[@]}; }; f; echo "${a[@]}"; (a+=(3); echo ${#a[@]}); echo ${#a[@]}
declare x=1; declare -r y=2; declare -x z=3; echo $x $y $z; sh -c 'echo "$z$y"'; declare -a l; l+=(1); echo ${l[@]}; typeset q=w; echo $q
f() { declare x=in; declare -g y=out; local z; echo "$x$y${z-unset}"; }; x=1; z=2; f; echo "$x$y$z"
f() { local x; echo "${x-unset}"; local -r y=1; echo $y; g; }; g() { echo "g$x$y"; x=set; }; x=outer; f; echo $x
x=value; n=x; echo ${!n}; set -- a b; i=2; echo ${!i}; n=none; echo "[${!n}]"
x=hello; echo ${x^} ${x^^} ${x:1:3} ${x: -2} ${x:0:-1} ${x/l/L} ${x//l/L} ${x/#he/J} ${x/%lo/p} ${x/l} ${x//l} ${#x}; x=HELLO; echo ${x,} ${x,,}
x=a/b/c; echo ${x//\//-} ${x##*/} ${x%/*} ${x/'/'/+} ${x//[bc]/X} ${x/#a*b/Y} ${x/nothing/Y} ${x/%c/} ${x//}
echo $'a\tb\n\x41\101\e[0m' | od -c | head -3
set -e; x=$(false; echo a); echo $x; false || true; if false; then :; fi; ! true; (exit 3) || echo $?; false; echo never
set -eo pipefail; x=$(false | true; echo in); echo $x; false | true; echo never
set -euo pipefail; echo ${x-d}; echo $nothing; echo never
set -euo pipefail; echo $-; set -E; set +e; false; echo $?; set -o errtrace; set +o errtrace; echo on
shopt -s inherit_errexit; set -e; x=$(false; echo a); echo never
export A=1 B=2; export C; C=3; sh -c 'echo $A$B$C'; export -n A; sh -c 'echo "$A"'; readonly R=1; echo $R
A=1 export D=2; echo "[$A]$D"; A=x : ; echo "[$A]"; A=x eval 'echo $A'; echo "[$A]"; f() { echo $A; }; A=y f; echo "[$A]"
. ./nothing; echo $?; . nofile; echo $?; echo 'echo sourced $1 $#; return 3' > lib.sh; . lib.sh a b; echo $? $#; source ./lib.sh; echo $?; . /w/lib.sh; echo ${BASH_SOURCE[0]-none}
echo 'echo ${BASH_SOURCE[0]} $0; dirname "${BASH_SOURCE[0]}"; echo $-' > s.sh; bash s.sh; bash ./s.sh x; . ./s.sh; printf '#!/bin/bash\necho "$0" "$@" {1,2} $-\n' > t; chmod +x t; ./t a b; printf '#!/usr/bin/env bash\necho {a,b}\n' > u; chmod +x u; ./u
bash -e -c 'false; echo never'; echo $?; bash -ec 'echo $-; false'; bash -o pipefail -c 'false | true'; echo $?; bash -c 'echo $0 $1 $#' name a b; echo 'echo in $-' | bash; echo 'echo $1' | bash -s x; bash nothing; echo $?
bash --norc --noprofile -c 'echo a'; bash -euxo pipefail -c 'echo $-'; bash +e -c 'echo b'; bash -- s 2>/dev/null; echo $?
mapfile -t lines < one; echo ${#lines[@]} "${lines[1]}"; readarray -t l2 <<< $'a\nb'; echo "${l2[@]}"; mapfile < one; echo "${#MAPFILE[@]} ${MAPFILE[0]}|"
IFS=: read -ra p <<< "/a:/b c:/d"; echo ${#p[@]} "${p[1]}"; read -a q <<< "  x   y "; echo "${#q[@]}" "${q[@]}"; IFS=, read -ra r <<< "a,b,,"; echo ${#r[@]}; read -ra s <<< ""; echo ${#s[@]}
while read -r l; do echo "<$l>"; done < one; while IFS= read -r l || [[ -n $l ]]; do echo "$l"; done <<< "a  b "; printf 'a\0b\n' | { read -r x; echo "$x"; }
shopt -s nullglob; echo no* x; for f in *.none; do echo never; done; shopt -u nullglob; echo no*x; shopt -s dotglob; cd dir; echo *; shopt -u dotglob; echo * .*
t() { echo "[$FUNCNAME] [${FUNCNAME[0]}] [${FUNCNAME[1]}] [${FUNCNAME[*]}] ${#FUNCNAME[@]} [${BASH_SOURCE[0]}] [${BASH_SOURCE[*]}] ${#BASH_SOURCE[@]} $BASH_SOURCE"; }; g() { t; (t); x=$(t); echo "$x"; echo "${FUNCNAME[0]}"; }; t; g; echo "[${FUNCNAME-unset}] [${FUNCNAME[0]-unset}] ${#FUNCNAME[@]} [${BASH_SOURCE[0]-unset}] [${BASH_SOURCE[*]}]"
printf '%s\n' 't() { echo "[${FUNCNAME[*]}] [${BASH_SOURCE[*]}]"; }' 'g() { t; }; t; g; echo "[${FUNCNAME-unset}] [${FUNCNAME[*]}] [${BASH_SOURCE[*]}]"; k() { echo "${FUNCNAME-none} ${FUNCNAME[-1]}"; }; k' > s.sh; bash s.sh; . ./s.sh; t; g; bash -s < s.sh; bash -c '. ./s.sh; h() { t; }; h'; bash -c "$(cat s.sh)"; h() { . ./s.sh; t; }; h; t; printf '. ./s.sh\nh() { . s.sh; g; }; h; echo "${BASH_SOURCE[@]}"\n' > u.sh; bash ./u.sh
log() { echo "$(basename "$0") ${FUNCNAME[1]:-top}: $*"; }; run() { log "$@"; FUNCNAME=x; log b; unset x; for i in "${FUNCNAME[@]}"; do echo "<$i>"; done; }; log a; run c; h() { [[ ${FUNCNAME[1]} == run ]] && echo yes; return 0; }; run() { h; }; h; run; main() { local me="${FUNCNAME[0]}"; echo "$me ${#FUNCNAME}"; }; main
function f { echo f $1; }; f a; function g-h() { echo gh; }; g-h; my.func() { echo dot; }; my.func; k() ( cd dir; pwd ); k; pwd
x=$(< one); echo "$x"; echo "$(<two)"; y=$(cat < one); [ "$x" = "$y" ]; echo $?
(exit 4); echo $?; { exit 5; } & wait $!; echo $?; trap 'echo bye $?' EXIT; trap 'echo no' INT; exit 3
echo ${UID} $EUID ${PS1-none} $OPTIND; id -u; [[ $OSTYPE == linux* ]]; echo $?
if (( $# == 0 )) && [[ -z ${1:-} ]]; then echo none; fi; x=5; while (( x-- > 3 )); do echo $x; done; until ((x >= 4)); do ((x += 2)); echo $x; done
echo $((2 ** 10)) $((16#ff)) $((010)) $((0x1f)) $((1 ? 2 : 3)) $((5 / 2)) $((-5 % 3)) $[1+2]; x=3; echo $((x * x)) $(($x+1)) $((x++)) $x; let y=x+1 z=y*2; echo $y $z; echo $((~0)) $((1 << 4)) $((3 & 6)) $((7 ^ 2)) $((!5))
unset -f f; f() { echo f; }; unset f; f; echo $?; x=1; unset x; echo ${x-unset}; unset nothing; echo $?; unset 1x; echo $?
shift 3; echo $?; set -- a b c; shift 2; echo $1; set -- ; echo $#; set -- -x; echo $1; set a b; echo $2
local x; echo $?; break; echo $?; x=1 y; echo $?; nocommand; echo $?; ./one; echo $?; /w; echo $?; exec nofile
true > /nothing/a; echo $?; { echo a; } > /nothing/a; echo $?; (echo a) > /nothing/a; echo $?; : > /nothing/a; echo $?; exec 3< /nothing; echo $?; echo on
set -e; { echo a; } > /nothing/a; echo never
exec 3> out; echo x >&3; exec 3>&-; cat out; echo y 4>&1 >&4; f() { echo err >&2; echo out; }; x=$(f 2>&1); echo "$x"; echo z >& both; cat both
printf '%s-%s\n' a b c; printf '%d %05.1f %x\n' 42 3.14159 255; printf '%b' 'a\tb\n'; printf '%s\n' "${BASH_SOURCE[0]-}"; echo -e 'a\tb'; echo -n x; echo -E '\t'
command -v ls bash cd f; command echo x; command -v nothing; echo $?; hash ls; echo $?; type cd if; type ls nothing > /dev/null; echo $?; type ls >/dev/null && echo there
x=~; echo $x; y=a:~; echo $y; echo ~root ~/x "~"; export P=~/bin; echo $P; z=(~ ~/a); echo "${z[@]}"
echo "${x:-"a b"}" ${x:-'a b'} "${x:-'a'}" ${x:=v} $x ${y:+w} "${x:+"q r"}" ${nothing:-$x}; echo ${z:?gone}; echo never
IFS=,; x=a,b,,c; set -- $x; echo $#; IFS=; set -- $x; echo $#; IFS=' ,'; x=' a , b '; set -- $x; echo $# "$1"; unset IFS; set -- $x; echo $#
a='x y'; b=($a); echo ${#b[@]}; b=("$a"); echo ${#b[@]}; b=($(echo 1 2 3)); echo ${#b[@]} $((b[1] + 1)) $((${b[2]} * 2)); i=1; echo ${b[i]} ${b[i+1]} ${b[$i-1]}
a=(3 1 2); IFS=$'\n'; sorted=($(sort <<< "${a[*]}")); echo "${sorted[*]}"; printf '%s,' "${a[@]}"; join() { local IFS=$1; shift; echo "$*"; }; join - "${a[@]}"
command -v mapfile shopt declare pushd chdir; echo $?; command mapfile -t x < one; echo ${x[2]}; command -v local read test printf
[ a = -v ]; echo $?; set -- -o; [ "$1" = -o ]; echo $?; test "$1" = -v -o 1 = 1; echo $?; x=abc; echo ${x/#?/X} ${x/%?/X} ${x/#b/X} ${x/#/X} ${x/%/X} ${x/#*/}
mkdir h; echo 'x=set; return; x=again' > h/.bash_profile; HOME=/w/h bash -lc 'echo $x'; echo y=set > h/.profile; HOME=/w/h sh -lc 'echo $x$y'; sh -o pipefail -c 'false | true'; echo $?; sh -eo pipefail -c 'false | true; echo no'; echo $?
pkgs=(bash curl); [[ ${#pkgs[@]} -gt 0 ]] && echo add "${pkgs[@]}"; for i in "${!pkgs[@]}"; do echo "$i=${pkgs[$i]}"; done; [[ " ${pkgs[*]} " == *" curl "* ]] && echo has
`

// TestInputOfCommands compares "< <(…)" with a Bash of the machine: it needs /dev/fd, which the root of the other tests does not have.
func TestInputOfCommands(t *testing.T) {
	const program = "/bin/bash-static"
	if _, err := os.Stat(program); err != nil && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	a := mustBeRecorded(t)
	lines := strings.Split(strings.Trim(inputLines, "\n"), "\n")
	r := rand.New(rand.NewPCG(*randomSeed, 1))
	for range 100 * *randomTimes {
		lines = append(lines, randomInputs(r))
	}
	refused := 0
	for _, line := range lines {
		want, _ := exec.Command(program, "-c", line).Output()
		got := interpretIn(a.base, scriptCase{script: "/bin/bash -c " + Quote(line)})
		if errors.As(got.problem, new(*UnsupportedError)) {
			if refused++; refused > len(lines)/10 {
				t.Errorf("%s: %v", line, got.problem)
			}
			continue
		}
		if got.problem != nil || got.stdout != string(want) {
			t.Errorf("%s\nbash   %q\nlamina %q, %v", line, want, got.stdout, got.problem)
		}
	}
}

const inputLines = `
cat <(echo hi) <(echo a; echo b); diff -q <(echo a) <(echo a); echo $?; diff -q <(echo a) <(echo b) >/dev/null; echo $?; echo <(true) <(true); grep -c . <(printf 'x\ny\n')
source <(echo 'y=5; f() { echo f$1; }'); echo $y; f 3; . <(printf 'z=%s\n' "$y"); echo $z; g() { cat "$1"; cat "$1"; echo end; }; g <(echo once); while read -r l; do echo "[$l]"; done < <(sort <(printf 'b\na\n'))
comm -12 <(printf 'a\nb\n') <(printf 'b\nc\n'); paste <(seq 2) <(seq 3 4); sort -m <(echo 1) <(echo 0); head -n1 <(seq 5); wc -l < <(seq 3); x=$(cat <(echo sub)); echo $x; [ -e <(true) ] && echo e; [ -f <(true) ] || echo nof
set -e; cat <(false; echo go on); n=0; cat <(n=1; echo $n); echo $n; bash -c 'cat "$0" "$1"' <(echo one) <(echo two); sh -c 'cat "$1"' x <(echo three); awk '{ print NR, $0 }' <(echo awk); sed s/a/b/ <(echo aaa); tar -tf <(cd /etc; tar -cf - passwd); cat < <(cat <(echo x)) <(echo y)
a=("x y" z); printf '<%s>\n' "${a[@]}" <(:) | head -n2; mapfile -t m < <(cat <(echo l1) <(echo l2)); echo "${m[1]}"; cat <(cat <(cat <(echo deep))); for i in 1 2; do cat <(echo $i); done; f() { local p=$1; cat $p; }; f <(echo fun)
mapfile -d '' -t a < <(printf 'x y\0z\0'); echo "${#a[@]} ${a[0]}"; mapfile -t -d : a <<< "p:q:r"; echo "${#a[@]} <${a[2]}>"; mapfile -d : a <<< "p:q"; echo "${#a[@]} <${a[0]}><${a[1]}>"; mapfile -td '' a < <(printf 'x\0\0z'); echo "${#a[@]} <${a[1]}><${a[2]}>"
while IFS= read -r -d '' f; do echo "<$f>"; done < <(printf 'a\nb\0c\0d'); echo "$f"; while read -r k v; do m[k$k]=$v; done < <(printf '1 x\n2 y z\n'); declare -A c; while IFS== read -r k v; do c[$k]=$v; done < <(printf 'n=1\nm=a=b\n'); echo "${c[n]} ${c[m]} ${!c[@]}"
while read -r a b; do n=$((n + a)); last=$b; done < <(printf '1 x\n2 y\n3 z\n'); echo $n $last; mapfile -t l < <(echo "a b"; echo end); echo ${#l[@]} "${l[0]}" "${l[-1]}"
read -r a < <(echo in; exit 3); echo $? $a; echo out | { cat < <(cat; echo more); cat; }; false; cat < <(echo $?); set -e; cat < <(echo a; false; echo b); echo end
`
