package script

import "testing"

// Operators work on the text of all arguments: those of "$*" are joined, while those of "$@" stay words.
func TestOperatorsOnAllArguments(t *testing.T) {
	compareWithBusybox(t, eachLine(`
set -- a b 'c d'; IFS=-; echo "${*#a}" "${*%d}" "${*/b/X}" "${*:2}" "${*:1:3}" "${*##*b}"
set -- a b 'c d'; IFS=; echo "${*#a}" "${*%d}" "${*/b/X}" "${*:2}" "${*:1:3}"
set -- a b 'c d'; unset IFS; echo "${*#a}" "${*%d}" "${*/b/X}" "${*:2}" "${*:1:3}"
set -- a b 'c d'; for i in "${@:2}"; do echo "[$i]"; done
set -- a b 'c d'; for i in "${@:1:3}" "${@: -1}" "${@:0:1}"; do echo "[$i]"; done
set -- a b 'c d'; for i in ${@:2} ${*:2}; do echo "[$i]"; done
set -- a b 'c d'; IFS=-; for i in ${*:2} ${@:2}; do echo "[$i]"; done
set -- a b 'c d'; x=${@:2}; echo "$x"; x=${*:2}; echo "$x"; x="${@:2}"; echo "$x"
set -- a b 'c d'; for i in x"${@:2}"y; do echo "[$i]"; done
set -- a; for i in "${@:1}" "${@#a}" "${@/a/b}" "${*%a}"; do echo "[$i]"; done
set --; for i in "${@:1}" "${@#a}" "${@/a/b}" "${*:2}"; do echo "[$i]"; done
set --; for i in "${@:2}"; do echo "[$i]"; done; for i in "$@"; do echo no; done
set -- a bb ccc; echo ${#@} ${#*} "${#@}" "${#*}"; IFS=; echo "${#*}" ${#*}; IFS=xy; echo "${#*}"
set -- é ü; echo ${#@} ${#*} "${#1}" ${#2}
set -- ; echo "${@-d}" "${*-d}" ${@+x} "${@:-d}" "${*:+y}" ${@:-z} ${1+"$@"}
set -u; echo "${@-d}" "${*+x}" $# "$@"
set -- ''; echo "${@-d}" "${*-d}" ${@+x} "${@:-d}" "${*:+y}" ${@:-z}
set -- '' ''; echo "${@:-d}" "${*:+y}" "${*:-q}"; IFS=; echo "${@:-d}" "${*:+y}" "${*:-q}"
g() { echo "[$#]"; }; f() { g ${1+"$@"}; g ${@+"$@"}; g "${@+$@}"; g "${@:+$@}"; }; f; f a 'b c'; f ''
set -- a:b c; IFS=:; for i in $*; do echo "[$i]"; done; for i in "$*" "${*}"; do echo "[$i]"; done
set -- "a b" c; echo "${*%% *}" "${*#* }" "${*// /_}"
`))
}
