package script

import "testing"

// TestQuotesInArguments is about the quotes that xargs reads, over lines and at the end, and about the commands that ran before a quote was found to be open.
func TestQuotesInArguments(t *testing.T) {
	compareWithBusybox(t, eachLine(`
printf '"a\nb" c\n' | xargs
printf '"a\nb" c\n' | xargs -n1 printf '<%s>\n'
printf "'a\nb' c\n" | xargs -n1 printf '<%s>\n'
printf '"a\nb' | xargs
printf '"a\nb\n' | xargs
printf "'a\nb\n" | xargs
printf 'a b "c' | xargs
printf 'a b "c' | xargs -n1 echo
printf 'a b "c' | xargs -n2 echo
printf 'a b "c' | xargs -n3 echo
printf 'a b c "d e' | xargs -n2 echo
printf 'a b c "d e"' | xargs -n2 echo
printf 'a b "' | xargs -n1 echo
printf 'a b "' | xargs -n3 echo
printf 'a b x"' | xargs -n3 echo
printf "a b '" | xargs
printf '"' | xargs
printf '"' | xargs -r echo x
printf '"\n' | xargs
printf "a ''b\n" | xargs -n1 echo
printf "a '' b\n" | xargs -n1 echo
printf "a ''\n" | xargs -n1 echo
printf "'' ''\n" | xargs -n1 echo x
printf "it's\n" | xargs
printf "it's it's\n" | xargs
printf '"it'"'"'s"\n' | xargs
printf 'a"b c"d\n' | xargs -n1 echo
printf 'a\\"b c\n' | xargs -n1 echo
printf '"a\\"b"\n' | xargs -n1 echo
printf '"a\\nb" c\\\nd\n' | xargs -n1 echo
printf 'a b x"c' | xargs -n1 sh -c 'echo $0; exit 255'
printf 'a b x"c' | xargs -n1 sh -c 'echo $0; exit 3'
printf 'a "b' | xargs -n1 missing
printf 'a "b' | xargs -t -n1 echo
printf 'a "b\nc' | xargs -I{} echo '{}'
printf 'a "b\nc' | xargs -0 -n1 echo
`))
}
