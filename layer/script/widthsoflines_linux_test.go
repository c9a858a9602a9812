package script

import "testing"

// fold counts columns, tabs and backspaces, or bytes with -b.
func TestWidthsOfFold(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'abcdef\tghi\n' | fold -w 10; printf 'abcdef\tghi\n' | fold -bw 7; printf 'ab cd\tef gh ij\n' | fold -s -w 5
printf 'ab cd\tef gh ij\n' | fold -bs -w 5; printf 'a\bb\bcdef\n' | fold -w 2; printf 'abc\rdef\n' | fold -w 2
printf 'abcdef' | fold -w 3; printf 'abcdef\n' | fold -w 3; printf 'abc\ndef\n' | fold -w 3; printf '\n\n' | fold -w 1
printf 'äöü€x\n' | fold -w 2; printf 'äöü€x\n' | fold -bw 2; printf '  leading blanks and words\n' | fold -sw 6
printf 'averylongwordwithoutablank x\n' | fold -sw 8; printf 'x averylongwordwithoutablank\n' | fold -sw 8
printf '\t\t\tx\n' | fold -w 8; printf '\t\t\tx\n' | fold -w 7; printf '\tx\n' | fold -sw 4
printf 'a\0b\0c\n' | fold -w 2 | od -c; fold -w 0 one; echo $?; fold -w -1 one; echo $?; fold -w x one; echo $?
fold -w one; echo $?; fold -3 one; echo $?; fold -w 1 -w 2 one; fold one nothing two -w 2; echo $?
fold -w 2 - one < two; fold -w 2 dir; echo $?; fold -w 99999999999 one; echo $?; fold -w 2147483648 one; echo $?
fold -w 2147483647 one; echo $?
`))
}

// Each line is measured on its own; a NUL ends one as well.
func TestTabsOfExpand(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf 'a\tb\n' | expand; printf 'a\tb\n' | expand -t4
printf 'a\tb\n' | expand --tabs=4
printf 'a\tb\n' | expand --tabs 4; printf ' \ta\tb\n' | expand -i -t 4; printf '\ta\tb\n' | expand --initial
printf '\t\ta\n' | expand -it3; printf 'a\tb\n' | expand -t 0; echo $?; printf 'a\tb\n' | expand -t 1
printf 'a\tb\n' | expand -t x; echo $?; printf 'a\tb\n' | expand -t -1; echo $?
printf 'a\tb\n' | expand -t 1,2; echo $?; printf 'a\tb\tc\n' | expand -4; echo $?; printf 'ä\tb\n' | expand -t 4
printf '€€\tb\n' | expand -t 4; printf '\377\tb\n' | expand -t 4 | od -c; printf 'a\bb\tc\n' | expand -t 4 | od -c
printf 'a\tb' | expand; echo .; printf 'a\0b\tc\n' | expand | od -c; expand one nothing two; echo $?
expand dir; echo $?; expand - one < two
`))
}

// -t and -a turn blanks within a line into tabs too, unless -f is given.
func TestTabsOfUnexpand(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '        a\n' | unexpand; printf '       a\n' | unexpand; printf '         a\n' | unexpand
printf '                a       b\n' | unexpand | od -c; printf '                a       b\n' | unexpand -a | od -c
printf '                a        b\n' | unexpand -a | od -c; printf 'a       b c\n' | unexpand -a | od -c
printf 'ab      c       d\n' | unexpand --all | od -c; printf 'a b\n' | unexpand -a -t 2 | od -c
printf 'a   b\n' | unexpand -t 4 | od -c; printf '    a   b\n' | unexpand -t 4 | od -c
printf '    a   b\n' | unexpand -f -t 4 | od -c; printf '    a   b\n' | unexpand --first-only -t 4 | od -c
printf '    a   b\n' | unexpand -a -f -t 4 | od -c; printf '  \ta\n' | unexpand | od -c
printf ' \t a\n' | unexpand -a | od -c; printf '\t  \tb\n' | unexpand -a -t4 | od -c
printf '        ä       b\n' | unexpand -a | od -c; printf '        ' | unexpand | od -c
printf '        \n' | unexpand | od -c; printf '    a\n' | unexpand -t 0; echo $?
printf '    a\n' | unexpand -t x; echo $?; printf '  a\n' | unexpand -t 1 | od -c
printf '        a\n' | unexpand --tabs=4 | od -c
unexpand nothing one; echo $?; unexpand -4 one; echo $?
`))
}

// Lines without a number get blanks for it and for the separator.
func TestNumbersOfNl(t *testing.T) {
	compareWithBusybox(t, eachLine(`
nl two; nl one two; nl empty; echo $?; nl nothing one; echo $?; nl dir; echo $?; printf 'a\n\nb\n' | nl
printf 'a\n\nb\n' | nl -ba; printf 'a\n\nb\n' | nl -bt; printf 'a\n\nb\n' | nl -bn
printf 'a\n\nb\n' | nl -b x; echo $?; printf 'a\n\nb\n' | nl -b ax; echo $?; printf 'a\n\nb\n' | nl -b '' ; echo $?
printf 'a\n\nb\n' | nl --body-numbering=a
printf 'a\nb\nc\n' | nl -i 5; printf 'a\nb\nc\n' | nl -i -5; printf 'a\nb\nc\n' | nl -i 0
printf 'a\nb\nc\n' | nl --line-increment=2 --starting-line-number=7
printf 'a\nb\nc\n' | nl -v 10; printf 'a\nb\nc\n' | nl -v -1; printf 'a\nb\nc\n' | nl -v x; echo $?
printf 'a\nb\nc\n' | nl -i x; echo $?; printf 'a\nb\nc\n' | nl -w x; echo $?; printf 'a\nb\nc\n' | nl -w 0; echo $?
printf 'a\nb\nc\n' | nl -w -3; echo $?; printf 'a\nb\nc\n' | nl -w 1 -v 99; printf 'a\nb\nc\n' | nl -w3 -s:
printf 'a\n\nc\n' | nl -w3 -s: ; printf 'a\n\nc\n' | nl -w3 -s::: ; printf 'a\n\nc\n' | nl -s '' | od -c
printf 'a\nb\nc\n' | nl --number-width=3 --number-separator=' | '
printf 'a\nb\n' | nl -p; printf '\\:\\:\\:\na\n\\:\\:\nb\n' | nl; printf 'a\nb' | nl; echo .
printf 'a\0b\nc\n' | nl | od -c; nl -v 2147483647 one; nl -v 2147483648 one; echo $?; nl -v 2147483646 one
nl -v 4294967295 one; echo $?
`))
}
