package script

import (
	"errors"
	"strings"
	"testing"
)

// Lists in the words of expansions, and directories by "~+" and "~-".
func TestBashListsInWords(t *testing.T) {
	compareBash(t, linesOf(`
p() { printf '<%s>' "$@"; echo; }; IFS=' '; set -- a b; y=1; p ${y:+$@}; p ${y+$*}; p "${y:+$@}"; p ${z-$@}; p ${z:-$*}; v=$*; p "$v"; v=$@; p "$v"
p() { printf '<%s>' "$@"; echo; }; IFS=,; set -- a b; v=$*; p "$v"; v=$@; p "$v"; export w=$*; p "$w"; export w=$@; p "$w"; v="$@"; p "$v"; v=${z-$*}; p "$v"; v=${z-$@}; p "$v"; declare u=$*; p "$u"; f() { local q=$*; p "$q"; local r=$@; p "$r"; }; f 1 2
p() { printf '<%s>' "$@"; echo; }; set --; p "${@:+}"; p "${@:+x}"; p "${@+x}"; p "${@:-}"; p "${@-}"; set -- a; p "${@:+}"; p "${@:-}"; p "${@+}"; set -- ''; p "${@:+}" 1; p "${@:-}" 2; p "${@+}" 3; p "${@-}"; p "x${@:+}"
p() { printf '<%s>' "$@"; echo; }; a=(); p "${a[@]:+}"; p "${a[@]:+x}"; p "${a[@]+x}"; p "${a[@]:-}"; p "${a[@]-}"; a=(1); p "${a[@]:+}"; p "${a[@]:-}"; p "${a[@]+}"; p "${a[@]:1}"; p "${a[@]:+${a[@]}}"
cd /etc; cd /w; echo ~- ~+ ~-/x ~+/y a~- "~-" ~-x; v=~-:~+/z; echo $v; unset OLDPWD; echo ~- ~+
case ~+ in $PWD) echo same;; esac; cat < ~+/one | head -1; echo ~-/one > /dev/null; unset PWD; echo ~+
set --; set -- "${@:+}"; echo $#; set --; set -- "${@:+x}"; echo $#; set --; set -- "${@+x}"; echo $#; set --; set -- "${@+}"; echo $#; set --; set -- "${@:-}"; echo $#; set --; set -- "${@-}"; echo $#
set -- ''; set -- "${@:+}"; echo $#; set -- ''; set -- "${@:+x}"; echo $#; set -- ''; set -- "${@+x}"; echo $#; set -- ''; set -- "${@+}"; echo $#; set -- ''; set -- "${@:-}"; echo $#; set -- ''; set -- "${@-}"; echo $#
set -- a; set -- "${@:+}"; echo $#; set -- a; set -- "${@:+x}"; echo $#; set -- a; set -- "${@+x}"; echo $#; set -- a; set -- "${@+}"; echo $#; set -- a; set -- "${@:-}"; echo $#; set -- a; set -- "${@-}"; echo $#
set -- a b; set -- "${@:+}"; echo $#; set -- a b; set -- "${@+}"; echo $#; set -- '' ''; set -- "${@:+}"; echo $#;  set -- '' ''; set -- "${@+}"; echo $#
a=(); set -- "${a[@]:+}"; echo $#; set -- "${a[@]:+x}"; echo $#; set -- "${a[@]+x}"; echo $#; set -- "${a[@]:-}"; echo $#; set -- "${a[@]-}"; echo $#; a=(''); set -- "${a[@]:+}"; echo $#; set -- "${a[@]+}"; echo $#; set -- "${a[@]:-}"; echo $#; a=(1 2); set -- "${a[@]:+}"; echo $#; set -- "${a[@]+}"; echo $#; set -- "${a[@]:5}"; echo $#
`))
}

