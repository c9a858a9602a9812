package script

import "testing"

func TestSed(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"sed -n p one; sed p one; sed -n '2p' one; sed 2d one; sed '2,3d' one; sed '$d' one; sed -n '$p' one two; sed -n '$=' one two; sed '2,$d' one; "+
			"sed '/two/d' one; sed '/one/,/two/d' one; sed -n '/two/,$p' one; sed '2!d' one; sed -n '1!p' one",
		"seq 10 | sed -n '2,+2p'; seq 10 | sed -n '/3/,+1p'; seq 10 | sed -n '/3/,5p'; seq 10 | sed -n '/6/,5p'; seq 10 | sed -n '5,2p'; "+
			"seq 10 | sed -n '2,/1/p'; seq 10 | sed -n '/1/,/1/p'; seq 10 | sed -n '0,/1/p'; seq 10 | sed -n '$!{$!p}'; seq 3 | sed -n '2{p;q}'; "+
			"seq 10 | sed -n '2,4!p'; seq 10 | sed -n '\\,3,p'; seq 10 | sed '/2/,/4/{/3/d}'",
		"sed 's/o/0/' one; sed 's/o/0/g' one; sed 's/o/0/2' one; sed -n 's/t/T/p' one; sed 's/T/x/I' one; sed 's/T/x/ig' one; sed 's,o,/,' one; "+
			"sed 's|a\\|b|X|' two; sed 's/\\//x/' one; sed 's/e/[&]/g' one; sed 's/e/\\&/' one; sed 's/\\(.\\)\\(.\\)/\\2\\1/' one; "+
			"sed -E 's/(.)(.)/\\2\\1/' one; sed -r 's/(t|o)+/<&>/g' one",
		"echo hello | sed 's/l*/x/2'; echo hello | sed 's/x*/-/g'; echo baaac | sed 's/a*/x/g'; echo abc | sed 's/b*/x/g'; echo aab | sed 's/\\<a/x/g'; "+
			"echo abcabc | sed 's/b/X/2g'; echo aaaa | sed 's/a/b/3'; echo aaa | sed 's/^a/b/g'; echo aaa | sed 's/a$/b/g'; "+
			"echo 'a b' | sed 's/[^ ]*/<&>/g'; echo abc | sed -E 's/(b|)/[\\1]/g'; echo abcd | sed -E 's/(a|ab)(c|bcd)/[\\1][\\2]/g'; "+
			"echo abc | sed 's/$/x/g'; echo abc | sed 's/^/x/g'; echo aaa | sed 's/^a/b/2'",
		"printf 'a\\nb' | sed p; printf 'a' | sed 's/a/b/'; printf 'a\\nb' | sed -n '$='; printf '' | sed p; sed p empty; printf 'a' | sed 'a x'; "+
			"printf 'a' | sed 'i x'; cat two | sed -n p; sed p two one; printf 'a' | sed G; printf 'x' | sed '$!d'; printf 'a\\nb' | sed N; "+
			"printf 'a' | sed 'n;p'",
		"seq 3 | sed '2i\\  foo'; seq 3 | sed '2a\\\nhello\\\nworld'; seq 3 | sed -e '2a\\' -e 'xx'; seq 3 | sed '2c foo\\nbar'; seq 3 | sed '1,2c foo'; "+
			"seq 3 | sed '$a end'; seq 3 | sed '1i start'; seq 3 | sed '2i\\\nfoo'; seq 3 | sed 'a\\'; seq 3 | sed '2a a\\tb\\\\c'; seq 3 | sed '2afoo'; "+
			"seq 3 | sed '2a   foo  '; seq 3 | sed '/2/{a x\n}'; seq 3 | sed '2!c x'; seq 3 | sed -n '2a x'; "+
			"seq 3 | sed -e '2i a' -e '2i b' -e '2a c' -e '2a d'",
		"seq 4 | sed '$!N;s/\\n/-/'; seq 4 | sed 'N;P;D'; seq 4 | sed -n 'H;${x;s/\\n/,/g;p}'; seq 3 | sed G; seq 3 | sed -n '1!G;h;$p'; seq 4 | sed 'n;d'; "+
			"seq 4 | sed -n 'n;p'; seq 3 | sed x; seq 3 | sed '1h;2g;3G'; seq 3 | sed 'N;N;s/\\n/+/g'; seq 5 | sed '$!N;$!D'; "+
			"printf 'a b\\nc\\n' | sed ':a;N;$!ba;s/\\n/ /g'; seq 3 | sed =; seq 3 | sed -n '/2/{=;p}'",
		"echo aaa | sed ':x;s/a/b/;tx'; echo aaa | sed ':x s/a/b/;tx'; echo aab | sed 's/a/x/;T;s/x/y/'; echo b | sed 's/a/x/;T;s/b/y/'; "+
			"echo abc | sed 'b;s/a/x/'; echo abc | sed 'b end;s/a/x/;:end'; echo abc | sed -e ':a' -e 's/[abc]/x/' -e 'ta'; seq 3 | sed '/2/b;s/^/-/'; "+
			"echo a | sed 't;s/a/b/;t;s/b/c/'; echo abc | sed '/a/{s/b/X/;s/c/Y/}'; echo ab | sed '{s/a/x/;s/b/y/}'; echo ab | sed -n '/a/{/b/{p}}'; "+
			"seq 6 | sed -n '/2/,/4/{//!p}'",
		"echo hello | sed y/el/ip/; echo 'a/b' | sed 'y,/,-,'; echo 'a/b' | sed 'y/\\//-/'; printf 'a\\nb\\n' | sed 'N;y/\\n/ /'; "+
			"echo 'a\\b' | sed 'y/\\\\/-/'; echo abc | sed 'y/abc/bca/'; echo abc | sed 'y/a/xy/'; echo abc | sed 'y/ab/x/'",
		"sed -i s/o/0/ one; cat one; sed -i.bak s/e/E/ one two; sed -i s/x/y/ hard; sed -i p link; sed -n -i p suid; sed -i d empty; "+
			"sed -i -e 1d -e '$a x' dir/inner; sed -i s/a/b/ attr",
		"sed -i p nothing one; sed -i p; sed -i '$d' one two; sed -i.orig -e '1i x' 'a b'; sed -i '1!d' one dir/inner; sed -i 's/a/b/' broken",
		"sed -f empty one; printf 's/o/0/\\np\\n' > s; sed -f s one; printf '#n\\np\\n' > s; sed -f s one; printf '# c\\ns/o/0/ # d\\n' > s; sed -f s one; "+
			"sed -f s -e p one; sed -n -f nothing one; printf '/two/{\\n  s/t/T/\\n  p\\n}\\n' > s; sed -f s one; printf 'a\\\\\\nfoo\\\\\\nbar\\n' > s; "+
			"sed -f s one; sed -e 'p' -e 's/o/0/' -- one; sed --expression=p --quiet one",
		"sed k one; sed 's/a/b' one; sed s/a one; sed s one; sed 's/a/b/k' one; sed 1, one; sed 'b foo' one; sed '{p' one; sed 'p}' one; sed 2q5 one; "+
			"sed '2~3p' one; sed '2,~4p' one; sed '/a' one; sed '1d p' one; sed ',2p' one; sed 's/\\(/x/' one; sed 's/[/x/' one; sed '/*/p' one; "+
			"sed -E 's/*/x/' one; sed 'y/a/' one; sed '//p' one; sed r one; sed 'r' one; sed '1,2i x' one; sed '1,2a x' one; sed ':' one; "+
			"sed 5 one; sed '1!' one",
		"sed p nothing; sed p nothing one; sed p dir; sed; sed -n; sed --version; sed -n '/o/p;/o/p' one; sed 'p;p' one; sed 'p p' one; "+
			"sed -n '1p;;2p;' one; sed '' one; sed ' ' one; sed '\n' one; sed -n '/one/ p' one; sed -n '1 , 2 p' one; sed -n '1, 2p' one; "+
			"sed -n '1,2 {p;}' one; sed -n '/one/ , /two/p' one; sed -n '1,2 !p' one; sed -n '1!!p' one",
		"echo a.b | sed 's/./x/'; echo 'a.b' | sed 's/\\./x/'; echo 'a*b' | sed 's/*/x/'; echo 'a*b' | sed 's/a*b/x/'; echo 'a[b' | sed 's/[[]/x/'; "+
			"echo 'a/b' | sed 's/[/]/x/'; echo 'a]b' | sed 's/[]]/x/'; echo 'a\\nb' | sed 's/\\\\n/x/'; printf 'a\\tb\\n' | sed 's/\\t/x/'; "+
			"echo ab | sed 's/a/\\t/'; printf 'a\\nb\\n' | sed 'N;s/[\\n]/x/'; echo 'a\\b' | sed 's/[\\]/x/'; echo \"it's\" | sed \"s/'/\\\"/\"; "+
			"echo abc | sed 's/b/\\\n/'; echo 'a b' | sed 's/\\s/_/'",
		"sed -n '/one/r two' one; sed 'r two' one; sed '1r nothing' one; sed '1r two' one; sed -n '2r two' one; sed '$r two' two; sed '1r empty' one; "+
			"echo a | sed 'r dir'; seq 3 | sed '2q'; seq 3 | sed -n '2q'; seq 3 | sed '2{a x\nq}'; seq 3 | sed '1d;q'",
		"sed -Ee 's/^#?CLOUD=.*/CLOUD=alpine/' -Ee 's/^HOTPLUG_MODULES=.*/#HOTPLUG_MODULES=/' one; printf '#CLOUD=x\\nCLOUD=y\\nA\\n' | "+
			"sed -Ee 's/^#?CLOUD=.*/CLOUD=alpine/'; echo \"'/bin/x'\" | sed \"s/^'//; s/'$//\"; "+
			"cat one | tr '\\n' '\\f' | sed 's|two\\f|2\\f|;s|\\f|;|' | tr '\\f' '\\n'",
		"echo 'key = value' | sed -n 's/^key *= *\\(.*\\)$/\\1/p'; echo 'a=1 b=2' | sed 's/\\([a-z]\\)=\\([0-9]\\)/\\2:\\1/g'; "+
			"echo 'AbC' | sed 's/[[:upper:]]/_/g'; echo 'x1y22' | sed -E 's/[0-9]+/(&)/g'; echo abcabc | sed -E 's/(abc){2}/x/'; "+
			"echo aXbXc | sed 's/X/\\n/g'; echo '/usr/local/bin' | sed 's#/[^/]*$##'; echo '  trim  ' | sed 's/^ *//;s/ *$//'; echo éa | sed 's/./x/g'; "+
			"echo aé | sed 's/é/e/'",
		"sed -n 's/one/1/;//p' one; sed 's/one/1/;s//2/' one; sed -n '/one/s//1/p;/two/{s//2/;p}' one; sed -n '/one/p;s/two/2/p;s//x/p' one; "+
			"sed -n 's/t/T/;/one/!s//X/p' one; sed -n '/three/p;/one/,//p' one; sed -n '/one/{n;s//x/p}' one; sed '/two/!s//x/' one; "+
			"sed -e '/one/b' -e 's//X/' one; printf 'a' | sed -n 's/a/b/p'; printf 'a' | sed -n P; printf 'a' | sed x; printf 'a' | sed 'c x'; "+
			"printf 'a\\nb' | sed '1r one'; printf 'a' | sed 'h;g'; printf 'a' | sed H",
		"echo ab | sed 's/\\(a\\)\\|b/[\\1]/g'; echo ab | sed 's/a/\\1/'; echo ab | sed 's/\\(a\\)/\\2/'; echo ab | sed 's/b/\\0\\0/'; "+
			"echo 'a&b' | sed 's/&/and/'; echo abc | sed 's/b//'; echo a1 | sed 's/[0-9]\\{1,\\}/N/'; echo foo | sed 's/o\\+/0/'; "+
			"echo fo | sed 's/fx\\?o/0/'; echo aaa | sed 's/a\\{2\\}/X/'; echo 'x^y' | sed 's/x^y/z/'; echo 'a$b' | sed 's/a$b/z/'; "+
			"echo ab | sed 's/\\(^a\\)/x/'",
	))
}

