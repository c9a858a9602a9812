package script

import "testing"

// getline stays at the end of a file, and length without parentheses stands before an operator or a value.
func TestGetlineAndLengthOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk '{ print length x }' one
awk '{ print length 1 }' one
awk '{ print length "x" }' one
awk '{ print length -1 }' one
awk '{ print length length }' one
awk '{ print length substr("ab", 1) }' one
awk 'function f() { return 3 } { print length f() }' one
awk '{ print length ~ 3 }' one
awk '{ print length ? 1 : 2 }' one
awk '{ print length (3) }' one
awk '{ y = length x; print y }' one
awk 'BEGIN { while (getline > 0) n++; print n; while (getline > 0) m++; print m, NR }' one two
awk 'NR == 3 { r = getline; print r, $0, NR, FILENAME } END { print NR, $0 }' one two
awk 'NR == 3 { r = getline x; print r, x, $0, NR } { print } END { print NR }' one two
awk '{ while ((getline l) > 0) n++; print n, l, $0, NR } END { print NR, n }' one two
awk 'BEGIN { print getline, $0; print getline, $0; print getline, $0; print getline, $0 } { print "main", $0 }' one two
awk 'BEGIN { while (getline > 0); print NR } { print "main", $0 } END { print NR }' one two
awk 'END { print getline, $0, NR }' one two
awk 'BEGIN { print getline, FILENAME; nextfile }' one two
awk 'FNR == 1 { print FILENAME; while (getline > 0) print "got", $0, FNR, NR }' one empty two
awk 'NR == 3 { getline; print v, $0 } ' one v=1 two
`))
	compareWithBusybox(t, batched([]string{
		"awk 'BEGIN { print getline, $0 }' empty one; awk 'BEGIN { print getline, $0 }' nosuch one; " +
			"awk 'BEGIN { print getline, $0 }' v=1 one; awk 'BEGIN { getline; print v }' v=1 one",
	}))
}

// These uses of awk are common in scripts: replacements, formats, arrays, functions and several files.
func TestScriptsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { x = "abc"; sub("b", "[\\&]", x); print x; x = "abc"; sub("b", "[\\\\&]", x); print x; x = "abc"; sub(/b/, "[&&]", x); print x }'
awk 'BEGIN { x = "a/b"; gsub("/", "\\/", x); print x; y = "a.b"; gsub(".", "\\.", y); print y; z = "a\\b"; gsub(/\\/, "/", z); print z }'
awk 'BEGIN { x = "aaa"; print sub(/a/, "b", x), gsub(/a/, "c", x), gsub(/z/, "y", x), x }'
awk 'BEGIN { x = "hello"; gsub(/l+/, "<&>", x); print x; gsub(/[aeiou]/, "", x); print x; gsub(/^/, ">", x); print x; gsub(/$/, "<", x); print x }'
awk 'BEGIN { x = "abc"; gsub("", "-", x); print x; y = ""; gsub(/^/, "x", y); print y; z = ""; print gsub(/x*/, "-", z), z }'
awk '{ gsub(/[ \t]+/, " "); gsub(/^ | $/, ""); print }' two
awk '{ gsub(/e/, "E", $1); print $1, NF }' two; awk '{ $2 = $2 + 1 } { print }' two; awk '{ $1 = $1 } 1' OFS=, two
awk '{ print substr($1, 2), substr($1, length($1)), substr($0, index($0, " ") + 1) }' two
awk '{ n = split($1, c, ""); for (i = n; i > 0; i--) printf "%s", c[i]; print "" }' two
awk 'BEGIN { s = sprintf("%d-%s-%5.2f", 3.9, "x", 2.345); print s, length(s); print sprintf("%c%c", 72, "ello"), sprintf("%%"), sprintf("") "|" }'
awk 'BEGIN { printf "%s %d %i %5d|%-5d|%05d %x %o %e %f %g\n", "s", "12abc", -3.9, 42, 42, 42, 255, 8, 12345.678, 1.5, 0.00001 }'
awk 'BEGIN { printf "%s\n", 1e6; printf "%s\n", 1000000; printf "%s\n", 0.1 + 0.2; printf "%s\n", 1e20; printf "%d\n", 1e18; printf "%s\n", 123456789012 }'
awk 'BEGIN { print 1e6, 1e5 + 0.5, 100000000000000000000, 2^31, 2^53, 2^63, 1/7, -1/7, 1e-10, 1.0, 10 / 2, "1.50" + 0, 017, "017" + 0 }'
awk 'BEGIN { print length("héllo"), toupper("héllo"), substr("héllo", 2, 2), index("héllo", "l"), match("héllo", /l+/), RSTART, RLENGTH }'
awk 'BEGIN { a["x"] = 1; a["y"] = 2; for (k in a) n++; print n; delete a["x"]; for (k in a) print k, a[k]; if (!("x" in a)) print "gone"; print length(a) }'
awk 'BEGIN { a[1]; a["1"]; a[1.0]; a["01"]; print length(a); a["a", "b"] = 1; for (k in a) if (k ~ SUBSEP) { split(k, p, SUBSEP); print p[1] p[2] } }'
awk 'BEGIN { i = 5; a[i] = i++; print i; for (k in a) print k, a[k]; b[i++] = i; for (k in b) print k, b[k]; c[c["x"]] = 1; print length(c) }'
awk 'function swap(a, i, j, t) { t = a[i]; a[i] = a[j]; a[j] = t } BEGIN { n = split("c b a", x); swap(x, 1, 3); print x[1] x[2] x[3], t "|" }'
awk 'function f(x) { x[1] = 5 } BEGIN { f(y); print y[1]; z = 3; g(z); print z } function g(v) { v = 9 }'
awk 'function r() { if (n++ < 3) { r(); print "u" n } } BEGIN { r(); print n }'
awk 'NR == 1 { getline x; print "x=" x, $0, NR } NR == 3 { print "third", $0 } END { print NR, $0 }' one
awk '{ while ((getline l < "two") > 0) last = l; print $0, last; close("two") }' one
awk 'BEGIN { getline; print "first", $0; while (getline > 0) n++; print n, NR, $0 }' one two
awk 'FNR == NR { seen[$1] = NR; next } $1 in seen { print $1, seen[$1] }' one one
awk 'FNR == 1 { print FILENAME } END { print NR }' one two empty one
awk 'NR % 2 { print; next } { print "-" $0 }' one; awk 'NR==2,NR==3' one; awk '/two/,0' one; awk '/one/,/one/ { print NR } /three/,/x/ { print "to end" }' one
printf '3 10\n3 9\n' | awk '$1 > $2 { print "gt" } $1 < $2 { print "lt" } $2 == 10 { print "ten" } $2 == "10" { print "strten" } $2 "" > 5 { print "cmp" }'
printf '0x1A 1e2 +7 -0 .5 5. abc 0\n' | awk '{ for (i = 1; i <= NF; i++) printf "%s:%s:%d ", $i + 0, ($i == $i + 0), !$i; print "" }'
awk 'BEGIN { print "10" < "9", 10 < 9, "10" + 0 < "9" + 0, "a" < "b", "A" < "a", "" < "a", 2 < "10", x < 1, x == 0, x == "", "abc" == "abc " }'
awk 'BEGIN { print 1 - 1, 1 -1, "a" -1, 2 * 3 + 4, 2 + 3 * 4, (2 + 3) * 4, 7 % 3, -7 % 3, 2 ^ 3 ^ 0, -2 ^ 2, !1 + 1, 1 - -1, 6 / 4, int(6 / 4) }'
awk 'BEGIN { x = 5; x += x++ + ++x; print x; y = 3; y ^= 2; print y--, y; z = y / 2; print z; w = (v = 2) * 3; print v, w; print u++ + u++, u }'
awk 'BEGIN { if (!x && !y) print "both"; if (x == 0 || z) print "or"; print 1 && 0, (1 || 0), !5, !"", !"0", !0.0; print (1 ? "t" : "f") (0 ? "t" : "f") }'
awk 'BEGIN { for (i = 0; i < 3; i++) for (j = 0; j < 3; j++) { if (j == 1) continue; if (i == 2) break; printf "%d%d ", i, j } print i j }'
awk 'BEGIN { OFS = "-"; ORS = ";\n"; print "a", "b"; print "c" "d", "e"; $0 = "x y z"; print $1, $3; $2 = "Y"; print; NF = 2; print $0 }'
awk 'BEGIN { "x" in a; print length(a); if (("y") in a) print "no"; a["y"]; print ("y" in a), !("q" in a), ("y" in a) + 1 }'
awk 'BEGIN { print "A" > "x1"; print "B" > "x2"; close("x1"); print "C" > "x1" } END { print "D" >> "x2" }' one; cat x1 x2
awk '/^(one|three)$/ { print "m" NR } $0 !~ /o/ { print "n" NR } /\./ { print "dot" } /[[:upper:]]/ { print "up" } /e{2}/ { print "ee" }' one
`))
	compareWithBusybox(t, batched([]string{
		"awk 'function add(arr, k, v) { arr[k] = v } function count(arr, n, k) { for (k in arr) n++; " +
			"return n + 0 } BEGIN { add(m, \"a\", 1); add(m, \"b\", 2); print count(m), count(none) }'",
		"awk 'function fact(n) { return n <= 1 ? 1 : n * fact(n - 1) } function fib(n) { if (n < 2) return n; " +
			"return fib(n - 1) + fib(n - 2) } BEGIN { print fact(10), fib(15), fact(20), fact(25) }'",
		"awk 'BEGIN { while ((getline line < \"two\") > 0) { split(line, f); sum += f[2] } print sum; close(\"two\"); " +
			"getline line < \"two\"; print line; print (getline x < \"nosuch\") }'",
		"awk 'BEGIN { RS = \"\" ; FS = \"\\n\" } { print NR, NF, $1 }' one two; " +
			"printf 'a b\\nc\\n\\n\\nd\\n' | awk -v RS= '{ print NR \":\" $1 \"-\" $NF }'; " +
			"printf 'a;b\\n;c' | awk -v RS=';' '{ printf \"[%s]\", $0 } END { print NR }'",
		"printf 'k1=v1\\nk2 = v2\\n#c\\nk3=\\n' | awk -F' *= *' '/^[^#]/ { print $1 \"->\" $2, NF }'; " +
			"printf 'a,b;c\\n' | awk -F'[,;]' '{ print $3 $2 $1 }'; printf 'a||b\\n' | awk -F'|' '{ print NF, $3 }'",
		"printf 'x  y\\tz\\n' | awk '{ print NF, $2; $2 = \"\"; print; print NF; $5 = \"e\"; print; print NF }'; " +
			"printf 'a b c\\n' | awk '{ NF = 2; print; print NF; $0 = \"x y z w\"; print NF, $4 }'",
		"awk 'BEGIN { do { i++; if (i == 2) continue; if (i > 4) break; printf \"%d \", i } while (i < 10); " +
			"print i; for (;;) if (j++ > 2) break; print j; while (k < 3) k++; print k }'",
		"awk 'BEGIN { exit; print \"no\" } END { print \"end\" }'; awk 'BEGIN { exit 2 } END { exit }'; echo $?; " +
			"awk '{ exit NR + 3 } END { print NR }' one; echo $?; awk 'END { exit 1 } ' one; echo $?",
		"awk 'BEGIN { print \"out\"; print \"err\" > \"/dev/stderr\"; print \"f1\" > \"o1\"; print \"f2\" >> \"o1\"; " +
			"close(\"o1\"); while ((getline l < \"o1\") > 0) print \"r:\" l; printf \"%s\\n\", \"p\" > \"o2\" }'; cat o1 o2",
		"awk -v n=3 'NR <= n { t += $2 } END { printf \"%d %.1f %s\\n\", t, t / NR, n + 1 }' two; " +
			"awk -v s='a b' -v t=5x 'BEGIN { print s, t + 1, length(s) }'; awk 'BEGIN { print a, b }' a=1 b=2; " +
			"awk '{ print a }' a=1 one a=2 one | uniq",
		"awk 'BEGIN { print substr(\"hello\", -1), substr(\"hello\", 0, 3), substr(\"hello\", 3, 100), substr(\"hello\", " +
			"6), substr(\"hello\", 2, 0) \"|\", substr(\"\", 1, 2) \"|\", substr(\"hello\", 1.5), substr(\"hello\", \"x\") }'",
		"awk 'BEGIN { print index(\"abc\", \"bc\"), index(\"abc\", \"x\"), index(\"abc\", \"\"), match(\"xaay\", /a+/), RSTART, " +
			"RLENGTH, match(\"b\", /a/), RSTART, RLENGTH, match(\"\", /^$/), RSTART, RLENGTH }'",
		"awk 'BEGIN { print tolower(\"ABC\") toupper(\"def\") tolower(123) length(12345) length(1/4) int(\"42abc\") int(-0.5) sqrt(2) exp(1) log(10) sin(1) " +
			"cos(1) atan2(1, 1) }'",
		"awk 'BEGIN { $3 = \"c\"; print NF, $0; $0 = \"\"; print NF; $0 = \" a  b \"; print NF, $1, $2; $1 = $1; " +
			"print \"[\" $0 \"]\"; $(NF + 1) = \"new\"; print; print $NF; NF++; print NF, $0 \"|\" }'",
		"awk '{ $0 = $2 \" \" $1; print $1, NF } END { print $0, NF }' two; awk '{ sub(/ .*/, \"\"); print NF, " +
			"$0 }' two; awk '{ $1 = \"\"; print; $0 = $0; print NF, $1 }' two",
		"awk 'BEGIN { CONVFMT = \"%d\"; a[12.7] = 1; for (k in a) print k; x = 3.9; y = x \"\"; print y; " +
			"CONVFMT = \"%.3g\"; print (3.14159 \"\") (1000000 \"\") (0.1 \"\"); OFMT = \"%.1f\"; print 2.25, 2.25 \"\" }'",
		"awk '\nfunction trim(s) {\n\tsub(/^[ \\t]+/, \"\", s); sub(/[ \\t]+$/, \"\", " +
			"s)\n\treturn s\n}\n{ print \"[\" trim(\"  \" $0 \"  \") \"]\" }' one",
		"awk 'BEGIN { n = split(\"2024-01-15\", d, \"-\"); print n, d[1] + 0, d[2] + 0, d[3]; n = split(\"a b  c\", w); " +
			"print n, w[3]; n = split(\"\", e); print n, length(e); print split(\"x\", q, \"x\"), q[1] \"|\" q[2] \"|\" }'",
		"awk 'BEGIN { IGNORECASE = 1; print \"ABC\" ~ /abc/, \"abc\" == \"ABC\", index(\"ABC\", \"b\"); x = \"aAa\"; " +
			"print gsub(/a/, \"-\", x), x; n = split(\"aXbxc\", p, \"x\"); print n }'",
	}))
}
