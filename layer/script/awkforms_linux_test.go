package script

import "testing"

// Options, separators given as such, and where programs come from.
func TestOptionsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk -v 'a=x\ty\\z\101' 'BEGIN { print a }'
awk -v a=1 -v b=a 'BEGIN { print a+1, b }'
awk -v 1a=2 'BEGIN { print 1 }'
awk -v a 'BEGIN { print 1 }'
awk -v a= 'BEGIN { print "[" a "]", length(a) }'
awk -v a=010 'BEGIN { print a, a+0, (a==10), (a==8) }'
awk -v a=0x10 'BEGIN { print a, a+0, (a==16) }'
awk -v NF=3 'BEGIN { print NF; $0="a"; print NF }'
awk -v FS=: -v OFS=- '{ $1=$1; print }' /etc/group | head -n2
awk -F: -v OFS='\t' '{ print $1, $3; exit }' /etc/passwd
awk -F '' '{ print NF, $1 }' one
awk -F ' ' '{ print NF }' one
awk -F t '{ print $1 "|" $2 }' one
awk -F '\t' '{ print $1 }' one
awk -F '|' 'BEGIN { $0="a|b|c"; print $2 }'
awk -F '.' 'BEGIN { $0="a.b.c"; print $2 }'
awk -F '\\.' 'BEGIN { $0="a.b.c"; print $2 }'
awk -F '[.]' 'BEGIN { $0="a.b.c"; print $2 }'
awk -F '||' 'BEGIN { $0="a||b"; print $2, NF }'
awk -F 'a*' 'BEGIN { $0="xaay"; print NF, $1, $2 }'
awk -F '^a' 'BEGIN { $0="aaba"; print NF, $1, $2 }'
awk -F '\\' 'BEGIN { $0="a\\b"; print NF, $1 }'
awk -F '*' 'BEGIN { $0="a*b"; print $2 }'
awk -F '+' 'BEGIN { $0="a+b"; print $2 }'
awk -F '$' 'BEGIN { $0="a$b"; print $2, NF }'
awk -F '^' 'BEGIN { $0="a^b"; print $2, NF }'
awk -F '(' 'BEGIN { $0="a(b"; print $2, NF }'
awk -F '[' 'BEGIN { $0="a[b"; print $2, NF }'
awk -F ' +' 'BEGIN { $0=" a  b "; print NF, $1, $2 }'
awk -F '\n' 'BEGIN { $0="a\nb"; print NF, $2 }'
awk -F x -F y 'BEGIN { $0="axbyc"; print $1 }'
awk -F: 'BEGIN { FS=";" } { print NF }' one
awk 'BEGIN { FS="," ; $0="a,b"; print $1; FS=";" ; print $2; $0="c;d"; print $1 }'
awk
awk ''
awk '' one
awk 'BEGIN { FS=","; print split("a,b c", a), a[2]; print split("a,b c", a, " "), a[1] }'
awk -f /dev/null one
printf 'BEGIN { print "f" }\n' > p; awk -f p; printf 'function g() { return 5 }\n' > q; printf 'BEGIN { print g() }' > r; awk -f q -f r; awk -f nosuch; echo $?
printf 'BEGIN { print 1 }' | awk -f -
awk -e 'BEGIN { print 1 }'
awk -- 'BEGIN { print 1 }'
awk --version
awk -f
awk -F '^a' 'BEGIN { $0="aaba"; print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
awk -F '^a|b' 'BEGIN { $0="abacab"; print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
awk -F 'a$' 'BEGIN { $0="aba"; print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
awk -F '\\<b' 'BEGIN { $0="ab b"; print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
awk -v 1a=2 'BEGIN { }'; awk -v a-b=2 'BEGIN { }'; awk -v =2 'BEGIN { }'; awk -v '' 'BEGIN { }'
awk -v 'a b=2' 'BEGIN { print 1 }'
awk -v a=1 -v 2 'BEGIN { print 1 }'
awk -F 'x*' 'BEGIN { $0="abc"; print NF, $1, $2 }'
awk -F '^x*' 'BEGIN { $0="abc"; print NF, $1, $2 }'
awk -F '^x*' 'BEGIN { $0="xabxc"; print NF, $1, $2 }'
awk -F 'b*' 'BEGIN { $0="abcb"; print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
awk -F '[ ]' '{ t[$1] += $2 } END { for (k in t) print k, t[k] }' two
`))
}

// White space has six characters, and "^" in a separator matches where a field begins.
func TestRecordsAndFieldsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk '{ FS=":" } { print $1 }' /etc/passwd | head -n2
awk 'BEGIN { RS="" } { print NR ": " $1 " " NF }' one two
awk 'BEGIN { RS="t" } { print NR ": " $0 }' one
awk 'BEGIN { RS="[nt]" } { print NR ": " $0 "|" RT }' one
awk 'BEGIN { RS="\n\n" } { print NR ": " $0 }' one
awk 'BEGIN { RS="^o" } { print NR ": " $0 }' one
awk 'BEGIN { RS="$" } { print NR ": " $0 }' one
awk 'BEGIN { RS="e\n" } { print NR ": " $0 }' one
awk 'BEGIN { RS="\0" } { print NR ": " $0 }' one
awk 'BEGIN { RS=";" } { print NR ": [" $0 "]" } END { print NR }' two
printf 'a;b;' | awk 'BEGIN { RS=";" } { print NR ": [" $0 "]" } END { print NR }'
printf 'a;b;\n' | awk -v 'RS=;' '{ print NR ": [" $0 "]" } END { print NR }'
printf '\n\na\nb\n\n\nc\n\n' | awk -v RS= '{ print NR ": [" $0 "] " NF } END { print NR }'
printf '\n\na\nb\n\n\nc\n\n' | awk -v RS= -F: '{ print NR ": [" $1 "] " NF }'
printf 'a b\nc:d\n\ne\n' | awk -v RS= -F: '{ for (i=1;i<=NF;i++) print i "[" $i "]" }'
printf 'a b\nc d\n\ne\n' | awk -v RS= -F'\n' '{ print $1 "|" $2 }'
printf 'a,b\nc,d\n\ne\n' | awk -v RS= -F, -v OFS=- '{ $1=$1; print }'
printf 'x' | awk '{ print NR, $0 }'
printf '' | awk 'END { print NR }'
printf '\n' | awk '{ print NF } END { print NR }'
printf 'a\r\nb\r\n' | awk '{ print length($0) }'
printf ' a\tb  c \n' | awk '{ print NF, $1, $3; $2=$2; print "[" $0 "]" }'
printf 'a\vb\fc d\n' | awk '{ print NF }'
awk '{ print v, $1 }' v=1 one v=2 two
awk '{ print v, $1 } END { print v }' one v=3
awk '{ print $1 }' FS=: /etc/passwd FS=' ' one | head -n3
awk '{ print $1 > $1 ".o" }' one; cat one.o two.o
awk 'BEGIN { getline; print "a" $0; getline x; print x, NR }' one
awk 'NR==1 { getline; print "x" $0 } END { print NR }' one
awk '{ while ((getline l) > 0) last = l } END { print last, NR, $0 }' one
awk 'BEGIN { getline x < "one" ; print x; getline < "two"; print $1, NF, NR }'
awk 'FNR==2 { nextfile } { print FILENAME, $0 }' one two
awk '!a[$1]++' one one
awk 'length($0) == 3' one
awk '$0 ~ "t" && !/h/' one
awk '1; END { print $0, NF }' one
awk 'BEGIN { print match("foobar", /o+/), RSTART, RLENGTH; print match("x", /y/), RSTART, RLENGTH; print match("abc", ""), RSTART, RLENGTH }'
awk '{ gsub(/o/, "0"); print } { sub("t", "T", $1); print $0, NF }' one
awk 'BEGIN { $0="a b c"; sub(/b/, "x y", $2); print; print NF; $0=$0; print NF }'
awk 'BEGIN { print split("a b  c", a), a[1], a[3]; print split("", a), length(a); print split("a:b:c", a, ":"), a[2]; print split("abc", a, ""), a[2] }'
awk 'BEGIN { print split(" a b ", a, " "), a[1]; print split("a1b22c", a, /[0-9]+/), a[3] }'
awk 'BEGIN { print split("a.b", a, "."), a[2]; print split(":a:", a, ":"), "[" a[1] a[3] "]" }'
echo '10 9 abc 1e1 +5 0x10' | awk '{ print ($1>$2), ($1==$4), ($5==5), ($6==16), ($3>$1), $1<$3 }'
echo '1 1.0 01 " 1"' | awk '{ print ($1==$2), ($2==$3), $1""==$2"" }'
awk 'BEGIN { $0="abc"; print /b/ + 1, !/b/, /b/ ? "y" : "n", x = /b/, x }'
awk 'BEGIN { a[1,2]=3; for (k in a) { split(k, p, SUBSEP); print p[1], p[2], a[k] }; print ((1,2) in a), ((2,1) in a) }'
awk 'BEGIN { n = split("c a b", a); for (i = 1; i <= n; i++) printf "%s ", a[i]; print ""; for (k in a) s = s k; print length(s) }'
awk 'function f(x) { x = x "b"; return x } { $1 = f($1); print } END { print f("a") }' one
awk 'BEGIN { NF = 3; $2 = "b"; print; print NF; NF = 1; print; $0 = "x y"; NF = 5; print $0 "|" }'
awk 'BEGIN { $3 = "c"; print; print NF; $1 = ""; print; print $(1+2), $NF, $(NF-1) "|" }'
awk '{ $0 = toupper($0); print $1; $1 = ""; print; print NF }' one
awk '{ $(NF+2) = "x"; print; print NF }' OFS=- one
awk '{ NF--; print } ' two
awk 'BEGIN { NF = -1 }'
awk '{ print $NF, $(NF), $NF-1, $(NF-1) }' two
awk 'BEGIN { OFS = "-"; ORS = "|\n"; print 1, 2; print "a" "b", "c"; $0 = "x y"; $1 = $1; print }'
awk '{ ++$2; print }' two
awk '{ print ++$2 }' two
awk '{ print $1+1 }' two
awk '{ print $NF++, NF }' two
awk '{ print $NF-- }' two
printf 'a\vb\fc d\r\n' | awk '{ print NF; for (i=1;i<=NF;i++) printf "[%s]", $i; print "" }'
printf 'a\rb\r\n' | awk '{ print NF, length($1) }'
printf '\v a \f\n' | awk '{ print NF, length($1); $1=$1; print length($0) }'
awk 'BEGIN { print split("a\vb\fc\rd\ne\tf", x), x[2] }'
printf 'a\vb\n' | awk -F ' +' '{ print NF }'
awk 'BEGIN { print split("aaba", x, /^a/), x[1] "|" x[2] "|" x[3] }'
awk 'BEGIN { n = split("xaxbxc", x, /^x/); for (i=1;i<=n;i++) printf "[%s]", x[i]; print n }'
awk 'BEGIN { $0 = "3 4"; print $1 * $2, $1 $2, $1^$2, -$1, !$1, $1$2 + 1 }'
awk 'BEGIN { n = split("abcb", x, /b*/); print n; for (i=1;i<=n;i++) printf "[%s]", x[i]; print "" }'
printf 'aXbX' | awk -v RS=X '{ print NR $0 }'
printf 'one two\r\nthree\r\n' | awk '{ print $NF "|" $1 }' | od -c
printf 'x\ty z\n' | awk -F'[ \t]' '{ print $2 }'
awk '$1 == "one" || NR == 3 { print NR }' one
awk '{ a[NR] = $0 } END { for (i = NR; i > 0; i--) print a[i] }' one
awk '{ $3 = $2 $1 } 1' two
`))
}

