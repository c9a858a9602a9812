package script

import "testing"

func TestOrdersOfSort(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sort -V one two
printf '%s\n' 1.10 1.9 1.09 1.1 | sort -V
printf '%s\n' vm-9 vm-11 vm-10 | sort -V
printf '%s\n' vm-9 vm-11 vm-10 | sort -Vr
printf '%s\n' a01 a1 a001 a10 a2 a0 a | sort -V
printf '%s\n' 000 00 01 010 09 0 1 9 10 | sort -V
printf '%s\n' 1.0 1.0-r1 1.0_rc1 1.0a 1.0.1 10.0 1.00 | sort -V
printf '%s\n' a-1 b-1 a-02 a-2 | sort -t- -k2V
printf '%s\n' a-1 b-1 a-02 a-2 | sort -t- -k2,2V -k1,1r
printf '%s\n' 2 10 1 | sort -Vu
printf '%s\n' 1 01 | sort -Vu
printf '%s\n' 3K 2M 1G 5 1k | sort -h
printf '%s\n' Feb jan MAR x Dec | sort -M
printf '%s\n' 1e3 20 -5 nan inf x 0x10 | sort -g
printf '%s\n' 'a b' ab 'a-b' | sort -i
printf '%s\n' 'abc 1' 'abd 2' 'aba 3' | sort -k1.3,1.3
printf '%s\n' 'abc 1' 'abd 2' 'aba 3' | sort -k1.1,1.2 -s
printf '%s\n' 'abc 1' 'abd 2' 'aba 3' | sort -k1.2
printf '%s\n' 'x:b c' 'y:a d' | sort -t: -k2.3
printf '%s\n' 'x:b c' 'y:a d' | sort -t: -k2.3,2.3
printf '%s\n' b a c | sort -m
printf '%s\n' a b | sort -C; echo $?
printf '%s\n' b a | sort -C; echo $?
printf '%s\n' b a | sort -c; echo $?
sort -T /tmp one; sort -S 1M one
sort -t '' one; sort -t ab one
printf '%s\n' a 'b' '' 1 -1 +1 1.5 .5 1e2 | sort -g
printf '%s\n' -inf nan x 0 | sort -g
printf '%s\n' 10K 9K 1.5K 1000 2000k 3m | sort -h
printf '%s\n' 'june 5' JUNK dec 'Mar' | sort -M
printf '%s\n' 1b 1a 1 01 | sort -V
printf '%s\n' x1y2 x1y10 x01y1 x1y02 | sort -V
printf '%s\n' 1.0.0 1.0 1. 1 | sort -V
printf '%s\n' foo-1.2.tar foo-1.10.tar foo-1.1.tar foo.tar | sort -V
printf '%s\n' 3.9.1 3.10.0 3.9.10 | sort -Vr | head -n 1
printf '%s\n' 3.9.1 3.10.0 3.9.10 | sort -V | tail -n 1
printf '%s\n' B a C | sort -fV
printf '%s\n' 'x 10' 'x 9' 'y 1' | sort -V -k2
printf '%s\n' 'x 10' 'x 9' 'y 1' | sort -V -k1,1 -k2,2r
printf '%s\n' a b | sort -kx
printf '%s\n' a b | sort -k1x
printf '%s\n' a b | sort -k0
printf '%s\n' a b | sort -k1,0
printf '%s\n' a b | sort -k 1.0
sort -cm one; sort -cu one
printf '%s\n' 'a  b' 'a c' | sort -k2
printf '%s\n' 'a  b' 'a c' | sort -bk2
printf '%s\n' 'a  b' 'a c' | sort -k2b
printf '%s\n' 'a  b' 'a c' | sort -k2.2
printf '%s\n' 'a  b' 'a c' | sort -k2.1b,2.1b
`))
}

// TestEndsOfKeys: busybox counts the last character of a key from the begin of the line, and takes "b" of an end for trailing space.
func TestEndsOfKeys(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%s\n' 'a  abc' 'b  abb' | sort -s -k2.1,2.5
printf '%s\n' 'a  abc' 'b  abb' | sort -s -k2.1,2.6
printf '%s\n' 'a:x:abc' 'b:y:abb' | sort -t: -s -k3.1,3.3
printf '%s\n' 'a:x:abc' 'b:y:abb' | sort -t: -s -k3.1,3.7
printf '%s\n' 'b x ' 'a x' 'c x  ' | sort -s -k2,3b
printf '%s\n' 'b x ' 'a x' 'c x  ' | sort -s -k2,3
printf '%s\n' 'b  x ' 'a x' 'c   x  ' | sort -s -k2b,3b
printf '%s\n' 'x ' ' x' 'x  y' 'x' | sort -b
printf '%s\n' 'x ' ' x' 'x  y' 'x' | sort -sb
printf '%s\n' 'x ' ' x' 'x  y' 'x' | sort -bu
printf '%s\n' 'b 2' 'a 10' | sort -n -k2,2b
printf '%s\n' 'b 2' 'a 10' | sort -r -k2,2b
printf '%s\n' '10:a b ' '9:a b' | sort -t: -k2,2bf -k1n
`))
}

// TestNumbersOfSort: -n takes all that strtod(3) does, also hexadecimal numbers and exponents.
func TestNumbersOfSort(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '%s\n' 0x1f 9 20 100 | sort -n
printf '%s\n' 0x 9 -1 0x1p4 | sort -n
printf '%s\n' inf 9 -inf 1e400 -1e400 | sort -n
printf '%s\n' 1e3 999 1e-3 0 | sort -n
printf '%s\n' infinity inf x 1 | sort -ns
printf '%s\n' '  7' '+5' '--3' -3 .5 5. . | sort -n
printf '%s\n' 0x10K 9K 1M | sort -h
`))
}