func TestSedOneByOne(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"sed ',2p' one",
		"sed -n ',2!p' one",
		"sed -n '0p' one",
		"sed '0,2d' one",
		"sed -n '$,1p' one",
		"sed -n '2,1p;2,2p' one",
		"sed -n '/two/I p' one",
		"sed -n '/TWO/Ip' one",
		"sed -n 's/\\(.*\\)e/\\1/gp' one",
		"sed 's/e/E/gp' one",
		"sed '2s/t/\\x41/' one",
		"sed 's/t\\b/X/' one",
		"sed 's/a\\|o/X/g' one",
		"sed 's/\\n/x/' one",
		"sed 's/o/a\\/b/' one",
		"sed 's/[a-z]*/\"&\"/' one",
		"sed \"s/one/it's/\" one",
		"sed 's/one/\\\\/' one",
		"sed 's/one/\\\\n/' one",
		"sed 's/o/\\\\\\&/' one",
		"sed -e 's/a/b/' -e '' one",
		"sed -n -e '/one/{' -e 'p' -e '}' one",
		"sed -n '/one/{p' one",
		"sed -n '/nothing/{p' one",
		"sed -e 'i\\' -e '  two' one",
		"sed 'a\\  two' one",
		"sed 'a\\\\two' one",
		"sed '$!{N;D}' one",
		"sed '/one/{N;N;d}' one",
		"sed 'y/abc/\\n\\t\\\\/' two",
		"sed 's/ /\\t/' two",
		"sed 's/\\./\\\\./g;s/$/./' two",
		"sed -n '/alpha/,/beta/{s/a/A/;p}' two",
		"sed '1~2d' one",
		"echo 'a,b,c' | sed 's/,/\\n/g'",
		"echo 'abc' | sed -E 's/(.)(.)(.)/\\3\\2\\1/'",
		"echo 'a.b.c' | sed 's/\\.[^.]*$//'",
		"echo '/a/b' | sed 's:/:\\::g'",
		"echo 'a|b' | sed 's|\\||/|'",
		"echo 'x(y)' | sed -E 's/\\(y\\)/z/'",
		"echo 'x(y)' | sed 's/(y)/z/'",
		"echo aXb | sed 's/x/y/i'",
		"echo ab | sed 's/a*\\(b\\)/[\\1]/'",
		"echo 'foo=bar # c' | sed -e 's/#.*//' -e 's/ *$//'",
		"echo a | sed 's/a/b/;;;p'",
		"echo a | sed '{;p;}'",
		"echo a | sed -n '{p};p'",
		"echo a | sed 'n;n;n;s/a/b/'",
		"sed -n '2,0p' one",
		"sed -n '/one/,0p' one",
		"sed -n '0,0p' one",
	))
}