// Lengths of lists with "set -u", and what scripts of Bash do with arrays, patterns, functions and options.
func TestBashLengthsAndScripts(t *testing.T) {
	compareBash(t, linesOf(`
set -u; b=(); echo "${#b[@]}"; echo yes
set -u; b=(1); unset b[0]; echo "${#b[@]}"; echo yes
set -u; unset x; echo "${#x}"; echo no
set -u; echo "$#" "${#@}" "${#*}"; echo yes
set -u; echo "${a[@]}" "${a[*]}" "${!a[@]}" "${a[@]:1}" "${a[@]%x}"; echo yes
set -u; echo "${a[0]}"; echo no
true | false | true; set -u; echo "${#PIPESTATUS[@]}"; [[ abc =~ (b)(c) ]]; echo "${#BASH_REMATCH[@]}"; read -ra w <<< "a b"; echo ${#w[@]}; mapfile -t m < /dev/null; echo ${#m[@]}; read -ra e <<< ""; echo ${#e[@]}
set -u; a=(1 2); echo "${#a[@]} ${#a[0]} ${#a}"; declare -A m=([x]=yy); echo "${#m[@]} ${#m[x]}"; unset 'a[0]' 'a[1]'; echo "${#a[@]}"; a+=(z); echo "${#a[@]}"
declare -a a; a[2]=x; set -u; echo "${#a[@]}"; f() { local -a l=(); l+=(q); echo "${#l[@]}"; }; f; set +u; echo "${#none[@]} ${#none[0]}"
set -u; declare -A m=(); echo ${#m[@]}; declare -A n; n[a]=1; unset 'n[a]'; echo ${#n[@]}; declare -a p; p+=(x); echo ${#p[@]}; declare -a q=(); echo ${#q[@]}; x=5; declare -a x; echo ${#x[@]} ${x[0]}; declare -a r; r=(); echo ${#r[@]}
a=(1 2 3); unset a[1]; echo ${a[@]} ${#a[@]} ${!a[@]}; a+=(4); echo ${!a[@]}; a=("${a[@]}"); echo ${!a[@]}; b=("${a[@]/#/x}"); echo ${b[@]}; echo ${a[@]:1:2} ${a[-1]} ${a: -1}; echo "${a[@]@Q}"
[[ abc =~ (b)(c)? ]] && echo "${BASH_REMATCH[@]}"; [[ "a b" =~ " " ]] && echo sp; re='^[0-9]+$'; [[ 123 =~ $re ]] && echo num; [[ x =~ "$re" ]] || echo lit; [[ 'a.b' =~ a\.b ]] && echo dot; [[ $'a\nb' =~ a.b ]] && echo nl
for ((i=0;i<3;i++)); do ((i==1)) && continue; echo $i; done; ((x=5,y=x*2)); echo $y; ((0)) || echo false; (( 5 > 3 )) && echo t; let z=3+4; echo $z; echo $((z**2)) $((16#ff)) $((z>5?1:0)); i=5; ((i+=2)); echo $i; echo $((i++ + 1)) $i
set -euo pipefail; f() { false | true; echo no; }; trap 'echo "err $? line $LINENO"' ERR; f; echo no
set -e; f() { local x=$(false); echo local-ok; }; f; x=$(false) || echo or; if ! y=$(false); then echo if; fi; g() { false; echo g; }; g || true; ( false; echo sub ) || echo subfail; false; echo no
getopts_() { local OPTIND o; while getopts ":ab:" o; do case $o in a) echo A;; b) echo "B $OPTARG";; :) echo "missing $OPTARG";; \?) echo "bad $OPTARG";; esac; done; shift $((OPTIND-1)); echo "rest $*"; }; getopts_ -a -b x -c y; getopts_ -b; getopts_ -ab z w
arr=(c a b); IFS=$'\n' sorted=($(sort <<<"${arr[*]}")); unset IFS; echo "${sorted[@]}"; printf '%s\n' "${arr[@]}" | sort | paste -sd,; joined=$(IFS=,; echo "${arr[*]}"); echo $joined; for i in "${!arr[@]}"; do echo "$i=${arr[i]}"; done; [[ " ${arr[*]} " == *" a "* ]] && echo has
x=abc; [[ -n $x && $x == a* || -z $x ]] && echo 1; [[ ! -e nosuch ]] && echo 2; [[ 10 -gt 9 ]] && echo 3; [[ 10 > 9 ]] || echo 4; [[ -v x ]] && echo 5; [[ a != b ]] && echo 6; [[ $x = ??? ]] && echo 7; [[ -f one && -r one && -s one ]] && echo 8; [[ one -nt two || one -ot two || one -ef link ]] && echo 9; [[ (a == a) && ! (b == c) ]] && echo 10; [[ "$x" == "a*" ]] || echo 11; [[ x -eq 0 ]]; echo $?
trap 'echo exit $?' EXIT; trap 'echo int' INT; (exit 3); echo $?; f() { trap 'echo ret' RETURN; }; ( trap 'echo sub' EXIT ); x=$(trap 'echo cs' EXIT; echo y); echo "$x"; kill -0 $$ && echo alive; exit 4
echo "${x:=1}" ${y:?missing} no
`))
}

