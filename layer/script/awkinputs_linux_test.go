package script

import "testing"

// Fields of input look like numbers where only spaces and tabs follow the digits. Blanks alone are the number 0.
func TestNumbersOfInput(t *testing.T) {
	compareWithBusybox(t, batches(`
printf '5\r\n 7\t\r\n\v\n\t\n8 \n\v9\n' | awk '{ print ($0 == 5), ($0 == 7), ($0 == 8), ($0 == 9), ($0 == 0), ($1 == 5), ($0 ? "t" : "f") }'
echo 'a: :b:  :' | awk -F: '{ print ($2==0), ($4==0), ($5==0), ($5==""), ($2 < 1), ($9==0), $2+0 }'
echo 'a: :b:  :' | awk -F: '{ print ($2 ? "t" : "f"), ($5 ? "t":"f"); if (!$2) print "no"; x[$2]; print length($2) }'
echo ' 5 : 0x :+:-: .: 1e' | awk -F: '{ for (i=1;i<=NF;i++) print ($i==0), ($i==5), ($i ? "t":"f") }'
printf '5\na' | awk -v RS=a '$1 == 5 { print "t" } $0 == 5 { print "u" }'
printf '5\na' | awk -F: -v RS=a '$1 == 5 { print "t" } $0 == 5 { print "u" }'
awk 'BEGIN { x=" "; print (x==0), (x?"t":"f"); split("  :a", y, ":"); print (y[1]==0), (y[1]?"t":"f") }'
awk -v 'a=  ' 'BEGIN { print (a==0), (a?"t":"f") }'
awk -v 'a=5 ' 'BEGIN { print (a==5), (a?"t":"f") }'
printf '\n \n\t\nx\n' | awk '$0 { print NR } !$0 { print "no", NR }'
echo ' ' | awk -F x '{ print sprintf("%c", $1) "|", sprintf("%d", $1) }'
`))
}

// Keys are strings, also those that look like numbers.
func TestKeysOfArrays(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { x[9]; x[10]; x[1,2]; for (k in x) print (k < 10), (k > 5), (k + 0 < 10), (k == 9) }'
awk 'BEGIN { n = split("a b c d e f g h i j k l", y); for (i in y) if (i > m) m = i; print m }'
awk 'BEGIN { n = split("a b c d e f g h i j k l", y); for (i in y) if (i + 0 > m) m = i + 0; print m }'
awk 'BEGIN { x[0]; x["a"]; x[""]; x["00"]; x[" "]; for (k in x) print "[" k "]", (k == u), (k==0), (k ? "t" : "f"), (k == "0"), (k == 0.0) }'
awk 'BEGIN { x[0]; for (k in x) { if (k) print "t"; if (k + 0) print "u"; if (k == v[1]) print "v" } }'
`))
}

// Arguments that a format does not take are not evaluated.
func TestArgumentsOfFormats(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { printf "%s\n", "a", n++; print n + 0; printf "%d %d\n", 1; printf "%%\n", n++; print n + 0 }'
awk 'BEGIN { s = sprintf("x", x["k"], n++); for (k in x) print k; print s, n + 0 }'
awk 'BEGIN { s = sprintf("%s %s", n++, n++, n++); print s, n }'
awk 'function f(x) { print "f" x; return x } BEGIN { printf "%s|\n", f(1), f(2); printf "|\n", f(3) }'
echo a b | awk '{ printf "%s\n", $1, $2 = "c"; print }'
awk 'BEGIN { printf "%s %s\n", "a" }'
awk 'BEGIN { printf "%s" }'
`))
}

// In paragraphs newlines part fields and what split cuts; of parts at an expression there are no more than it has matches and one.
func TestPartsOfParagraphs(t *testing.T) {
	compareWithBusybox(t, batches(`
printf 'a\nb:c\n\nd\n' | awk -v RS= '{ n = split($0, y, ":"); print n; for (i=1;i<=n;i++) print i, y[i] }'
printf 'a\nb:c\n\nd\n' | awk -v RS= '{ n = split($0, y, /[:]/); print n; for (i=1;i<=n;i++) print i, y[i] }'
printf 'a\nb:c\n\nd\n' | awk -v RS= '{ print split($0, y, ""), split($0, y, " "), split($0, y, "b"), split($0, y, "::"), y[1] }'
printf 'a\nb:c\n\nd\n' | awk -v RS= '{ FS = ":"; n = split($0, y); print n, y[1], y[n] }'
printf 'a b\nc d\n\nd\n' | awk -F '[ \n]+' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a b\nc d\n\nd\n' | awk -F '[\n ]' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a  b\n c d \n\nd\n' | awk -F '  *' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a, b\nc, d, \nx,y\n\nd\n' | awk -F ', *' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a, b\nc, d, \nx,y\n\nd\n' | awk -F ', ' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a,b\nc\n\nd\n' | awk -F , -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf 'a, b, ' | awk -F ', ' -v RS= '{ print NF; for (i=1;i<=NF;i++) print i, $i }'
printf '10 20 30\n3.5 -2 1e3\n' | awk -F '. ' -v RS= 'END { $NF = "last"; print NF, $0 }'
printf '\n\n' | awk -v RS= '{ print NR, NF, "[" $0 "]" } END { print NR }'
printf '\n' | awk -v RS= '{ print NR, NF, "[" $0 "]" } END { print NR }'
printf '\n\na\n\n\n' | awk -v RS= '{ print NR, NF, "[" $0 "]" } END { print NR }'
printf '' | awk -v RS= '{ print NR, NF, "[" $0 "]" } END { print NR }'
printf ' \n\n' | awk -v RS= '{ print NR, NF, "[" $0 "]" } END { print NR }'
printf '\n' > f; printf 'a\n' > g; awk -v RS= '{ print FILENAME, NR, FNR }' f g f
seq 4 | awk 'BEGIN { getline; getline x } FNR == 1 { print "first", $0 } { print NR, FNR } END { print NR, FNR }'
seq 4 > f; seq 2 > g; awk 'BEGIN { getline } { print FNR, $0 }' f g
`))
}

// The remainder is what is left of x without whole multiples, of which 64 bits hold the number.
func TestRemainders(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { printf "%.17g %.17g %.17g %.17g %.17g %.17g\n", 5.3 % 0.1, -7 % 3, 7 % -3, 1e19 % 7, 0.3 % 0.1, -0.5 % 1 }'
awk 'BEGIN { printf "%.17g %.17g %.17g %.17g %.17g\n", 1e22 % 7, -1e22 % 7, 1e18 % 3, 9007199254740993 % 10, 1e300 % 1e-10 }'
awk 'BEGIN { x = 1e19; x %= 7; print x; x = "inf"; x += 0; print x % 3, 3 % x, -x % 3; y = -log(0); print y % 2, 2 % y }'
awk 'BEGIN { for (i = -3; i <= 3; i++) printf "%g %g %g|", i % 2, i % -2, i / 10 % 0.1; print "" }'
awk 'BEGIN { print 1 % 0 }'
awk 'BEGIN { x = 5; x %= 0 }'
`))
}