// Formats, files that are written and read, and getline.
func TestInputAndOutputOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { printf "%s\n" }'
awk 'BEGIN { printf "%s %s\n", "a" }'
awk 'BEGIN { printf "%d\n", "12abc" }'
awk 'BEGIN { printf "%5.2s|%-5s|%05s|\n", "abc", "de", "f" }'
awk 'BEGIN { printf "%c%c%c|%c\n", 65, "BCD", 256+67, "" }'
awk 'BEGIN { printf "%i %u %o %x %X %#x %#o\n", -1, 3, 8, 255, 255, 255, 8 }'
awk 'BEGIN { printf "%e %E %f %g %G %a\n", 1.5, 1.5, 1.5, 1e-10, 1e20, 1 }'
awk 'BEGIN { printf "%+d % d %-5d| %05d %.3d\n", 1, 2, 3, 4, 5 }'
awk 'BEGIN { printf "%*d|%-*d|%.*f\n", 5, 1, 4, 2, 2, 3.14159 }'
awk 'BEGIN { printf "%z\n", 1 }'
awk 'BEGIN { printf "a%" }'
awk 'BEGIN { printf "a%5" }'
awk 'BEGIN { printf "%ld %lld %hd\n", 1, 2, 3 }'
awk 'BEGIN { printf "\n%s\t\\n\x41\101\/\"\n", "a\tb" }'
awk 'BEGIN { printf("%s %s\n", "a", "b") > "out" }'; cat out
awk 'BEGIN { print "a" > "out"; print "b" > "out"; close("out"); print "c" >> "out" }'; cat out
awk 'BEGIN { print "a" > "out"; close("out"); print "b" > "out" }'; cat out
awk 'BEGIN { print "a" "b" > "o" "ut" }'; ls o*
awk 'BEGIN { print "a", "b" > "/dev/stdout"; print "c" > "/dev/stderr" }'
awk 'BEGIN { print "a" > "/dev/null"; print "b" > "nosuch/x" }'; echo $?
awk 'BEGIN { print "a" > "" }'; echo $?
awk 'BEGIN { print > "out" }'; wc -c out
awk 'BEGIN { print(1)(2) > "out" }'; cat out
awk 'BEGIN { print 1, 2 > "out" ; print (1, 2) > "out" }'; cat out
awk 'BEGIN { print close("nosuch"), close("out") }'
awk 'BEGIN { print "x" > "out"; print close("out"), close("out") }'
awk 'BEGIN { while ((getline l < "one") > 0) n++; print n, NR }'
awk 'BEGIN { print (getline l < "nosuch"); print (getline l < "dir") }'
awk 'BEGIN { getline l < "one"; getline m < "one"; print l m; close("one"); getline l < "one"; print l }'
awk 'BEGIN { f="one"; getline < f; print; getline x < f "" ; print x }'
awk 'BEGIN { print 1 2, 1 -2, 1 " " -2, "a" > "/dev/stdout" }'
awk 'BEGIN { printf "%d\n", (1 >= 1) }'
awk 'BEGIN { printf("%d %d\n", 1 >= 1, 0 || 1) }'
awk '{ s += length; n++ } END { printf "%.2f\n", s / n }' one
awk '{ sub(/[0-9]+$/, "<&>"); print }' two
`))
}

// Rules, functions and arguments. A blank behind the name of a function makes it one of a variable.
func TestProgramsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk '{ print FILENAME, NR, FNR }' one two
awk 'END { print FILENAME, NR, FNR }' one two
awk 'BEGIN { print FILENAME "|" ARGC, ARGV[0], ARGV[1] }' x y
awk 'BEGIN { ARGV[1]="two"; } { print }' one
awk 'BEGIN { ARGV[1]="" } { print } END { print NR }' one
awk 'BEGIN { ARGC=1 } { print } END { print NR }' one < two
awk 'BEGIN { ARGV[ARGC++]="two" } END { print NR }' one
awk 'BEGIN { delete ARGV[1] } END { print NR }' one two
awk 'BEGIN { print v } END { print v }' v=1 one
awk 'END { print v }' v='a\tb' one
awk 'END { print v; print w }' v=1=2 w= one
awk '{ print }' ./v=1
awk '{ print }' 1v=1
awk '{ print }' nosuch one
awk '{ print }' one nosuch; echo $?
awk 'END { print NR }' - < one
awk 'END { print NR }' one - two < one
awk 'BEGIN { exit 3 } END { print "e" }'
awk 'BEGIN { exit 3 } END { exit }'
awk 'BEGIN { exit } END { exit 4 }'
awk '{ exit 2 } END { print NR }' one
awk 'END { exit 5; print "no" }' one
awk 'function f() { exit 7 } BEGIN { f() }'
awk 'BEGIN { exit -1 }'
awk 'BEGIN { exit "3x" }'
awk 'BEGIN { exit 2.9 }'
awk '{ print > (NR ".o") }' one; cat 1.o 2.o 3.o
awk '{ nextfile } END { print NR }' one two
awk '/two/ { next } { print }' one
awk '/one/, /two/' one
awk '/one/, /nosuch/' one
awk 'NR==1, NR==1' one
awk '/t/, /t/ { print NR }' one
awk 'NR==2 { print } NR==2; NR==3 { print "c" }' one
awk '!/t/' one
awk 'length > 3' one
awk '0' one
awk '"a"' one
awk '""' one
awk '{}' one
awk 'BEGIN { print 1 } BEGIN { print 2 } END { print 3 } END { print 4 }' one
awk 'function f(a, b) { b = a; a = 5; return b } BEGIN { a = 1; print f(a), a, f(), f(7, 8) }'
awk 'function f(a) { a["x"] = 1 } BEGIN { f(z); print z["x"]; f(y); print length(y) }'
awk 'function f(n) { return n < 2 ? 1 : n * f(n - 1) } BEGIN { print f(10); print f(f(3)) }'
awk 'function f() { return } BEGIN { x = f(); print "[" x "]", x + 0 }'
awk 'function f(a) { a[1] = 1; return a[1] } BEGIN { x = 1; print f(x) }'
awk 'func f(x) { return x * 2 } BEGIN { print f(3) f(4), f (5) }'
awk 'function f(f) { return f } BEGIN { print f(1) }'
awk 'function f() { print "f" } BEGIN { f(1, 2) }'
awk '{ $-1 = 2 }' one
awk '{ print $(-1) }' one
awk '{ NR = 10; print NR } END { print NR }' one
awk '{ print; FNR = 5 } END { print FNR, NR }' one
awk 'BEGIN { print ENVIRON["HOME"], ENVIRON["nosuch"] "|", length(ENVIRON) > 0 }'
x=5 awk 'BEGIN { print ENVIRON["x"] + 1, (ENVIRON["x"] == 5.0) }'
awk 'BEGIN { next }'
awk '{ print x++, 1 }' two
awk '{ print x++ + 1, 1 }' two
awk '{ print a[1]++ + 1, 1 }' two
awk '{ print $(1)++ }' two
awk '{ print $i++, i }' two
awk '{ print $++i }' two
awk 'function f(x) { return x * 2 } BEGIN { print f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { x = f (5); print x }'
awk 'function f(x) { return x * 2 } BEGIN { print 1, f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { print f(4), f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { print f(3) f(4), f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { if (f (5) > 9) print "y" }'
awk 'function f(x) { return x * 2 } BEGIN { print 1 + f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { print "a" f (5) }'
awk 'function f(x) { return x * 2 } BEGIN { f (5); print f(f (5)) }'
awk 'function f(x) { print "in" x } BEGIN { f (5) }'
awk 'function f (x) { print "in" x } BEGIN { f(5) }'
awk '1;;1' one
awk '1;' one
awk 'function f() { } ; BEGIN { print 1 }'
awk 'BEGIN { } 1' one
awk 'function f(x) { return x * 2 } BEGIN { f = 5; print f, f(1), f (2) }'
awk 'function f(x) { f = x; return f + 1 } BEGIN { print f(1), f }'
awk 'BEGIN { print f (2); print f(2) } function f(x) { return x * 2 }'
awk 'function f(a) { return a } BEGIN { f[1] = 2; print f[1], f(3); for (k in f) print k }'
awk 'function f(f) { return f + 1 } BEGIN { print f(1), f(f(1)) }'
awk 'function f(x) { return x } BEGIN { print length(f), f + 1, (f) (1) }'
awk 'function g(f) { return f (1) } function f(x) { return 7 } BEGIN { print g(2) }'
awk '1; 2' one
awk '1; BEGIN { print "b" }; END { print "e" }' one
awk '/one/ { print } ; /two/ { print }' one
awk 'function f() { return 1 }; BEGIN { print f() }'
awk '/a/ || /t/ { print } /x/ && /y/' one
awk 'NR > 1 && !/three/ { print; next } { print "-" }' one
awk '{ print (NR == 1 ? "first" : "rest"), length }' one
`))
}