// Quotes in patterns within here-documents quote, otherwise than in ash.
func TestBashPatternsInDocuments(t *testing.T) {
	compareBash(t, []string{
		"IFS=:; set -- a b; cat <<E\n$*|$@|${*}|${@}|${*:-z}|${@:-z}|${*%y}|${@%y}\nE",
		"y='a*b'; p='*'; cat <<E\n${y##\"*\"} ${y#\"$p\"} ${y##a\"$p\"} ${y##a$p} ${y#'a'} ${y##\"$p\"b} ${y%\"b\"} ${y##*\"b\"} ${y/\"*\"/-} ${y/\"$p\"/-} ${y//$p/-} ${y#\\a} ${y##a\\*}\nE",
		"y='a*b'; p='*'; echo \"${y##\"*\"} ${y#\"$p\"} ${y##a\"$p\"} ${y##a$p} ${y#'a'} ${y##\"$p\"b} ${y%\"b\"} ${y##*\"b\"} ${y/\"*\"/-} ${y/\"$p\"/-} ${y//$p/-} ${y#\\a} ${y##a\\*}\"",
		"y='[a]'; cat <<E\n${y#\"[\"} ${y#'['} ${y#\"[a]\"} ${y#[a]} ${y#\\[} ${y%\"]\"} ${y#\"${y%a]}\"} ${y#${y%a]}}\nE",
	})
}

// Bash joins the words of a list in ways of its own where IFS does not begin with a space, and in here-documents, and ends at lengths of what has no
// value: these are refused.
func TestBashListsThatAreRefused(t *testing.T) {
	const (
		unquoted = "line 1: a list without quotes here, where IFS does not begin with a space, is not supported"
		length   = "line 1: with set -u, the length of a list or element without a value is not supported: write name=() before it"
		document = "line 1: ${*} of words with spaces in a here-document is not supported in bash: use ${@}"
	)
	for line, want := range map[string]string{
		"IFS=,; set -- a b; echo ${none-$@}":                    unquoted,
		"IFS=,; set -- a b; echo x${1:+y$@}":                    unquoted,
		"IFS=,; a=(1 2); echo ${a[0]:+x${a[@]}}":                unquoted,
		"IFS=; set -- a b; export x=$*":                         unquoted,
		"set -u; echo ${#none[@]}":                              length,
		"set -u; declare -a a; if [ ${#a[@]} = 0 ]; then :; fi": length,
		"set -u; x=1; echo ${#x[*]}":                            length,
		"set -u; a=(); echo ${#a[0]}":                           length,
		"set -- a '' b; cat <<E\n$*\nE":                         document,
		"a=(' a' b); cat <<E\n${a[*]}\nE":                       document,
	} {
		_, err := runCommands(t, Options{}, "bash -c "+Quote(line))
		if !errors.As(err, new(*UnsupportedError)) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}
