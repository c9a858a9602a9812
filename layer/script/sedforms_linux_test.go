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
