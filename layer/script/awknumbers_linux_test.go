package script

import "testing"

// Numbers, texts and fields in awk, with what it prints and reads.
func TestAwkNumbersAndTexts(t *testing.T) {
	compareNewShells(t, linesOf(`
awk 'BEGIN { printf "%5.2f|%-5d|%05d|%+.1e|%c|%c|%s|%i\n", 3.14159, 42, 42, 1234.5, 65, "hello", "x", 3.9 }'
awk 'BEGIN { printf "%d %d %d\n", "0x1A", "1e3", " 12abc" }'
awk 'BEGIN { printf "%x %X %o %u\n", -1, 255, 8, -1 }'
awk 'BEGIN { printf "%s %s\n", "a" }'; awk 'BEGIN { printf "%d\n" }'; awk 'BEGIN { printf "%z\n", 1 }'; awk 'BEGIN { printf "%" }'; awk 'BEGIN { printf "%5%|\n" }'
awk 'BEGIN { printf "%c%c%c", 256, 0, "" }' | od -c
awk 'BEGIN { printf "%.0f %.0f %.0f %g %g %g\n", 0.5, 1.5, 2.5, 1e100, 0.0001, 123456789 }'
awk 'BEGIN { print 1e6, 1e16, 1e17, 123456789012, 0.1+0.2, 1/3, 100000 * 10, -0, 1e300*1e300, -1e300*1e300, log(-1) }'
awk 'BEGIN { CONVFMT="%d"; a = 12.7; b = a ""; print b; OFMT="%.2f"; print 3.14159, 3.14159 ""; x[0.1]=1; for (i in x) print i }'
awk 'BEGIN { print substr("hello", 0), substr("hello", -1, 3), substr("hello", 2, 100), substr("hello", 1.5, 1.5), substr("hello", 6), substr("hello", 5, 0) "|" substr("hello", 2, -1) "|" }'
awk 'BEGIN { print index("abc", "c"), index("abc", ""), index("", "a"), index("aéb", "b"), length("é"), toupper("aé"), substr("aéb", 2, 1) }'
awk 'BEGIN { n = split("a b  c", a); print n, a[1], a[3]; n = split("", a); print n, a[1]; n = split(" a ", a, " "); print n; n = split(":a:", a, ":"); print n; n = split("abc", a, ""); print n, a[2]; n = split("a1b2c", a, /[0-9]/); print n, a[3]; n = split("a.b.c", a, "."); print n }'
awk 'BEGIN { s = "aaa"; print gsub(/a/, "b", s), s; s = "abc"; print gsub(//, "-", s), s; s = "hello"; print gsub(/l*/, "x", s), s; s = "abc"; print sub(/b/, "[&\\&&]", s), s; s = "a"; print gsub("a", "\\\\&", s), s; print gsub(/$/, "!", s), s; print gsub(/^/, ">", s), s }'
awk 'BEGIN { if (x == 0 && x == "") print "both"; if (!x) print "false"; if (x < 1) print "lt"; if ("" < "a") print "s"; y[1]; if (1 in y) print "in"; if (y[1] == 0) print "zero"; print length(x), x + 0, x "" }'
echo '10 9 abc 1e1 0x0A +5 5 " 5"' | awk '{ print ($1 > $2), ($1 == $4), ($1 == "10"), ($1 < $3), ($6 == $7), ($1 == 10.0), ($5 == 10), "10" == 10, "9" < 10, $1 < "9" }'
echo ' 10 | 010 ' | awk -F'|' '{ print ($1 == $2), ($1 == 10), $1 + $2, ($1 "" == $2 "") }'
awk -v a='x\ty' -v b='1e2' -v c='\\n' -v d='\"q\"' -v e='\101' 'BEGIN { print a, b + 0, b == 100, c, d, e }'
printf 'a|b\n' | awk -F'|' '{ print $2 }'; printf 'a||b\n' | awk -F'||' '{ print $2, NF }'; printf 'a.b\n' | awk -F. '{ print $2 }'; printf 'atbtc\n' | awk -Ft '{ print $2 }'; printf 'a\\b\n' | awk -F'\\' '{ print $2 }'; printf 'a b\n' | awk -F'[ ]' '{ print $2 }'; printf 'aXXb\n' | awk -FX+ '{ print $2 }'
printf 'l1\nl2\nl3\n' | awk 'NR == 1 { getline; print "got " $0; getline x; print x, $0, NR; r = getline; print r, $0 }'
awk 'BEGIN { "echo x y z" | getline; print $2, NF, NR; "echo q" | getline v; print v, NR; print (getline line < "one"), line; cmd = "cat one"; while (cmd | getline l) print "l=" l; close(cmd) }'
awk 'BEGIN { print 1 > 2 }'; cat 2; rm -f 2; awk 'BEGIN { print (1 > 2), 1 > "/tmp/o" "x" }'; ls /tmp; rm -f /tmp/o*
awk 'BEGIN { print -3 % 2, 3 % -2, 5.5 % 2, 2 ^ 3 ^ 2, -2 ^ 2, 2 ** 3, !1 + 1, 1 - -1, 1 " " -1, 2 " " 3 * 4, 1 / 4 }'
awk 'BEGIN { a = 5; print a++ + ++a, a--, --a, a += 2, a -= 1, a *= 3, a /= 2, a %= 5, a ^= 2; print a++ a, a-- - 1; $3 = "x"; print $0, NF; $(1+1)++; print; i = 1; $i++; print $0, i }'
awk 'BEGIN { delete a; a["x"]; delete a["x"]; print length(a), ("x" in a); a[1, 2] = 3; for (k in a) { split(k, p, SUBSEP); print p[1], p[2] }; if ((1, 2) in a) print "yes"; print (3 in a) }'
awk 'function f(a, b) { a[1] = 2; b = 3; return a[1] + b } BEGIN { print f(x, y), x[1], y; print f(x) }'; awk 'function f(n) { return n <= 1 ? 1 : n * f(n - 1) } BEGIN { print f(10), f(20) }'; awk 'function f() { return } BEGIN { x = f(); print "[" x "]", x + 0 }'
awk 'BEGIN{exit 3} END{print "end"}'; echo $?; awk 'BEGIN{exit} END{exit 4}'; echo $?; awk '{exit 2} END{print NR}' one; echo $?; awk 'END{print $0, NF}' one; awk 'BEGIN{exit "5x"}'; echo $?; awk 'BEGIN { exit -1 }'; echo $?
awk 'NR==2,NR==3' one; awk '/one/,/two/{print NR": "$0}' one; awk '/two/,/nosuch/' one; awk 'NR==1,NR==1; NR==3' one; awk '!/two/' one; awk '$0 = NR' one; awk 'NR%2' one; awk '"0"' one; awk '0' one; awk '""' one; awk '" "' one | head -1
awk '{ $2 = ""; print; print NF }' two; awk '{ NF = 1; print }' two; awk '{ $5 = "e"; print; print NF }' OFS=- two; awk '{ $0 = "x y z"; print $2, NF; $1 = $1; print }' OFS=: two | head -2; awk 'BEGIN { $0 = "a b c"; NF = 2; print $0, $3; $7 = "g"; print; print NF }'; awk '{ print $(-1) }' two; awk '{ print $NF-1, $(NF-1) }' two
awk 'BEGIN { ORS = "|"; OFS = "," } { print $1, NR } END { printf "\n" }' two; awk '{ print FILENAME, FNR, NR }' one two; awk 'END { print NR, FILENAME }' one two; awk 'BEGIN { print FILENAME "|" NR "|" NF }'; awk '{ print ARGC, ARGV[1], ARGV[0]; exit }' one x=1; awk 'BEGIN { ARGV[1] = "two"; ARGC = 2 } { print; exit }' one; awk 'BEGIN { delete ARGV[1] } { print; exit }' nosuch one
awk 'BEGIN { print ENVIRON["HOME"], ENVIRON["nosuch"] "|"; x = "A"; printf x "\n"; print length(ENVIRON) > 0 }'; ls 0; rm -f 0; awk 'BEGIN { print toupper(substr("abc", 2)), tolower("ÀB") ; print substr("x", 1, 1) substr("y", 1) }'
awk 'BEGIN { a = "x"; a = a a; print a a; print a" "a; print(a)(a); print (1)(2), (1) (2); print -1 -1; print 1 -1; print "a" -1; print 2 * 3 "x" 4 }'
awk 'BEGIN { print length("a" "bc"); print substr("hello", length("ab")); print index("foobar", "o" "b"); print 010 + 0, 0x10 + 0, 1e2 + 0, .5 + .5, 1. + 1, "0x10" + 0, "1e2x" + 0, "+5" + 0, "- 5" + 0, ".5." + 0 }'
awk 'BEGIN { s = "foo.bar"; gsub(".", "x", s); print s; s = "foo.bar"; gsub("\\.", "x", s); print s; s = "a/b"; gsub("/", "\\/", s); print s; s = "abab"; print gsub(/b|a/, "&&", s) s; s = "x"; sub(/x/, "\\\\\\&", s); print s; s = "aé"; gsub(/./, "<&>", s); print s; print match("xxabc", /b/), RSTART, RLENGTH, match("a", /z/), RSTART, RLENGTH, match("abc", ""), RLENGTH }'
awk 'BEGIN { IGNORECASE = 1; if ("ABC" ~ /abc/) print "i"; $0 = "aXbxc"; FS = "x"; $0 = $0; print $1, NF; print toupper(x) "|" }'; awk 'BEGIN { if (!("x" in a)) print "no"; a["x"]; if ("x" in a) print "yes"; if (a["y"] == "") print "e"; print length(a) }'
awk 'BEGIN { print substr("hello", "2"), substr(12345, 2, 3), substr("abc", "x"), substr("abc", 1e10), substr("abc", -1e10, 1e10 + 3), substr("abc", 0, 2) }'
awk 'BEGIN { x["a"] = 1; x = 2 }'; echo $?; awk 'BEGIN { x = 2; x["a"] = 1 }'; echo $?; awk 'function f(a) { a["k"] = 1 } BEGIN { f(z); print z["k"]; f("s") }'; echo $?; awk 'BEGIN { print length(x); x[1]; print length(x) }'; echo $?
`))
}

