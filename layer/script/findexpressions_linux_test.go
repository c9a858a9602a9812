package script

import "testing"

// Each line is a test, with a number, a name or a file that may be invalid.
func TestTestsOfFind(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find . -maxdepth 0; find . -mindepth 2 -maxdepth 2 -name i\* | sort; find . -maxdepth x; echo $?
find . -maxdepth; echo $?; find . -type p; find . -type; echo $?
find -L . -maxdepth 1 -type l 2>/dev/null
find -L . -maxdepth 1 -type d 2>/dev/null | sort
find dirlink -type f
find dirlink/ -type f | sort; find . -name 'o*'; find . -name 'O*'; find . -iname 'O*'; find . -name '[ot]*' | sort
find . -name '*.*' | sort; find . -name '.*' | sort; find dir -name dir; find dir/ -name dir; find . -name .
find . -name './one'; find . -path './dir/*' | sort; find . -path './d*r'; find . -path '*inner'
find . -ipath './DIR/*' | sort; find . -wholename './one'; find . -type f -empty; find . -type d -empty
find . -perm -644 -type f | sort; find . -perm /111 -type f | sort; find . -perm +111 -type f | sort
find . -perm u=rw,g=r,o=r | sort
find . -perm -u=x -type f | sort
find . -perm /u=s
find . -perm -2000 | sort; find . -perm 0 ; echo $?; find . -perm -0 -type p; find . -perm x; echo $?
find . -perm 9; echo $?; find . -user root -type f | sort; find . -user +999 | sort; find . -user nosuch; echo $?
find . -group 1001 | sort; find . -group nosuch; echo $?; find . -type f -size 1 | sort; find . -type f -size 0
find . -type f -size +1; find . -type f -size 14c | sort; find . -type f -size -10c | sort
find . -type f -size +10c | sort; find . -type f -size 1k | sort; find . -type f -size -1k | sort
find . -type f -size 1b | sort; find . -type f -size 1M | sort; find . -type f -size x; echo $?
find . -type f -size 1x; echo $?; find . -type f -links 2 | sort; find . -type f -links +1 | sort
find . -type f -links -2 -name '[ot]*' | sort; find . -newer one | sort
touch -d @2000000000 n; find . -newer one -type f
touch -d @2000000000 n; find . -newer n
touch -d @2000000000 n; find . ! -newer one -type f | sort
find . -newer nothing; echo $?
find . -mtime +1 -type f | sort
find . -mtime -1 -type f | sort
touch new; find . -mtime -1 -type f
touch new; find . -mtime 0 -type f
touch new; find . -mmin -5 -type f
touch new; find . -mmin +5 -type f | sort
find . -mtime x; echo $?
`))
}

func TestExpressionsOfFind(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find . -name one -o -name two | sort; find . -name one -or -name two | sort
find . -name one -a -type f; find . -name one -and -type f; find . -name one -type d
find . ! -type f ! -type d | sort; find . -not -type f -not -type d | sort; find . ! ! -name one
find . \( -name one -o -name two \) -type f | sort; find . \( -name one -o -name two \) -print | sort
find . -name one -o -name two -print | sort; find . -name one -print -o -name two -print | sort
find . \( -name one \) \( -type f \); find . \( -name one; echo $?; find . -name one -o; echo $?
find . -name one -a; echo $?; find . -name; echo $?; find . , -name one; echo $?; find . -name one -print -print
find . -name one -print0 | od -c; find . -type f -name '*e*' -print0 | sort -z | tr '\0' ' '
find . -name dir -prune -o -type f -print | sort; find . -path ./dir -prune -o -name '*n*' -print | sort
find dir -depth | tail -n 1; find dir -depth -name sub -prune -o -print | sort; find . -name one -quit; echo $?
find . -name one -print -quit; find . -type f -quit; echo $?; find . -maxdepth 1 -type f -print -quit | wc -l
find . -xdev -name one; find one two nothing dir -maxdepth 0; echo $?; find nothing; echo $?; find one
find one -type d; find '' ; echo $?; find -name one; find -type f -name two; find ./ -maxdepth 1 -name one
find .// -maxdepth 1 -name one; find /w/one /w/./two; find dir//sub; find . . -name one; find . -name 'a b'
find . -name '\*'; find . -name 'on[e'; find . -name ''
`))
}

func TestActionsOfFind(t *testing.T) {
	compareWithBusybox(t, eachLine(`
find . -name one -exec echo {} \;
find . -name one -exec echo a{}b{} \;
find . -name one -exec echo \;
find . -name one -exec \; ; echo $?
find . -name one -exec echo {}; echo $?
find . -name one -exec; echo $?
find . -name 'o*' -exec nosuch {} \; ; echo $?
find . -name one -exec false \; -print
find . -name one -exec true \; -print
find . -name one ! -exec false {} \; -print
find . -name one -exec sh -c 'echo $0 $1' x {} \;
find . -name one -exec cat {} \; -exec wc -l {} \;
find one two empty -exec echo {} +
find one two empty -exec echo a {} +
find one two empty -exec echo {} a + ; echo $?
find one two empty -exec echo a{} + ; echo $?
find one two -exec false {} + ; echo $?
find one two -exec sh -c 'exit 3' {} + ; echo $?
find one -exec sh -c 'exit 3' {} \; ; echo $?
find one two -exec nosuch {} + ; echo $?
find nothing -exec echo {} + ; echo $?
find one two -exec echo {} + -print
find one two -exec echo 1 {} + -exec echo 2 {} +
find one -exec echo {} \; -a -exec echo b {} +
find . -name one -delete; ls
find dir -delete; ls
find dir -name inner -delete; ls dir
find dir -type d -delete; echo $?; ls dir
find void -delete; ls -d void
find . -name void -delete -print
find nothing -delete; echo $?
find link -delete; ls one link
find . -maxdepth 1 -type l -delete; ls
find . -name 'nosuch' -delete; echo $?
find dir -depth -exec rmdir {} \; 2>/dev/null; find dir | sort
cd dir; find . -name inner -exec pwd \;
cd dir; find .. -name one -exec echo {} \;
cd dir; find ../one . -type f | sort
find dir -type f -exec chmod 600 {} +; ls -l dir/inner | cut -c1-10
find dir -type f -exec mv {} void \; ; ls -A void
find . -type f -name inner -exec cp {} {}.bak \; ; ls dir
`))
}
