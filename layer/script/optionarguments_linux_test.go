package script

import "testing"

// TestOptionArguments: getopts sets OPTARG to nothing for an option without argument, which "set -u" then takes, and unsets it at the
// end and after an error unless the list of options begins with a colon.
func TestOptionArguments(t *testing.T) {
	compareWithBusybox(t, eachLine(`
while getopts ab: o -a -b x y; do echo "$o ${OPTARG-none} $OPTIND"; done; echo "$? $o ${OPTARG-none} $OPTIND"
OPTARG=old; while getopts :ab: o -c -b; do echo "$o ${OPTARG-none} $OPTIND"; done; echo "$? $o ${OPTARG-none} $OPTIND"
OPTARG=old; while getopts ab: o -c -b; do echo "$o ${OPTARG-none} $OPTIND"; done; echo "$? $o ${OPTARG-none} $OPTIND"
set -u; OPTARG=old; getopts a o; echo "$? $o ${OPTARG-none}"; getopts a o -a; echo "$? $o <$OPTARG>"; getopts a o -a; echo "$? $o ${OPTARG-none}"
set -u; while getopts 'vo:h' opt -v -o f -h rest; do case $opt in o) out=$OPTARG;; v|h) echo "$opt <$OPTARG>";; esac; done; echo $out $((OPTIND-1))
s() { echo "$? $o ${OPTARG-none} $OPTIND"; }; getopts ab: o -- -a; s; getopts ab: o x -a; s; OPTIND=1; OPTARG=q; getopts ab: o x; s
while getopts b:c: o -b '' -c; do echo "$o <${OPTARG-none}> $OPTIND"; done; echo "$? $o ${OPTARG-none}"
f() { local OPTARG=mine OPTIND=1 o; while getopts a o -a; do echo "$o <$OPTARG>"; done; }; f; echo "${OPTARG-none}"
`))
}

// TestOptionsAfterShift: "shift", and "set" with arguments, make getopts begin again, and leave OPTIND as it is until then.
func TestOptionsAfterShift(t *testing.T) {
	compareWithBusybox(t, eachLine(`
set -- -a -b x -c rest -a; while getopts ab:c o; do echo "$o $OPTIND"; done; shift $((OPTIND-1)); echo "$@"; shift; getopts ab:c o; echo "again $o $OPTIND"
s() { echo "$o $OPTIND"; }; set -- -ab x; getopts ab o; s; set -- -ab; echo $OPTIND; getopts ab o; s; getopts ab o; s; shift 0; getopts ab o; s
f() { while getopts ab o; do echo "f $o $OPTIND"; done; shift; }; set -- -a -b; getopts ab o; echo "$o $OPTIND"; f -b -a; getopts ab o; echo "$? $o $OPTIND"
set -- -a; getopts ab o -b -a; echo "$o"; set -- q; getopts ab o -b -a; echo "$o"; shift; getopts ab o -b -a; echo $o; set -e; getopts ab o -b -a; echo $o
`))
}
