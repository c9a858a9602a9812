package script

import "testing"

func TestFindPredicates(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find dir -name 'in*'
find dir -name '.*'
find dir -iname 'IN*'
find dir -path 'dir/sub/*'
find dir -path '*sub*' | sort
find dir -ipath '*SUB*' | sort
find dir -wholename dir/inner
find dir -regex 'dir/.*' | sort
find dir -regex '.*/in[a-n]e.'
find dir -regex 'in.*'
find dir -regex 'dir/inne'
find dir -regex '.*nner$' ! -regex '.*sub.*'
find . -regex '\./\(one\|two\)'
find dir -regex 'di\|dir' -print
find dir -regex '.*/.*|.*'
find dir -regex '['
find dir -regex 'a\{x'
find dir -regex
find . -maxdepth 1 -type f -name 't*'
find . -type l | sort
find . -perm 600
find . -perm -4000
find . -perm /022 -type d | sort
find . -perm x
find . -perm +6000 -type f
find . -user root -type p
find . -user nosuch
find . -group 34
find . -group root -type p
find . -size x
find . -empty | sort
find . -newer one -type f
touch two; find . -newer one -type f | sort
find . -mtime +1 -type p
find . -mtime -1
find . -mmin +5 -type p
find . -mtime x
find . -executable -type f | sort
find dir -mindepth 1 | sort
find dir -maxdepth 0
find dir -mindepth 2 -maxdepth 2
find dir -depth
find dir -maxdepth
find dir -prune
find . -name dir -prune -o -name one -print
find . -path ./dir -prune -o -type d -print | sort
find dir ! -type f | sort
find dir -not -name inner -type f | sort
find dir -type f -a -name inner
find dir -type f -and -name inner
find dir -name inner -o -name deep | sort
find dir -name inner -or -name deep | sort
find dir '(' -name inner -o -name deep ')' -type f | sort
find dir '(' -name inner
find dir ')' 
find dir -type f -print0 | sort -z | tr '\0' ' '
find dir -type f -exec echo {} ';' | sort
find dir -type f -exec echo a{}b{} ';' | sort
find void one -exec echo {} +
find one -exec false ';' -print
find one -exec true ';' -print
find one -exec sh -c 'echo "$0 $1"' {} z ';'
find one -exec nosuch {} ';'
find one -exec echo
find dir -delete
find dir -type f -delete
find dir -name sub -delete
find void -delete -print
find one two nothing
find nothing one
find -name inner
find dirlink
find dirlink/ -name inner
find -H dirlink -name inner
find -L dirlink -name deep
find -L . -name nothing
find loop
find -L loop
find one -name
find one -quit
find one two -print -quit
find dir -xdev -name inner
find . -name 'a b' -o -name 'new*' | sort
find ./-dash
find one -print -print
find one , two
find . -type p -o -type l -name link | sort
find . -perm -u=w,g=w | sort
find . -user 1000 | sort
`))
}

func TestXargsForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo a b c | xargs -n 2 echo x
echo a b c | xargs -n2 -t echo
printf 'a b\nc\n' | xargs -I{} echo '<{}>'
printf 'a b\nc\n' | xargs -I X echo 'X X' pre-X
printf '  a b  \n' | xargs -I% echo '%|'
printf 'a\0b c\0' | xargs -0 -n1 echo
printf 'a\0b c' | xargs -0 echo
printf "'a b' \"c d\" e\\\\ f\n" | xargs -n 1 echo
printf "a'b\n" | xargs echo
printf 'a"b\n' | xargs echo
printf "a'b c'd\n" | xargs -n 1 echo
printf '\n\n  \n' | xargs echo x
printf '' | xargs echo x
printf '' | xargs -r echo x
printf 'a\n' | xargs -r
printf 'a b\n' | xargs -n 1 false
printf 'a b\n' | xargs -n 1 sh -c 'exit 3'
printf 'a b\n' | xargs -n 1 sh -c 'echo $0; exit 255'
printf 'a\n' | xargs nosuch
printf 'a\n' | xargs ./one
printf 'a\n' | xargs sh -c 'echo "$0" "$@"' z
printf 'a b c d\n' | xargs -s 12 echo
printf 'a b c d\n' | xargs -x -s 8 echo
printf 'a b c d\n' | xargs -P 2 -n 4 echo
printf 'a\n' | xargs -n 0 echo
printf 'a\n' | xargs -n x echo
printf 'one two\n' | xargs cat
printf 'one two\n' | xargs rm; ls one two
xargs -a one echo
xargs echo < one
`))
}
