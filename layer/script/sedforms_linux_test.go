package script

import "testing"

func TestSedForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sed 2q one
sed 2Q one
sed '2q;p' one
sed -n '2{p;q}' one
sed '1!d' one
sed '2,2d' one
sed '2,1d' one
sed '/t/,/t/d' one
sed '/two/,1d' one
sed '1,/o/d' one
sed '0,/o/d' one
sed '$!d' one two
sed -n '$p' one empty
sed '2~1d' one
sed '2,+1d' one
sed '/two/,+9d' one
sed 's/t/T/2' one
sed 's/e/E/2g' one
sed 's/E/x/I' one
sed 's/^/> /' one
sed 's/$/;/' two
sed 's/.*/"&"/' one
sed 's/\(.\)\(.\)/\2\1/' one
sed -E 's/(.)(.)/\2\1/' one
sed -r 's/(t)(.)/\U\1\2/' one
sed 's/t/\n/' one
sed 's/t/\t/' one
sed 's#t#/#' one
sed 's,t,\,,' one
sed 's/[/]/x/' one
sed 's/o*/x/g' one
sed 's/\bt/T/' one
sed 's/\<t/T/;s/o\>/O/' one
sed '/^$/d' one
sed '/one/!s/$/!/' one
sed '/one\|two/d' one
sed -E '/one|two/d' one
sed '\,one,d' one
sed '\xonexd' one
sed 'y/abc/ABC/' two
sed 'y/ab/A/' two
sed 'y/\n/ /' two
sed '1a x' one
sed '1i x' one
sed '1c x' one
sed '1,2c x' one
sed '$!N;s/\n/+/' one
sed 'N;N;s/\n/+/g' one
sed ':a;N;$!ba;s/\n/,/g' one
sed -n 'H;${x;s/\n/,/g;p}' one
sed -n '1!G;h;$p' one
sed 'n;d' one
sed '$d' one two
sed G one
sed -n = one
sed '=' two
sed '1r two' one
sed '1r nothing' one
sed 'r two' one
sed '/one/b;s/t/T/' one
sed '/one/bx;s/t/T/;:x' one
sed 's/o/0/;t;s/t/T/' one
sed 's/o/0/;ta;s/t/T/;:a;s/$/!/' one
sed '/two/{s/t/T/;s/o/0/}' one
sed -e '/two/{' -e 's/t/T/' -e '}' one
sed -e 'a\' -e x one
sed -i 's/o/0/' one; cat one
sed -i 's/o/0/' one two; cat one two
sed -i.bak 's/o/0/' one; cat one one.bak
sed -i 's/o/0/' link; ls -l link | cut -c1
sed -i 's/o/0/' suid; stat -c %a suid
sed -i d two; wc -c hard two
sed -i 1d nothing
sed -i
sed -n
sed
sed p nothing one
sed p dir
sed k one
sed 's/a' one
sed 's/a/b/q' one
sed '}' one
sed '{' one
sed 'b nosuch' one
sed '1,d' one
sed '1,2=' one
sed 1,2q one
sed '#n' one
sed '#comment' one
sed -e '#n' -e p one
printf 's/o/0/\n' > s; sed -f s one
printf '#n\np\n' > s; sed -f s one
sed -f nothing one
sed --expression=p one
sed --quiet p one
printf 'a\r\n' | sed 's/\r$//'
printf 'a\0b\n' | sed 's/a/x/' | tr '\0' .
printf 'a' | sed 's/a/b/'
printf 'a' | sed 'a b'
printf '' | sed 'a b'
`))
}

func TestFilesOfSed(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sed q one nothing
sed -n '$p' one nothing two
sed p one nothing two >&f; cat f
sed '2q' - one < two
sed = - one < two
sed q - < one
sed -n '$p' - one < two
sed -n 2p one - < two
sed -n '2,3p' one - two < one
printf x > a; sed = a one
printf x > a; sed -n '=;p' a one
printf x > a; sed 's/x//' a one
printf x > a; sed G a one
sed -i '/three/,/beta/s/^/-/' one two; cat one two
sed -i '$,1s/^/-/' one two; cat one two
sed -i '2,3s/^/-/' one two; cat one two
sed -i '/two/,+3s/^/-/' one two; cat one two
sed -i '/three/,+1s/^/-/' one two; cat one two
sed -i 'H;$!d;x' one two; cat one two
sed -n 'w f' one; cat f
sed -n '/t/w f' one two; cat f
sed 's/o/0/w f' one; cat f
sed 's/o/0/gw f' two; cat f
sed -n 's/o/0/pw f' one; cat f
sed -n -e '1w f' -e '2w f' one; cat f
sed -n -e '1w f' -e '2w g' -e '3w f' one; cat f g
sed 'w  f ;p' one; cat 'f ;p'
printf '1w f\ns/o/0/\n' > s; sed -f s one; cat f
sed 'w dir/new' two; cat dir/new
sed 'w dir' one
sed 'w nosuch/f' one
sed w one
sed 's/o/0/w' one
sed 'w f' nothing; wc -c f
sed -e 'w f' -e k one; wc -c f
sed -n 'w /dev/null' one
sed -i 'w f' one; cat f one
sed 'w one' two; cat one
printf '1{w f\n}\n' > s; sed -nf s one; cat f
`))
}

func TestStatesOfSed(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sed -n '/a/,/q/{s//E/p}' two
printf 'ab\nx\nab\n' | sed '/q/!{s//E/}'
printf 'ab\nx\nab\n' | sed '/q/!{s//E/;/^a/p}'
printf 'a.\nx\na.\n' | sed '/a/!b;/\./!b;s//E/'
printf 'ab\nab\nab\n' | sed '/a/,$!d;/b/p;s//E/'
sed '2,0s/^/-/' one
sed '2,0!s/^/-/' one
sed '3,0b;s/^/-/' one
sed '0s/^/-/' one
seq 6 | sed 's/1/a/;n;ta;s/^/-/;:a'
seq 6 | sed 's/1/a/;N;ta;s/^/-/;:a'
seq 6 | sed 's/[24]/a/;Ta;Tb;s/^/-/;:a;:b'
seq 6 | sed 's/[24]/a/;Ta;tb;s/^/-/;:a;:b'
seq 6 | sed 's/[24]/a/;ta;b;:a;tb;s/^/-/;:b'
seq 3 | sed '2q;s/^/-/'
seq 9 | sed -n '2{p;q};$p'
printf '%s\n' 'c\a/b' | sed 'y/a\\/\\a/'
printf '%s\n' 'c\a/b' | sed 'y/a\\/1b/'
printf '%s\n' 'c\a/b' | sed 'y/ab/\/x/'
printf '%s\n' 'c\a,b' | sed 'y,ab,\,x,'
printf '%s\n' 'c\a,b' | sed 'y,\,b,xy,'
printf '%s\n' 'c\a|b' | sed 'y|a\||x\||'
printf '%s\n' 'c\anb' | sed 'y/ab/\t\n/'
printf '%s\n' 'c\anb' | sed 'y/\n/x/'
printf '%s\n' abc | sed 'y/aab/xyz/'
printf '%s\n' abc | sed 'y/abc/x/'
printf '%s\n' abc | sed 'y/a/xyz/'
`))
}