func TestFind(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"find . | sort; find dir | sort; find dir/ | sort; find dir one nothing; find dir -type f | sort; find . -type l | sort; find . -type d | sort; "+
			"find . -type p; find -name inner; find . -name '*e' | sort; find . -name '.*' | sort",
		"find . -maxdepth 1 | sort; find . -mindepth 2 | sort; find . -maxdepth 0; find . -mindepth 1 -maxdepth 1 -type f | sort; find dir -depth | sort; "+
			"find dirlink | sort; find dirlink/ | sort; find -L dirlink | sort; find -H dirlink | sort; find -L dir -type l; find -L . -maxdepth 1 -type l; "+
			"find -L broken -type l; find -L loop",
		"find dir -name sub -prune -o -print | sort; find dir ! -name inner | sort; find dir -not -type d | sort; "+
			"find dir \\( -name inner -o -name deep \\) -print | sort; find dir -name inner -o -name deep | sort; find dir -type f -a -name 'd*'; "+
			"find dir -type f -name inner -print -o -type d -print | sort; find dir -path '*/sub/*'; find dir -path 'dir/sub*' | sort; "+
			"find dir -iname INNER; find dir -wholename dir/inner",
		"find . -perm 644 | sort; find . -perm -111 | sort; find . -perm +111 -type f | sort; find . -perm /4000; find . -perm -u+s; "+
			"find . -perm u=rw,g=r,o=r -type f | sort; find . -user 33; find . -user root -type d | sort; find . -group 34; find . -user foo; "+
			"find . -group bin; find . -user 1000 | sort; find . -perm xyz",
		"find . -empty | sort; find . -type f -size 0; find . -type f -size -10c | sort; find . -type f -size 14c; find . -type f -size +15c | sort; "+
			"find . -type f -size 1 | sort; find . -type f -size +0 | sort; find . -type f -size 1k; find . -newer one; touch one; "+
			"find . -newer two -type f; find . -type f -links 2 | sort; find . -executable -type f | sort; find . -type f -mtime +10 | sort; "+
			"find . -type f -mtime -1; find . -type f -mmin -5",
		"find dir -type f -delete; find dir void -delete; find void -delete; mkdir -p t/a/b; find t -name b -delete; find t -delete; "+
			"find . -name one -delete -print; find -L . -maxdepth 1 -type l -delete",
		"find dir -type f -exec echo {} \\; | sort; find dir -type f -exec echo x{}y \\; | sort; find dir -name inner -exec cat {} \\; -exec echo found \\;; "+
			"find dir -name inner -exec false \\; -print; find dir -name inner -exec true \\; -print; find dir -name inner -exec echo {} +; "+
			"find dir -type f -exec ls {} + | sort; find one two -exec echo a {} +; find dir -name nothing -exec echo {} +; find one -exec false {} +",
		"find one -exec nothing {} \\;; find one -exec nothing {} +; find dir -type d -exec chmod 700 {} \\;; find dir -type f -exec chmod 600 {} +; "+
			"find . -name 'a b' -exec cat {} \\;; find . -name 'new*' -exec cat {} \\;; find . -name 'new*' -print0 | tr '\\0' .; "+
			"find . -name one -print -print; find dir -name sub -exec rm -r {} \\;",
		"find . -name; find . -name one -o; find . \\( -name one; find . -maxdepth x; find . -type; find . -exec; find . -exec echo; find . -newer nothing; "+
			"find . ! | sort; find . -name one -quit; find one two -quit",
		"find dir -type f -print0 | xargs -0 ls | sort; find bin sbin; find / -maxdepth 1 -name w; find /w/dir -maxdepth 1 | sort; find . -xdev -name one; "+
			"find . -follow -name deep | sort; find . -name one -prune; find dir -depth -name sub -prune -o -print; find . -name '[a-e]*' -maxdepth 1 | "+
			"sort; find . -name '?b' ; find . -name 'a\\*'; find . -name '*[!a-z]*' -maxdepth 1 | sort",
	))
}

