package script

import "testing"

// A file that "." reads begins like a script: "set -e" ends the shell at its commands, also where the status of "." is asked for.
func TestErrorsInFilesThatAreSourced(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo 'echo a; false; echo b' > s; set -e; . ./s || echo or; echo no
echo 'echo a; false; echo b' > s; set -e; if . ./s; then echo then; fi; echo no
echo 'echo a; false; echo b' > s; set -e; ! . ./s; echo no
echo 'echo a; false; echo b' > s; set -e; . ./s && echo and; echo no
echo 'echo a; false; echo b' > s; set -e; f() { . ./s; }; f || echo or; echo no
echo 'echo a; false; echo b' > s; set -e; (. ./s) || echo or; echo yes
echo 'echo a; false; echo b' > s; set -e; while . ./s; do break; done; echo no
echo 'echo a; false; echo b' > s; . ./s || echo or; echo $?
echo 'echo a; false; echo b' > s; set -e; eval . ./s || echo or; echo no
echo 'echo a; false; echo b' > s; set -e; sh ./s || echo or; sh -e ./s || echo or; echo yes
echo 'f() { echo a; false; echo b; }' > s; set -e; . ./s; f || echo or; echo yes
echo 'set -e; false; echo b' > s; . ./s || echo or; echo no
echo '[ -n "$x" ] && echo x; echo a' > s; set -e; . ./s; echo yes
echo 'return 3' > s; set -e; . ./s || echo $?; echo yes
echo 'trap "echo T" EXIT; false' > s; set -e; . ./s || echo or; echo no
for i in 1 2; do echo 'echo a; break; echo b' > s; . ./s; echo no; done; echo $i
f() { echo 'echo $1; set -- x; return 2; echo b' > s; . ./s; echo $? $1; }; f q
`))
}

// getopts has a place of its own in each function, as the arguments are.
func TestGetoptsInFunctions(t *testing.T) {
	compareWithBusybox(t, eachLine(`
f() { while getopts xy: o; do echo f$o$OPTARG; done; }; f -x; f -x -y1; OPTIND=1; f -x
getopts a o -a; f() { getopts b o -b; echo $? $o $OPTIND; }; f; echo $OPTIND
f() { OPTIND=1; while getopts x o "$@"; do echo f$o; done; }; f -x -x; f -x; echo $OPTIND
f() { local OPTIND; while getopts x o "$@"; do echo f$o; done; }; f -x -x; f -x; echo $OPTIND
f() { local OPTIND=1 o; while getopts x o; do echo f$o; done; shift $((OPTIND-1)); echo "$@"; }; f -x a; f -x -x b
f() { while getopts x o; do echo f$o; done; }; while getopts ab o -a -b; do f -x; echo $o; done
while getopts ab o -ab; do (getopts a o -a; echo in $o $OPTIND); echo $o $OPTIND; done
f() { getopts ab o -ab; echo $o $OPTIND; getopts ab o -ab; echo $o $OPTIND; }; f; f
usage() { echo usage; exit 2; }; main() { while getopts n:v o; do case $o in n) name=$OPTARG;; v) v=1;; *) usage;; esac; done; shift $((OPTIND-1)); `+
		`echo "$name $v $*"; }; main -v -n x a b; main -n y c; main -z
f() { getopts a o -a; g; getopts a o -a; echo $? $OPTIND; }; g() { getopts b o -b; }; f
OPTIND=2; getopts ab o -a -b; echo $o $OPTIND; OPTIND=0; getopts a o -a; echo $? $o $OPTIND; unset OPTIND; getopts a o -a; echo $? $o
`))
}

// A program whose "#!" line names what is missing is not found.
func TestInterpretersThatAreMissing(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '#!/bin/bash\necho hi\n' > s; chmod +x s; ./s; echo $?
printf '#!/bin/bash\necho hi\n' > s; sh s; . ./s
printf '#!/usr/bin/env bash\necho hi\n' > s; chmod +x s; ./s; echo $?
printf '#!/usr/bin/env sh\necho env $1\n' > s; chmod +x s; ./s q; echo $?
printf '#!/bin/dash\necho hi\n' > s; chmod +x s; ./s || echo or $?
printf '#!sh\necho hi\n' > s; chmod +x s; ./s; echo $?
printf '#!/bin/sh\r\necho hi\r\n' > s; chmod +x s; ./s; echo $?
printf '#!/bin/ash -eu\necho "$1" $x\necho no' > s; chmod +x s; ./s q; echo $?
printf '#!/bin/busybox sh\necho hi $1\n' > s; chmod +x s; ./s q; echo $?
printf '#! /bin/sh   \necho hi $1\n' > s; chmod +x s; ./s q; PATH=/w:$PATH; s r; echo $?
printf '#!/bin/bash\necho hi\n' > ls; chmod +x ls; PATH=/w:$PATH; ls; echo $?; set -e; ls; echo no
`))
}
