package script

import "testing"

// Programs of several lines: where a line may end, and comments.
func TestLinesOfAwk(t *testing.T) {
	compareWithBusybox(t, inFixture(
		`awk '/one/
{ print "x" }' one`,
		`awk 'BEGIN {} 
;'`,
		`awk 'BEGIN {};
1' one`,
		`awk '1;
;' one`,
		`awk 'BEGIN { print length("a\nb"), "a\
b" }'`,
		`awk 'BEGIN { print "a" "b" \
 "c" }'`,
		`awk 'BEGIN { x = 1 &&
2; print x
if (x) 
 print "y"
else
 print "n"
for (i = 0; i < 2; i++)
 print i
while (i-- > 0)
 print i
do
 i++
while (i < 1)
print i,
 2
}'`,
		`awk 'BEGIN { if (0) print 1
else print 2 }'`,
		`awk 'BEGIN { if (0) print 1;
else print 2 }'`,
		`awk 'BEGIN { do print 1
while (0); print 2 }'`,
		`awk '
BEGIN { print 1 }


END { print 2 }

' one`,
		`awk '# comment
BEGIN { # x
print 1 # y
} # z' `,
		`awk 'BEGIN { print length
}'`,
		`awk 'function f(a,
b) {
return a b
}
BEGIN { print f("x",
"y") }'`,
		`awk 'BEGIN { a["x"] = 1
for (k in a)
print k
delete a["x"] ; print length(a)
}'`,
		`awk 'BEGIN { if (1)
{
print 1
}
else
{
print 2
}
}'`,
		`awk 'BEGIN { for (;;)
break
while (0)
;
print "e" }'`,
		`awk 'BEGIN { print 1,
2; x = 1 ?
2 :
3; print x; y = x ||
0; print y }'`,
	))
}