func TestXargs(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"echo a b c | xargs echo; echo a b c | xargs; echo a b c | xargs -n 1 echo x; echo a b c | xargs -n2; printf 'a b\\nc\\n' | xargs -I {} echo '[{}]'; "+
			"printf '  a b \\n\\nc\\n' | xargs -I% echo '[%]' %; printf '' | xargs echo x; printf '' | xargs -r echo x; "+
			"printf 'a\\0b c\\0' | xargs -0 -n1 echo",
		"echo \"'a b' \\\"c d\\\" e\\\\ f\" | xargs -n1 echo; echo \"a'b c'd\" | xargs -n1; printf '\"a\\n' | xargs; echo a | xargs -t echo; "+
			"echo a b | xargs -n1 -t true; echo a | xargs false; echo a b | xargs -n1 false; echo a | xargs nothing; echo a | xargs ./one; "+
			"echo 1 | xargs -n 1 cat nothing",
		"seq 10 | xargs -n 3; seq 3 | xargs -n1 -P2 echo | sort; seq 100 | xargs -s 50; seq 30000 | xargs | wc -l; echo x | xargs -n 0; echo a | xargs -n x; "+
			"printf 'one\\ntwo\\n' | xargs cat; printf 'one two' | xargs wc -l; printf 'a\\n b\\n' | xargs -I X echo X-X; "+
			"printf 'a\\nb' | xargs -I {} touch f{}; printf '\\n\\n' | xargs echo y; printf ' \\n' | xargs -r echo z",
		"echo one two | xargs rm; echo 'dir void' | xargs rmdir; echo nothing | xargs -r rm; echo a | xargs -I {} sed -n 1p one; "+
			"printf 'x\\ty\\n' | xargs echo; echo a b | xargs -a one echo; xargs -a nothing echo; printf '\\0a\\0\\0' | xargs -0 -n1 echo; "+
			"echo '-n a' | xargs echo; echo x | xargs -- echo -n; printf 'a\\\\\\nb' | xargs echo",
		"( find bin sbin usr/bin usr/sbin -maxdepth 1 -type l; busybox --list-all) | sort | uniq -u | xargs -r stat -c '%N' 2>/dev/null | "+
			"awk \"\\$3 == \\\"'/bin/busybox'\\\" {print \\$1}\" | sed \"s/^'//; s/'$//\" | xargs -r rm",
	))
}