// Functions, regular expressions and arrays.
func TestFunctionsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { print substr("hello", 2, 3), substr("hello", 0), substr("hello", -1, 3), substr("hello", 4, 9), substr("hello", 9) "|" }'
awk 'BEGIN { print substr("hello", 1.5, 1.5), substr("hello", "2"), substr("hello", 2, -1) "|", substr(12345, 2, 2) }'
awk 'BEGIN { print index("abc", "c"), index("abc", ""), index("", "a"), index("a.c", ".") }'
awk 'BEGIN { print length(), length("é"), length(123.50), length(x) }'
awk 'BEGIN { print toupper("aé1"), tolower("ABC") }'
awk 'BEGIN { x="aaa"; print gsub(/a/, "b", x), x; print sub(/b/, "[&]", x), x; print gsub(/b/, "\\&", x), x }'
awk 'BEGIN { x="abc"; gsub(//, "-", x); print x; y="abc"; gsub(/x*/, "-", y); print y; z="abc"; gsub(/$/, "!", z); print z }'
awk 'BEGIN { x="a.b.c"; gsub(".", "x", x); print x; y="a.b.c"; gsub("\\.", "x", y); print y; z="a.b"; gsub(/\./, "\\\\&", z); print z }'
awk 'BEGIN { x="hello"; gsub(/l/, "[&&]", x); print x; gsub(/\[/, "(", x); print x; sub(/^h/, "H", x); print x; sub(/$/, "!", x); print x }'
awk 'BEGIN { print "ab" ~ /b/, "ab" ~ "^a", "ab" !~ "c", "a.b" ~ "a\\.b", "a+b" ~ /a\+b/, "x" ~ x }'
awk 'BEGIN { a["x"]; print ("x" in a), ("y" in a), length(a); delete a["x"]; print length(a); delete a; print length(a) }'
awk 'BEGIN { a[01]=1; a["1"]=2; a[1.0]=3; a["01"]=4; print length(a), a[1], a["01"] }'
awk 'BEGIN { a[0.1+0.2]=1; for (k in a) print k; a[1e6]=2; print (1000000 in a), ("1e+06" in a) }'
awk 'BEGIN { print length(x); x[1] }'
awk 'BEGIN { x = 1; x[1] = 2 }'
awk 'BEGIN { x[1] = 2; x = 1 }'
awk 'BEGIN { x[1]; print x }'
awk 'BEGIN { SUBSEP = ":"; a[1,2]; for (k in a) print k }'
awk 'BEGIN { print int(3.9), int(-3.9), int("3x"), sqrt(16), exp(0), log(1), sin(0), cos(0), atan2(0, -1) }'
awk 'BEGIN { print and(12, 10), or(12, 10), xor(12, 10), lshift(1, 4), rshift(16, 2), compl(0) }'
awk 'BEGIN { print strftime("%Y-%m-%d", 0), strftime("%H:%M:%S", 3661), mktime("1970 01 02 00 00 00") }'
awk 'BEGIN { print length ("abc"), substr ("abc", 2), index ("abc", "b") }'
awk 'BEGIN { print length; print length + 1; x = length; print x }'
awk 'BEGIN { a [1] = 2; print a [1], a[1] }'
awk 'BEGIN { x="aaba"; print gsub(/^a/, "X", x), x; y="aab"; print gsub(/^a*/, "-", y), y }'
awk 'BEGIN { x="ab ab"; print gsub(/\<a/, "X", x), x; y="abab"; print gsub(/\<a/, "X", y), y; z="abab"; print gsub(/b\>/, "X", z), z }'
awk 'BEGIN { a["b"]; if (("b") in a) print "y"; if (!("c" in a)) print "n"; print "b" in a ? 1 : 2 }'
awk 'BEGIN { print "a\tb" ~ /\t/, "a\\b" ~ /\\/, "a\"b" ~ /"/, "é" ~ /^.$/, "a.b" ~ /a[.]b/ }'
awk 'BEGIN { print "ab" ~ /a{1}b/, "aab" ~ /^a{2}b$/, "a{1}" ~ /a\{1\}/, "ab" ~ /(a|b)+$/, "" ~ /^$/ }'
awk 'BEGIN { print "aB1_ " ~ /^[[:alpha:]][[:upper:]][[:digit:]][[:punct:]][[:space:]]$/, "]" ~ /[]]/, "a" ~ /[^]]/, "-" ~ /[a-]/ }'
awk 'BEGIN { y = a["x"] = 3; y += a["x"] -= 1; print y, a["x"] }'
awk 'BEGIN { print length(1 >= 2), a[1 || 0], -(1 >= 1) }'
`))
}

// Operators and their ranks.
func TestExpressionsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk '{ print }' dir
awk 'BEGIN { }' nosuch
awk 'BEGIN { print (1>2) }'
awk 'BEGIN { print 1>2 }'; cat 2
awk 'BEGIN{print 1}END{print 2}' /dev/null
awk 'BEGIN { print 1==1.0, "1"==1, "a"<"b", "10"<"9", 10<9, "abc"<1, 2<"10" }'
awk 'BEGIN { print 1/3, 1e6, 1e7, 123456789, 1234567.5, 0.1+0.2, 1e300*1e300, -1e300*1e300, 2^53, 2^53+1 }'
awk 'BEGIN { print 100000*100000, 3.0, "3.0", "3.0"+0, 1e-5, 123456.789, 17/4 }'
awk 'BEGIN { OFMT="%.2f"; print 3.14159, 3, 1e10; x=3.14159 ""; print x; CONVFMT="%.1f"; print (3.14159 "") }'
awk 'BEGIN { print -3 % 2, 3 % -2, 5.5 % 2, 2 ^ 10, 2 ** 3, 2 ^ -1, -2 ^ 2, 2 ^ 3 ^ 2 }'
awk 'BEGIN { print 1 / 0 }'
awk 'BEGIN { print 1 % 0 }'
awk 'BEGIN { print !0, !1, !"", !"a", !"0", !x, - -1, !-1, +"3x", -"a" }'
awk 'BEGIN { x=5; print x++ + ++x, x--, --x, x; y = x += 2; print y, x; x ^= 2; print x; x %= 7; print x; x /= 2; print x }'
awk 'BEGIN { print 1 " " 2 + 3 " " 4, 1 2 * 3, -1 " " -1, 1 - 1 " " 2 }'
awk 'BEGIN { print 1 ? 2 : 3 ? 4 : 5, 0 ? 1 : 0 ? 2 : 3, (1 ? 0 : 1) ? "a" : "b" }'
awk 'BEGIN { for (i = 0; i < 3; i++) { if (i == 1) continue; print i }; while (i-- > 0) if (i == 1) break; print i; do { print "d" } while (0) }'
awk 'BEGIN { for (;;) { if (++n > 3) break }; print n; for (k in none) print k; for (i = 5; i; i--) ; print i }'
awk 'BEGIN { print a b c "x" }'
awk -x 'BEGIN {}'
awk 'BEGIN { print "a" && "" }'
awk 'BEGIN { print "a" && "", 1 }'
awk 'BEGIN { print 1 && 2, 3 }'
awk 'BEGIN { print (1 || 0) && 0 }'
awk 'BEGIN { print (1 || 0), 0 }'
awk 'BEGIN { print 0, (1 || 0) && 0 }'
awk 'BEGIN { print (1) && 0 }'
awk 'BEGIN { print (1) + 1 }'
awk 'BEGIN { print (1), 2 }'
awk 'BEGIN { print (1) == 1 }'
awk 'BEGIN { print 5, (1) && 0 }'
awk 'BEGIN { x = (1 || 0) && 0; print x }'
awk 'BEGIN { print !1 }'
awk 'BEGIN { print !1, 2 }'
awk 'BEGIN { print 2, !1 }'
awk 'BEGIN { print 2, !1, 3 }'
awk 'BEGIN { x = !1 || 1; print x }'
awk 'BEGIN { print !x + 1 }'
awk 'BEGIN { print !x == 1 }'
awk 'BEGIN { print 1 && !0 }'
awk 'BEGIN { print 1 == !0 }'
awk 'BEGIN { print 1 + !0 }'
awk 'BEGIN { print -!0 }'
awk 'BEGIN { print - !0, 1 }'
awk 'BEGIN { if (!1 || 1) print "y" }'
awk 'BEGIN { if (!1 && !0 || !x) print "y" }'
awk 'BEGIN { print (1 in a), 1 in a }'
awk 'BEGIN { print 1 } ;'
awk 'BEGIN { print 1 }; BEGIN { print 2 }'
awk 'BEGIN { ; }'
awk 'BEGIN { ;; print 1 ;; }'
awk 'BEGIN { if (1) ; print 1 }'
awk 'BEGIN { { print 1 } { print 2 }; }'
awk 'BEGIN { if (0) print 1; else print 2 }'
awk 'BEGIN { if (0) { print 1 } else { print 2 } }'
awk 'BEGIN { for (i in a) ; print "e" }'
awk 'BEGIN { print (1 > 2) ? "a" : "b" }'
awk 'BEGIN { print 1 < 2 }'
awk 'BEGIN { x = 1 > 2; print x }'
awk 'BEGIN { x = y = z = 3; print x y z; x += y -= 1; print x, y }'
awk 'BEGIN { print 2 * 3 % 4 / 2, 2 - 3 - 4, 2 / 4 / 2, 10 % 4 % 3 }'
awk 'BEGIN { print a = 1, b = a + 1; print a b }'
awk 'BEGIN { print x "" == 0, x == 0, x == "" }'
awk 'BEGIN { print "\q\w\"\/\a\b\f\v" }' | od -c
awk 'BEGIN { print "\x4\x414\x\0\1234\8" }' | od -c
awk 'BEGIN { print (1 && (x = 5)), x }'
awk 'BEGIN { if (!(x = 0)) print "z"; if (x == 0 && (y = 2)) print y }'
awk 'BEGIN { print (1 >= 2), (1 || 2) }'
awk 'BEGIN { if (1 >= 1 || 0) print "y"; x = 2 >= 1; print x }'
awk 'BEGIN { print 1 ++x, 1 --x }'
awk 'BEGIN { x = 1; print 5 x++, x }'
`))
}
