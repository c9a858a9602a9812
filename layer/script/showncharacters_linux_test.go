package script

import "testing"

func TestShownCharacters(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\tb\001\200\177\n\n\nc' | cat -A; printf 'a\tb\n\nc' | cat -v; printf 'a\tb\n\nc' | cat -e; printf 'a\tb\n\nc' | cat -t; cat -vet one nosuch
i=0; while [ $i -lt 256 ]; do printf "\\$(printf %o $i)"; i=$((i+1)); done > all; cat -v all; cat -A all; cat -e all; cat -t all; cat -te all
arch; arch x; echo $?; groups; groups root; groups nobody root; echo $?; groups nosuch; echo $?; groups -- root; groups -x 2>/dev/null; echo $?; groups root -x; echo $?; groups --no root; echo $?
tty; echo $?; tty -s; echo $?; tty </dev/null; tty x; tty -z; echo $?; su nobody -s /bin/sh -c groups
stat -c %h dir one two . void; ulimit -n 64; echo $?; ulimit -c 0; echo $?
`))
}
