package script

import "testing"

// A "^" matches at the beginning of a line alone, where one alternative has it as well as where all have.
func TestAnchorsInAlternatives(t *testing.T) {
	compareWithBusybox(t, batches(`
echo aba | sed 's/^a\|b/X/g'
echo aba | sed -E 's/^a|a/X/g'
echo aba | sed -E 's/^a|b|a/X/g'
echo 'a b a' | sed -E 's/(^| )a/<&>/g'
echo aXbX | sed -E 's/^a|X/-/g; s/^/>/g; s/$/</g'
echo aab | sed -E 's/^a/X/g'
echo aab | sed -E 's/^(a|b)/X/g;s/^b*/Y/g'
echo abab | awk '{ gsub(/^a|b/, "X"); print }'
echo aab | awk '{ gsub(/^a/, "X"); print; gsub(/^/, "Y"); print; gsub(/^b*|b/, "-"); print }'
echo aba | sed 's/^a\|b/X/2'
echo aba | sed 's/^a\|b/X/1'
echo aba | sed 's/^a\|b/X/3'
echo aab | sed 's/^a/X/2'
echo aab | sed 's/^a/X/g'
echo aab | sed 's/^a*/X/2; s/^/Y/g'
echo aab | sed 's/^a*/X/g'
echo aab | sed -E 's/^(a)|(b)/[\1\2]/g'
echo aab | sed -E 's/^x*|b/Y/g'
echo aab | sed -E 's/^x*|b/Y/2'
echo baab | sed -E 's/^b*|b/Y/2g'
echo aba | sed 's/^a\|b/X/2p'
echo '  a b  ' | sed 's/^ *\| *$//g' | tr ' ' .
echo '  a b  ' | sed 's/^[[:space:]]*\|[[:space:]]*$//g' | tr ' ' .
echo '"a"' | sed 's/^"\|"$//g'
printf '/a/b/\n/a\n' | sed 's#^/\|/$##g'
printf 'a\nb\n' | sed 'N;s/^a\|b/X/g'
printf 'a\nb\n' | sed 'N;s/^b/X/g;s/^/>/g'
`))
}

// An invalid extended regular expression ends awk before it prints anything. If it is a value, it is read as a basic one instead.
func TestInvalidExpressionsOfAwk(t *testing.T) {
	compareWithBusybox(t, batches(`
awk 'BEGIN { print "x"; if (0) print "a" ~ /*a/ }'
awk 'BEGIN { print "x"; print "a{" ~ /a{/ }'
awk 'BEGIN { print "x"; print "a{" ~ "a{" }'
awk 'BEGIN { print "x"; s = "a{b"; print gsub("{", "-", s), s }'
awk 'BEGIN { print "x"; s = "a{b"; print gsub(/{/, "-", s), s }'
awk 'BEGIN { print "x"; s = "a{b"; print gsub(/\{/, "-", s), s }'
awk 'BEGIN { print match("a(b", "("), RSTART }'
awk 'BEGIN { print match("a(b", /(/), RSTART }'
awk 'BEGIN { print split("a(b", x, "("), x[2] }'
awk 'BEGIN { print split("a((b", x, "(("), x[2] }'
awk 'BEGIN { print split("a((b", x, /((/), x[2] }'
awk -F '((' 'BEGIN { $0 = "a((b"; print $2 }'
awk -F '(' 'BEGIN { $0 = "a(b"; print $2 }'
awk -F '{{' 'BEGIN { $0 = "a{{b"; print $2 }'
awk 'BEGIN { FS = "{{"; $0 = "a{{b"; print $2 }'
awk 'BEGIN { RS = "{{" } { print }' one
awk 'BEGIN { RS = "((" } { print }' one
awk 'BEGIN { print "+a" ~ "+a", "*a" ~ "*a", "?a" ~ "?a", "a|" ~ "a|", "|a" ~ "|a" }'
awk 'BEGIN { print "+a" ~ /+a/ }'
awk '/(/' one
awk '/a{/' one
awk '!/?/' one
awk '/a/, /*/' one
awk 'BEGIN { x = "["; print "a[" ~ x }'
awk 'BEGIN { print "a" ~ "[" }'
awk 'BEGIN { print "a" ~ /[[:nosuch:]]/ }'
awk 'function f() { return /)/ } BEGIN { print 1 }'
awk 'BEGIN { print 1 } END { if (/(a/) print 2 }' one
awk 'BEGIN { print "a)" ~ /)/, "a)" ~ ")" }'
awk 'BEGIN { print "a" ~ /a**/, "a" ~ /a+*/, "b" ~ /a{0}b/ }'
awk 'BEGIN { print "a" ~ /()/, "a" ~ /(|a)/, "a" ~ /a||b/ }'
awk 'BEGIN { print "a" ~ /a{2,1}/ }'
awk 'BEGIN { print "a" ~ "a{2,1}" }'
`))
}
