package script

import "testing"

// system is the exit status of a command and close that of wait(2), and commands share standard input with the program.
func TestCommandsOfAwk(t *testing.T) {
	compareWithBusybox(t, eachLine(`
awk 'BEGIN { print "x"; r = system("echo hi; exit 3"); print "r=" r; print system(""), system("true"), system("false"), system("exit 300") }'
awk 'BEGIN { printf "a"; system("echo b >&2; echo c"); printf "d\n" }' 2>&1; awk 'BEGIN { system("echo a; exit 1"); exit 4 }'; echo $?
awk '{ print $1, system("test -e " $1) }' one; awk 'system("[ -e /w/" $1 " ]") == 0 { next } { print "so:" $1 }' one two
awk -F: 'system("test " $3 " -lt 3") == 0 { print $1 }' /etc/passwd; ls | awk 'system("test -d " $1) == 0'
awk 'BEGIN { "echo one; echo two" | getline x; print x; "echo one; echo two" | getline; print $0, NR, FNR; print close("echo one; echo two") }'
awk 'BEGIN { while (("cat one" | getline l) > 0) n++; print n, l; print close("cat one"); "cat one" | getline l; print l, NR }'
awk 'BEGIN { "exit 3" | getline x; print x; print close("exit 3"); print close("exit 3"), close("nosuch"), close("one") }'
awk 'BEGIN { print ("true" | getline), ("echo a" | getline), ("echo a" | getline), $0; "echo c d" | getline; print $2, NF }'
awk 'BEGIN { while ("echo a b; echo c d" | getline) print $2, NF; print NR, $0 } END { print NR, $0 }' one
awk 'BEGIN { "echo a" | getline a[1]; for (k in a) print k, a[k]; "printf \"x y\\nz\"" | getline b; print b; print length(b) }'
awk 'BEGIN { RS = ""; "printf \"a\\nb\\n\\nc\\n\"" | getline x; print x; FS = ","; "echo 1,2" | getline; print $1; RS = " "; "echo e f" | getline z; print z }'
awk 'BEGIN { for (i = 0; i < 300; i++) { c = "echo " i; c | getline v; s = s v; close(c) } print s }'; seq 3 | awk '{ "echo " $1 "0" | getline r; print $1, r }'
awk 'BEGIN { system("cat"); while ((getline l) > 0) print "left " l }' < one; printf 'q\nr\n' | awk 'NR == 1 { system("cat") } { print }'
printf 'q\nr\n' | awk 'NR == 1 { "cat" | getline x; print "x" x } { print }'; awk 'BEGIN { "cat" | getline x; print x; getline y; print y }' < one
A=1 awk 'BEGIN { system("echo $A $B $0 $#") }'; (cd dir; awk 'BEGIN { system("pwd; cd /"); "pwd" | getline d; print d }')
awk 'BEGIN { system("echo a > new"); while ((getline l < "new") > 0) print l; print "x" > "more"; system("cat more"); close("more"); system("cat more") }'
awk 'BEGIN { x = system("echo a") " " system("echo b"); print x; "echo x; echo y >&2" | getline v; print v }' 2>/dev/null
awk 'BEGIN { c = "sort -r one"; while (c | getline line) print "> " line; close(c); c | getline line; print line }'
awk 'END { print system("echo end") }' one; echo a | awk '{ $2 = "b"; system("echo " $0) }'
`))
}

// What print writes to a command, the command reads when it is closed or the program ends, after all that the program prints.
func TestCommandsThatAwkWritesTo(t *testing.T) {
	compareWithBusybox(t, eachLine(`
awk 'BEGIN { print "head"; print "b" | "sort"; print "a" | "sort"; print "tail" }'
awk 'BEGIN { print "head"; print "b" | "sort"; print "a" | "sort"; r = close("sort"); print "tail", r, close("sort") }'
awk -F: '{ print $1, $3 | "sort -k2,2n | head -n 4" } END { print NR > 0 }' /etc/passwd
awk -F: '{ n[$7]++ } END { for (s in n) print n[s], s | "sort -rn"; close("sort -rn"); print "of " NR }' /etc/passwd
awk '{ print | "tr a-z A-Z" }' one two; awk '{ print $0 | "cat -n" } END { printf "%s-%d\n", "end", NR | "cat -n" }' one
awk 'BEGIN { print "b" | "cat; exit 3"; exit 2 }'; echo $?; awk 'BEGIN { print "b" | "cat > /dev/null; exit 3"; print close("cat > /dev/null; exit 3") }'
awk '{ print > "kept"; print | "sort > sorted" }' two; cat kept sorted
awk 'BEGIN { print "a" > "new"; print "q" | "cat new -" }'; awk 'BEGIN { c = "sort -u"; for (i = 0; i < 9; i++) print i % 3 | c; close(c); print "z" | c }'
awk 'BEGIN { print "b" | "sort > s"; print "z" | "cat > c"; print "tail"; print "a" | "sort > s" }'; cat s c
awk 'BEGIN { while (("cat two" | getline l) > 0) print l | "sort"; print "got" }'; printf '1\n2\n' | awk '{ print $1 * 2 | "cat" }'
awk 'function f(x) { print x | "sort"; return x "!" } BEGIN { print f("b") f("a") }'; awk 'BEGIN { "echo x" | getline y; print y | "cat"; print "t" }'
awk '{ print $1 | "xargs echo" } END { close("xargs echo"); print | "wc -c" }' one; awk 'BEGIN { OFS = "-"; ORS = "|"; print 1, 2 | "cat"; printf("%s", "p") | "cat" }'
awk 'BEGIN { print "s" | "sh"; print "echo done; exit 4" | "sh -s"; print close("sh -s") }' 2>/dev/null
`))
}