func TestList(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"ls; ls -1; ls -a dir; ls -A dir; ls -d dir; ls -d .; ls one two; ls dir void; ls one dir; ls nothing one; ls dirlink; ls link; ls broken; "+
			"ls -d dirlink; ls -r dir; ls empty void; ls -t one two; ls loop; ls ''",
		"ls -l one two link broken; ls -ln two; ls -l suid; ls -l fifo /dev/null; ls -l 'a b' 'new\nline'; ls -F one suid dirlink fifo; ls -p dir; "+
			"ls -F dir; ls -lh one; ls -1 dir/; ls -S one two empty; ls -tr one two; ls -dl link; ls -L link; ls -lL link; ls -1F; ls -1p",
		"stat -c '%10n|%-10n|%05a|%#a' one",
		"touch -d '2020-01-02 03:04:05' one; ls -l one; chown 12345:54321 one; ls -l one; ls -n one; chmod 7777 one; ls -l one; chmod 7000 one; ls -l one",
		"stat -c '%a %A %f %F %g %G %n %N %s %u %U %Y %y %t %T %h' one two link suid fifo; stat -c %n dir; stat -c '%a %A %F %U:%G' dir . void; "+
			"stat -Lc '%F %s' link; stat -Lc %F broken; stat -c %F empty /dev/null; stat -c '%t:%T' /dev/null; stat -c %N dirlink",
		"stat -c %a nothing one; stat -c %U two; stat -c '' one; stat -c 'a\\nb' one; stat -c %a 'new\nline'; stat -c %a%% one; stat -c %G suid attr; "+
			"stat -c '%5a|%-5a|%05s|%.2n' one; stat -c %a one/",
	))
}
