package script

import "testing"

func TestExprNumbers(t *testing.T) {
	compareWithBusybox(t, eachLine(`
expr 9223372036854775807 + 1
expr 9223372036854775808
expr 9223372036854775808 + 0
expr 9223372036854775807 '*' 2
expr -9223372036854775808 / -1
expr -9223372036854775808 % -1
expr -9223372036854775808 - 1
expr -- 1 + 1
expr -- a
expr --
expr -- -- a
expr -1 + 1
expr 1 + --
expr abc : 'a\(.\)c' : b
expr 99999999999999999999 = 99999999999999999999
expr 99999999999999999999 '<' 5
expr a '<' b; expr 10 '<' 9; expr 010 '=' 8
expr 0x10 + 1
expr 1 '&' 0; expr 0 '|' ''; expr '' '|' 0
expr length abc; expr length ''; expr substr abc 2 1; expr index abc c; expr match abc 'a'
expr substr abc 0 1; expr substr abc 2 99; expr substr abc -1 2; expr quote +
expr + 1
expr a : ; expr : a
expr '(' 1 + 2 ')' '*' 3
expr '(' 1
expr ')'
expr 5 % -3; expr -5 % 3
expr -9223372036854775809 + 0
expr -9223372036854775809 = -9223372036854775808
expr 99999999999999999999 = 99999999999999999998
expr 9223372036854775807 '*' 9223372036854775807
expr -9223372036854775807 - 2
expr -9223372036854775808 % -1; echo a
expr 99999999999999999999 '|' 1
expr - + 1
expr -- 1
expr -1a + 1
expr '' + 1
expr ' 1' + 1
expr '1 ' + 1
expr 1 + ' 1'
expr +1 + 1
expr 00 '|' x
expr -0 '|' x
expr 0x0 '|' x
expr substr abcdef ' 2' 3
expr substr abcdef 2x 3
expr substr abcdef +2 3
expr substr abcdef 99999999999999999999 3
expr abc : abc; expr abc : b; expr abc : 'ab\(c\)'; expr abc : 'x\(c\)'; expr abc : '\(x\)*abc'
expr length; expr length a b
expr index abc xyzc; expr index abc ''
expr match abc 'a\(.\)'
expr quote length
expr quote
expr 1 + 2 3
expr 3 '>=' 3 '&' 2
expr '(' ')' 
expr a '|' b '&' ''
`))
}

func TestSeqNumbers(t *testing.T) {
	compareWithBusybox(t, eachLine(`
seq 0x10 0x12
seq 0x3
seq 1 0x3
seq -3
seq 3 -1 1
seq 3 1
seq 1.5 3
seq 1 .5 2
seq 1e2 101
seq 010 012
seq -w 8 10
seq -s, 3
seq -w 08 10
seq 1 2 3 4
seq a
seq ''
seq ' 1' 2
seq 1x
seq -1 1
seq -w -1 1
seq -s '' 3
seq +2
seq 1 +3
seq -5 -3
seq 0x3 -1 1
seq -w 0x8 0xa
seq -w 010 012
seq +1 +2
seq 1 +1 3
seq 00 01
seq -w 0 010
seq -w 01 2
seq -w 1 2 010
seq -- -1 1
seq 2 -1 -2
seq -w 2 -1 -2
seq -w -- -2 12
seq -w -- -10 5 10
seq .5
seq 0.1 0.2 0.7
seq -w 8.5 10
seq 1.0 2
seq 1. 2
seq 1 2.5
seq 0x1p2
seq nan
seq -w 1.25 0.5 10.25
seq 3 -.5 1
seq 5 1.5 4
seq 3 0 1
seq 1.50 2
seq 1 1.250 2
seq 1e0 2
seq 1.5e1 16
seq -w 9.50 1 11
seq -w 1 100.5
seq -w 1e1 11
seq -s: 1 .5 2
seq 1.23456789 2
seq .1 .1 .5
seq 1 1.5
seq 1 1.9999 3
`))
}

func TestTimesOfDate(t *testing.T) {
	compareWithBusybox(t, eachLine(`
date -u -d @-1 +%s
date -u -d @-86400 +%F
date -d @0 +%s
date -u -d '2020-01-01 00:00' +%s
date -u -d 2020-01-01 +%s
date -u -d 10:11 +%H:%M:%S
date -u -d 202001021304 +%s
date -u -d 01021304 +%m%d%H%M
date -u -d 010213042020.05 +%s
date -u -d @1.5 +%s
date -u -d '@ 5' +%s
date -u -d @x +%s
date -u -r one +%s
date -u -r nothing +%s
date -u -R -d @0
date -u -I -d @0; date -u -Iseconds -d @0; date -u -Ihours -d @0; date -u -Iminutes -d @0; date -u -Ins -d @0
date +x y
date x
date -u -d @0
date -u -d @-1 +%s; date -u -d @-86400 +%F; date -u -d @+5 +%s
date -Ins -u -d @0; date -Ix
date x; date +%s x
touch -d @-5 one; stat -c %Y one
touch -d @x one
date -u -d '' +%H:%M:%S
date -u -d now
date -u -d yesterday
date -u -d '1 day ago'
date -d 'Thu Jan 1 00:00:00 UTC 1970' -u +%s
date -u -d '2020-01-01T00:00:00' +%s
date -u -d '2020-01-01T00:00:00Z' +%s
date -u -d '2020-01-01 00:00:00 UTC' +%s
date -u -d '2020-1-1 1:2:3' +%s
date -u -d 2020.01.01-10:11:12 +%s
date -u -d 01.02-10:11 +%m%d%H%M
touch -d '2020-01-01 10:11:12' one; stat -c %Y one
touch -d 'x' one
touch -t 202001011011.12 one; stat -c %Y one
touch -t 2001011011 one; stat -c %Y one
touch -t x one
`))
}
