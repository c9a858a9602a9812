package script

import "testing"

// Outside double quotes the arguments of "$@" and "$*" are parted as by a space in IFS: with a separator of IFS next to it that is
// one separator, and arguments that are empty leave no field.
func TestFieldsOfArguments(t *testing.T) {
	compareWithBusybox(t, inFixture(
		`p() { printf '<%s>' "$@"; echo; }; IFS=b; set a '' b; p $*:; p x$@y; p $@$@; p "$*" "$@"; p x"$@"y; p $@"$@"`,
		`p() { printf '<%s>' "$@"; echo; }; IFS=:; set : a; p $@; set a : b; p $@; set 'a:' 'b'; p $@; set 'a' ':b'; p $@; set 'a' '::b'; `+
			`p $*; set a:: b; p $*`,
		`p() { printf '<%s>' "$@"; echo; }; set 'a ' ' : b' ':' '' 'c'; IFS=' :'; p $* ; p x$*y; IFS=; p $*; p x$*y; unset IFS; p $*; p x$*y`,
		`p() { printf '<%s>' "$@"; echo; }; set '' '' a ''; for IFS in : '' ' '; do p $@; p x$@ $@x; p "x"$@"y"; p "$@"x; p $@"x" ; p x"$@"y$@; done`,
		`p() { printf '<%s>' "$@"; echo; }; set '' ''; for IFS in : '' ' '; do p $@; p ''$@; p $@''; p x$@ $@x; p "$@$@"; p $@$@''; done`,
		`p() { printf '<%s>' "$@"; echo; }; set a:b '' c; IFS=:; p ${1+$@}; p ${u-$@}; p ${@:2}; p ${u:-x$@:}; v=$@; p "$v"; v="$@"; p "$v"; `+
			`for i in $@:; do p $i; done`,
		`IFS=:; set -- /usr/bin: '' /bin; for dir in $@; do echo "<$dir>"; done; set -- $*; echo $#; IFS=,; echo "$*"; set -- $*; echo $# "$1"`,
	))
}

// TestAlternativesOfArguments: the arguments of "${@:+word}" are null if nothing is left when they are joined by the first byte of IFS.
func TestAlternativesOfArguments(t *testing.T) {
	compareWithBusybox(t, inFixture(
		`p() { printf '<%s>' "$@"; echo; }; set '' ''; for IFS in ' ' '' :; do p "${@:+q}" "${*:+q}" ${@:+q} ${*:+q}; v=${@:+q}; p "$v"; done`,
		`p() { printf '<%s>' "$@"; echo; }; set ''; for IFS in ' ' '' :; do p "${@:+q}" ${*:+q}; p "${@+q}" ${*+q}; shift; p "${@+q}" ${*+q} "${@-q}"; done`,
		"set '' ''\nIFS=; for i in ${*:+q}; do echo $i; done; cat <<E\n${@:+q} ${*:-d} $@ $*\nE",
		`p() { printf '<%s>' "$@"; echo; }; set a ''; for IFS in ' ' '' :; do p "${@:+q}" "${*:+q}" ${@:+"$@"} "${@:-d}" ${*:-d}; v=${*:+$*}; p "$v"; done`,
	))
}