// Signs in exponents, and arrays that a function makes of a variable it was given.
func TestAwkExponentsAndParameters(t *testing.T) {
	compareNewShells(t, linesOf(`
awk 'BEGIN { print 2 ^ 3 ^ 2, 2 ** 3 ** 2, -2 ^ 2, 2 ^ -1 ^ 2 }'
awk 'function f(a, b) { b[1] = 2; return a } BEGIN { f("a", x); print length(x); for (k in x) print k, x[k] }'
awk 'function f(a, b) { b[1] = 2; return a } BEGIN { f("a", $1); n = 0; for (k in x) n++; print n }'
awk 'function f(a, b) { b[1] = 2; return a } BEGIN { f("a", n); n++; print n }'
awk 'function f(a, b) { b[1] = 2; return a } BEGIN { print f("a", n), n++, n }'
awk 'function f(a, b) { b[1] = 2 } BEGIN { f("a", n); print n + 1; n = 5; print n }'
awk 'function f(b) { b[1] = 2 } BEGIN { f(n); if (n == 0) print "z"; n += 2; print n }'
awk 'function f(b) { b[1] = 2; b[2] = 3 } BEGIN { f(n); s = n "x"; print s, length(n); for (i in n) print i }'
awk 'function f(b) { b[1] = 2 } BEGIN { n = 3; f(n); print n }'
awk 'function f(b) { b = 2 } BEGIN { f(n); n[1] = 1; print n[1] }'
awk 'function f(b) { g(b) } function g(c) { c["x"] = 1 } BEGIN { f(n); print n["x"]; n = 1 }'
awk 'BEGIN { n[1] = 1; n++; print n }'
awk 'BEGIN { n[1] = 1; print n }'
awk 'BEGIN { n[1] = 1; n = ""; print "x" n }'
awk 'BEGIN { split("a b", n); print n + 0, n "" }'
awk 'BEGIN { print 2 ^ -2 ^ 3 ^ 2, 2 ^ - -1 ^ 2, 2 ^ !0 ^ 3, 2 ^ -1 * 4, 3 ^ +1 ^ 2 + 1, 2 ^ -1 ^ -1, x = 2 ^ -2 }'
awk 'BEGIN { a = 2; print a ^ -a++ ^ 2, a; print a ^ -$1, -a ^ -1 ^ 2, 1 - 2 ^ -1 ^ 2 " " 3 }'
`))
}
