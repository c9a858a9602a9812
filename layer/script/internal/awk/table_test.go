package awk

import "slices"

// allCases is the table: programs without input, then those with it.
func allCases() []testCase {
	var list []testCase
	for _, p := range slices.Concat(programs, latePrograms) {
		list = append(list, testCase{args: []string{p}})
	}
	for _, p := range slices.Concat(recordPrograms, lateRecordPrograms) {
		list = append(list, testCase{stdin: "a b c\nd e f\n", args: []string{p}})
	}
	return append(list, inputCases...)
}

// programs run without input.
var programs = []string{
	`function h(z, k) { z[k] = (1 in z); return z[k] } BEGIN { print h(x, 1); a["k"] = length(a); print a["k"] }`,
	`BEGIN{print ($2<0); $2=3; print ($3<0); $0="q"; print ($2<0), ($2==0), ($3<0)}`,
	`BEGIN{sub(/x/,"y",a); print (a==0), (a==""); sub(/x/,"y",b[1]); print length(b); print 1, 2, 1/0, 3}`,
	`BEGIN{NF="2"; print NF; NF=2.7; print NF; print; NF="1x"; print NF; print}`,
	`BEGIN{print log(0)==log(0), "nan"+0<1;print close("nope"); x="abb";gsub(/b*/,"-",x);print x;x="abbc";gsub(/b+/,"-",x);print x; x="aaa"; gsub(/a/,"",x); ` +
		`print x "|"; x="b"; print gsub(/b|/,"-",x), x;x="ab"; print gsub(/^|b/,"-",x), x}`,
	`BEGIN{print 1; print 2 > "/dev/stdout"; print 3}`,
	`BEGIN{print "x" "y" ~ "z" "w"; print 1+1 in a}`,
	`BEGIN{$0="a b c d"; NF=2; $5="e"; print; print NF; $0=$0; print NF; $3=""; print; NF=NF; print}`,
	`BEGIN{$2="x"; $0="p q"; print $2; $2=1.5; print; CONVFMT="%.0f"; $2=2.5; print; print $2}`,
	`BEGIN{OFMT="%.2f"; $0="a"; $1=3.14159; print; print $1; print $1 ""; x=3.14159; print x, x ""}`,
	`BEGIN{OFS="-"; $0="a b c"; $2="x"; OFS="+"; print; $1=$1; print}`,
	`BEGIN{a["x"]; for (k in a) {delete a[k]}; print length(a)}`,
	`function f(a){a[1]=5; return} BEGIN{f(z); print z[1]; f(q[1]); print length(q)}`,
	`function f(a){delete a; a[7]} BEGIN{z[1];f(z);for(k in z)print k}`,
	`BEGIN{print substr("hello",2,-5) "|" substr("",1,5) "|" substr("x",2) "|"}`,
	`BEGIN{print -3%2, 2^0.5, 2^-1, 0^0, 10%3.5, 1e308*10, -1e308*10}`,
	`BEGIN{print toupper(1.5), length(12345), index(12345,34), substr(12345,2,3)}`,
	`BEGIN{if(x=="")print "e"; if(x==0)print "z"; if(!x)print "n"; if(length(x)==0)print "l"}`,
	`BEGIN{printf "%s %s\n", "only"; printf "%d|%5.3d|%-6d|%06d|%+d\n", "0x1f", 7, 8, -9, 0}`,
	`BEGIN{printf "%i %5i\n", 3.99, "1e3"; printf "%o %X %#x\n", 8.9, 255.5, 0; printf "%c%c%c\n", 97, "97", 9.9+56}`,
	`BEGIN{print 100000 * 100000, 2147483647+1, 0.1+0.2==0.3, 1e-7, 123456.789, 1234567.89, 0.000001, 1e6+0.5}`,
	`BEGIN{n=split("c b a",x); for(i=1;i<=n;i++)s=s x[i] ","; print s; for(k in x)printf "%s ",k; print ""}`,
	`BEGIN { while ((getline line < "one") > 0) n++; print n; close("one"); getline line < "one"; print line }`,
	`BEGIN { printf "a\n" "b\n" ; printf("%s-%s\n", "x", "y") }`,
	`BEGIN{x="a.b.c"; n=gsub(/\./,"\\.",x); print n,x; y="path/to"; gsub("/","\\/",y); print y; z="a&b"; gsub(/&/,"and",z); print z; w="x"; ` +
		`sub(/x/,"[&][\\&][\\\\&]",w); print w; w="x"; sub(/x/,"\\\\\\&",w); print w;w="x"; sub(/x/,"a\\qb\\",w); print w}`,
	`BEGIN{print int(1e20), int("0x1f"), int(-1e20), int("inf"), "0x1p3"+0, "0x.8"+0, "infinity"+0, "nan"+0, "-nan"+0, "+5"+0, "1e"+0, "1e+"+0, ".e1"+0, "- ` +
		`5"+0, " 12 "+0, "\t5"+0, 08}`,
	`BEGIN{for(i=0;i<3000;i++)a["k" i*7919%10007]=i; for(k in a){if(n++%100==0)printf "%s=%s ",k,a[k]}; print n}`,
	`BEGIN{for(i=0;i<600;i++)a[i]; for(i=0;i<600;i+=3)delete a[i]; for(i=0;i<50;i++)a["z" i]; for(k in a)printf "%s ",k; print length(a)}`,
	`BEGIN{a["a","b"]=1;a["c"]=2;SUBSEP=":";a["d","e"]=3;for(k in a){n=split(k,p,"\034");print n,k,a[k]};print (("d","e") in a),(("a","b") in a)}`,
	`BEGIN{print strftime("%Y-%m-%d %H:%M:%S %j %U %W %u %w %V %G %y %C %e %p %I %D %T %R %n%t%%", 1e9); print strftime("%A %B %a %b %h %F", 0); ` +
		`print mktime("2001 09 09 01 46 40"); print mktime("2020 2 30 0 0 0")}`,
	`BEGIN{print substr("hello",2,2.5), substr("hello",2.9), substr("hello","2"), substr("hello",1,"x")"|"}`,
	`BEGIN{print "A"<"a", "a"<"b", "abc"<"abd", "ab"<"abc", ""<"a", 10<9, "10"<"9", 10<"9", 2<10}`,
	`BEGIN{IGNORECASE=1; print ("ABC"=="abc"), ("ABC"~/b/), index("ABC","b"), toupper("x"); n=split("aXbxc",p,"x");print n; x="FooBar"; gsub(/o/,"0",x); ` +
		`print x; gsub("B","-",x); print x; a["K"];print ("k" in a)}`,
	`BEGIN{printf "%5.1f|%-10s|%10s|%c|%x\n", 3.14159, "left", "right", "char", 255; printf "%s\n"; printf "%d%%\n", 50; ` +
		`printf "%.3s|%10.3s|\n", "abcdef", "abcdef"}`,
	`BEGIN{x["a"]=1; x["b"]=2; for(k in x) s+=x[k]; print s; delete x["a"]; print ("a" in x), length(x)}`,
	`BEGIN{do{i++; if(i==3)continue; if(i>5)break; printf "%d ",i}while(1); print ""; for(i=0;i<10;i+=3)printf "%d ",i; print i}`,
	`BEGIN{exit} END{print "end runs"}`,
	`BEGIN{exit 2} END{exit}`,
	`BEGIN{print 1==1.0, "1"==1, "1.0"==1, 1=="1", "a"=="a", "a"!="b", x==0, x==""}`,
	`BEGIN{print 5 " items", 3+4 " sum", -1 " neg", 1.0 "", 1e3 "", 0.1 "", 1/3 ""}`,
	`BEGIN{a="x";a=a a;a=a a;print a; b[a]=1;b[a a]=2;for(k in b)print k, b[k]}`,
	`BEGIN{i=1; a[i++]=i; for(k in a) print k, a[k]; i=1; a[i]=i++; $0="x y z"; i=1; $i++; print; print i; $(i++)="q"; print i, $0}`,
	`BEGIN{x=1; x+=x+=2; print x; y=2; y^=3; print y; z=10; z%=4; print z; z-=-1; print z; z*=z; print z; z/=3; print z}`,
	`BEGIN{print (1,2) in a, (1 in a), !(1 in a); a[1,2]; print ((1,2) in a) }`,
	`BEGIN{print length("a" "bc"), length "x", length()}`,
	`BEGIN{print index("abc","c") + 1, -index("abc","b"), !index("a","b")}`,
	`BEGIN { print "a" > "/dev/stderr"; printf "b%d\n", 1 > "/dev/stderr" }`,
	`BEGIN{if(!(3 in a)) print "absent"; a[3]; if (3 in a) print "present"; if ("x" in a || 3 in a) print "or"}`,
	`BEGIN{print 1 " " 2, 1" "2, "a""b" "c"; print 1,2,3; print(1,2,3); print (1)(2); print ("x")}`,
	`BEGIN{a = 5; b = a++ + ++a; print a, b; print a--, a, --a; print -a, +a, !a, !!a; print 2-1, 2 -1, 2 - 1, 2- 1}`,
	`BEGIN{$0="3 abc 0 0x10 1e1"; print ($1==3), ($2>1), ($3?"t":"f"), ($4==16), ($5==10); if($3)print "no"; if($2)print "yes"; x="0"; if(x)print "str0"}`,
	`BEGIN{printf "[%s][%5s][%-5s][%05d][%5.2f][%e][%g][%x][%o][%c]\n","s","s","s",42,3.14159,31415.9,0.0001,255,8,"A"}`,
	`BEGIN{s="The Quick"; print tolower(s), toupper(s), length(s), substr(s,5), index(s,"Quick"); ` +
		`if(match(s,/Q[a-z]+/))print RSTART,RLENGTH,substr(s,RSTART,RLENGTH)}`,
	`BEGIN{print match("aaa",/b*/), RSTART, RLENGTH; print match("xabc",/[a-c]+$/), RSTART, RLENGTH; print match("", /^$/), RSTART, RLENGTH}`,
	`BEGIN{print and(12,10), or(12,10), xor(12,10), lshift(1,10), rshift(1024,3), compl(0)==18446744073709551615}`,
	`BEGIN{print 1/4, 1e10, 1e15, 1e16, 12345678901234567890, 0.00001234, 100/3, -1/3, 1e-300*1e-300, 3.0, "3.0", "3.0"+0}`,
	`BEGIN{while(1){if(++i>3)break}; print i; for(;;){if(i--<0)break}; print i}`,
	`BEGIN{if(1);else print "x"; if(0)print "y"; else;print "z"}`,
	`BEGIN{print $1, NF, $0 "|"; $0="  lead  trail  "; print NF, $1, $2; $1=$1; print "[" $0 "]"}`,
	`BEGIN{print "\x41\102\t|\\|\/|\"|\e|\8"; print "a\
b"; print "tab\there"}`,
	`BEGIN { getline; print $0 "|" NR "|" NF; getline x; print x "|" }`,
	`BEGIN{$3="c"; print NF; print; $7=""; print NF; print; NF=1; print "[" $0 "]"}`,
	`BEGIN{print -2^2, (-2)^2, 2^3^2, 2**2, 2^-1, !1+1, 1+!1, - -1, !-1, 1 - 1, 1 -1, "1" -1}`,
	`BEGIN{a["x"]=1; f(a); print a["x"], a["y"]} function f(b) { b["x"]++; b["y"] = "new" }`,
	`BEGIN{f(5)} function f(n) { if (n > 0) { printf "%d ", n; f(n-1) } else print "done" }`,
	`BEGIN{print f(f(2))} function f(x){ return x*x }`,
	`BEGIN{print g()} function g(a,b,c){ a="l"; b[1]="m"; return a b[1] c "." }`,
	`BEGIN{ x = "global"; h(); print x, y } function h( x) { x = "local"; y = "set" }`,
	`BEGIN{for(i=0;i<1000;i++)a[i];delete a; for(i=0;i<30;i++)a[i]; for(k in a)printf "%s ",k}`,
	`BEGIN{for(i=0;i<1000;i++)a[i];for(i=0;i<1000;i++)delete a[i]; for(i=0;i<30;i++)a[i]; for(k in a)printf "%s ",k}`,
	`BEGIN{for(i=0;i<1000;i++)a[i];split("",a); for(i=0;i<30;i++)a[i]; for(k in a)printf "%s ",k}`,
	`BEGIN{a[1];a[2];a[3];for(k in a){delete a;print k; a[4]}}`,
	`BEGIN{a[1];a[2];a[3];for(k in a){for(j in a)printf "%s%s ",k,j;}}`,
	`BEGIN{print substr("hello",0,2),substr("hello",-1,3),substr("hello",1.5,2),substr("hello",2),substr("hello",2.5),substr("hello",10),substr("hello",2,` +
		`-1) "|",substr("hello",2,0)"|", substr("hello", "x"), substr("hello",1e18), substr("hello",-1e18,2e18)}`,
	`BEGIN{print 1e6, 1e5*10, 123456789, 1e17, 0.1, 1/3, 100000*100000, 1e300*1e300, -1e300*1e300, log(-1), 2^31, 2^53, 2^53+1,-0, -1*0, 1e15,123456789012, ` +
		`3.0, "3.0"+0,  017, 0x11, "0x11"+0, "017"+0,1e-5}`,
	`BEGIN{printf "%d %d %d %i %x %o %u %X %e %g %G %E %5s|%-5s|%.2s|%c|%c|%c|%%|%5%|", 3.9, -3.9, "12abc", 7, 255, 8, -1, 255, 1234.5, 0.00001, 1e10, 1,` +
		` "ab", "ab", "abcdef", 256, "", "xyz"}`,
	`BEGIN{printf "%*d|%-*d|%.*f\n", 5, 42, 5, 42, 2, 3.14159}`,
	`BEGIN{printf "%d %s\n"}`,
	`BEGIN{printf "%z %d\n", 1}`,
	`BEGIN{printf "%ld %lld %hd %hhd\n", 1,2,3,4}`,
	`BEGIN{printf "%s %s %s\n", "a"}`,
	`BEGIN{printf "%d %d\n", 2147483648, 1e18; printf "%d\n", 1e19; printf "%x %o %u\n", -1,-1,2^40; printf "%d\n","nan"; printf "%c", 0; printf "%c","A"+0}`,
	`BEGIN{x="A";x=x x x;gsub(/A/,"&\\&\\\\&",x);print x}`,
	`BEGIN{print match("foobar",/o+/),RSTART,RLENGTH;print match("foobar","z"),RSTART,RLENGTH;print match("abc",/$/),RSTART,RLENGTH; ` +
		`print match("abc",""),RSTART,RLENGTH}`,
	`BEGIN{print split("a:b:c",x,":"),x[1],x[3]; print split("",x); print split("abc",x,""),x[1],x[2]; print split("  a b  ",x),x[1]; ` +
		`print split("a1b2c",x,/[0-9]/),x[3]; print split(":a:",x,":"),x[1]"|"x[2]"|"x[3]; print split("a b",x," "); print split(" a b ",x,/ /); ` +
		`print split("a.b.c",x,"."); print split("axxb",x,"x*"),x[1],x[2]; print split("abc",x,/x*/)}`,
	`BEGIN{$3="x"; print; print NF}`,
	`BEGIN{x=5;x^=2;print x;x**=2;print x;x%=4;print x;x/=2;print x}`,
	`BEGIN{print 1/0}`,
	`BEGIN{print 1%0}`,
	`BEGIN{x=1; x/=0; print x}`,
	`BEGIN{print index("foobar","bar"),index("foo",""),index("","x"),tolower("ABC"),toupper("abc"),int(-3.7),int("3abc"),sqrt(16),sqrt(-1),exp(0),exp(1000),` +
		`log(0),sin(1),cos(1),atan2(1,2)}`,
	`BEGIN{print and(5,3),or(5,3),xor(5,3),compl(0),lshift(1,4),rshift(16,2), and(-1,5), compl(5), lshift(1,63),lshift(1,33), lshift(1,32), rshift(-1,1),` +
		` and(1.9,1), or(2^40,1)}`,
	`BEGIN{print strftime("%Y-%m-%d %H:%M:%S %Z %j %a %b %e", 86400*365), strftime("%c",0), strftime("%s",5)}`,
	`BEGIN{print mktime("2020 01 01"), mktime("abc"), mktime("2020 13 32 25 61 61"), mktime("2020 01 01 00 00 00 1"), mktime("1960 01 01 00 00 00")}`,
	`BEGIN{print substr("x",1,1) in a; a["x"]; if("x" in a) print "y"; if(!("z" in a)) print "n"; if(("x","y") in a) print 1; a["x","y"]=2; ` +
		`for(k in a){split(k,p,SUBSEP);print p[1],p[2]}; if(("x","y") in a) print 1 }`,
	`BEGIN{a["x"]=1; delete a["x"]; print length(a); f(a); print length(a)} function f(z){z[1];z[2]}`,
	`BEGIN{CONVFMT="%.2g";a=3.14159;b=a "";print b; OFMT="%.3f"; print a, 17.0, 1e20; x[0.1+0.2]; for(k in x)print k; x[12]=1; for(k in x)print k}`,
	`BEGIN { if (!("x" == 0)) print "ne"; print (x==0),(x==""),"10"<"9",10<9,"abc"<1 }`,
	`BEGIN{print 1/0}`,
	`BEGIN{exit -1}`,
	`BEGIN{print f(1)} function f(a,b){return}`,
	`BEGIN{if(1)print "a";else print "b"; while(i<3)i++; do i--;while(i>0);print i; for(;;){if(++n>5)break; if(n==2)continue; printf n} print""}`,
	`BEGIN { print "a"
# comment
print "b" ; # x
if (1)

  print "c"
else

  print "d"
x = 1 &&
 2 ||
 0; print x
print 1, \
 2
}

END { }`,
	`BEGIN{print "a\tb\"c\/d\\e\101\x41\z"; print "a\
b"}`,
	`BEGIN{a="x"; print a ~ "x" "y", "x" ~ a, a ~ /x/ ? 1 : 0, 1 in z}`,
	`BEGIN{print 2 * 3 4, 1 + 2 " " 3 + 4; print 1 2 + 3; print -1 -1; print "a" -1; print 1,2 , "x" (3) }`,
	`BEGIN { $0 = "a b c"; print $1$2, $NF-1, $NF"x", $(1)+1, $++i, $i++, i; print !$1, -$1, $1^2 }`,
	`BEGIN{i=5; print i++ + i++, i++i; print i--- 1; print - -i, !-i; a["x"]++; print a["x"]++ + 1, a["x"]}`,
	`BEGIN{printf "%s"; printf "%s %d" , "x"}`,
	`BEGIN{print substr("hello", 2, 1e9), substr("hello",0), substr("hello",-5,7), substr("hello",1.4,1.5), substr("hello",0.5,1), substr("hello",2,1.5),` +
		`substr("hello", "nan"), substr("hello",4.6)}`,
	`BEGIN{print length(a), length("x" 1), length 1}`,
	`BEGIN{a[1]; print length(a); a[1]=2; print a}`,
	`BEGIN{x=1; x[1]=2; print x[1], x}`,
	`BEGIN{print toupper(substr("abc",2)), sprintf("%s-%s","a","b"), sprintf("x")}`,
	`BEGIN{x = "A" ; y = x++; print x, y; print x+=2, x-=1; x = y = 3; print x y; print (x = 4) + 1; print x == 4 ? "t" : "f"; print 1 ? 2 ? "a" : "b" : "c"}`,
	`BEGIN{OFS="-";ORS="|"; print 1,2; $0="a b c"; $1=$1; print; print $0}`,
	`BEGIN{print length(), NF; NF=3; print $0 "|" ; $0="a b"; NF=1; print}`,
	`BEGIN{printf "%s %s %s %s\n", 1e6, 1234567.5, 0.1+0.2, 1e20; x=1e6 ""; print x; x=123456789.123 ""; print x}`,
	`BEGIN{print "a.b" ~ "a\.b", "axb" ~ "a\.b", "a.b" ~ "a\\.b", "axb" ~ "a\\.b", "A" ~ /\101/, "A" ~ /\x41/, "foo" ~ /\bfoo/, "a\tb" ~ /a\tb/, "a+b" ~ ` +
		`/a\+b/, "a\"b" ~ /a\"b/}`,
	`BEGIN{print 1==1==1}`,
	`BEGIN{print 1<2<3}`,
	`BEGIN{x="a";print !x ~ "0", !x ~ "a", ! x "b", -x "1"}`,
	`BEGIN{print 08, 09.5, 00012, 0777, 0x1F}`,
	`BEGIN{print sprintf("%c", 0) "|", length(sprintf("a%cb",0)); printf "%F %a|", 1.5, 1}`,
	`BEGIN{print f(1,2)} function f(a){return a}`,
	`BEGIN { getline x < "-"; print x; getline x < "-"; print x; getline; print }`,
	`BEGIN{print substr("hello",2)  substr("a",1), "a" "b" == "ab", 1+1 "" 2, 3-1 -1, 5 " " -1, 2-1 " " 2}`,
	`BEGIN{$0="a:b"; FS=":"; print $1; $0="a:b c"; print $1}`,
	`BEGIN{print length("x") length("yy"), index("a b","b")-1}`,
	`BEGIN{while(i++<3){if(i==2)continue;print i};do{print "d"}while(0);for(;i<6;i++);print i;for(i in z);if(0);else print "e"; {print "blk"};;}`,
	`BEGIN{if(1)if(0)print 1;else print 2}`,
	`BEGIN{print;print "";printf "a"
print "b"}`,
	`BEGIN	{ print 1 } # c
END{print 2}
{ x++ }
`,
	`BEGIN{x["a"]=1;x["b"];delete x["a"];for(k in x)print k; delete x; print length(x)}`,
	`BEGIN { print length }`,
	`BEGIN{printf "%5c|%-5c|%05d|%+d|% d|%#x|%#o|%.3d|%5.1f|%-8.3e|%08.3f|%+.2f|%s|%.0f|%.0f\n","a","b",42,42,42,255,8,5,3.14159,3.14159,` +
		`3.14159,2,1e6,0.5,1.5}`,
	`BEGIN{printf "%s\n",1e300; printf "%d\n",1e300; printf "%.30f\n",0.1; printf "%.0e\n",12345; printf "%#g %g %g\n",1,100000,1e-5; ` +
		`printf "%5s|%.1s|%-3s|\n","é","é","é"}`,
	`BEGIN{OFMT="%d";print 3.7; OFMT="%s"; print 3.7}`,
	`BEGIN{a[0.1]=1;for(k in a)print k;a[1e20];a[123456789012];for(k in a)print k}`,
	`BEGIN { print substr("hello", 2 , 3) ; print tolower("ÀB"), length("é"), index("aé","é"), match("aéb","b"),RSTART, substr("é",1,1)=="é" }`,
	`BEGIN{gsub(/./,"x",y); $0="aéb"; print gsub(/./,"x"), $0, NF; $0="a b"; sub(/b/,"c d",$2); print $0, NF, $2; n=split("aéb",q,""); print n}`,
}

// recordPrograms read two records of three fields.
var recordPrograms = []string{
	`{sub(/x/,"y",$2); print; print NF; sub(/x/,"y",$5); print; print NF}`,
	`{print ($5<0), ($5==0), ($5==""); NF=2; print ($3<0), ($3==0); $0="x"; print ($2<0); $0=""; print ($1<0), ($1==0), ($9<0)}`,
	`BEGIN{print getline, getline, getline, getline,getline}`,
	`END{print getline, getline}`,
	`END{print getline; print $0}`,
	`{getline;print getline;print getline}END{print getline}`,
	`{exit}END{print getline, $0}`,
	`{print > "/dev/stdout"; print "x"; print "y" > "/dev/stdout"}`,
	`BEGIN{print length(FILENAME); getline; print FILENAME}`,
	`{ $3 = ""; print NF; print; $0 = $0; print NF }`,
	`{ print NR ":" $NF; NF -= 1; print; }`,
	`$1=="a"{next}{print}END{print NR, $0}`,
	`{a[NR]=$0} END{for(i=NR;i;i--)print a[i]}`,
	`{for(i=NF;i>0;i--)printf "%s%s",$i,(i>1?OFS:ORS)}`,
	`!seen[$1]++`,
	`NR%2`,
	`END{print NR}`,
	`{n+=NF} END{print n, n/NR}`,
	`/a/,/d/{print NR": "$0}`,
	`$2~/^[be]$/`,
	`$1 > "b"`,
	`{sub(/ .*/,"");print}`,
	`{$2="";print;print NF;$0=$1;print NF}`,
	`NR==1{FS=" "; OFS=":"; $1=$1; print; next} {print $1,$2}`,
	`BEGIN{FS="b"}{print $1"|"$2; FS="[ef]"}`,
	`{print; getline; print "got " $0}`,
	`{getline x; print x "|" $0, NR}`,
	`{while((getline l < "one")>0) print "f:" l; close("one")}`,
	`{getline < "two"; print $1, NR, FNR}`,
	`BEGIN{while((getline a[++n] < "passwd")>0); print n; print a[1]; print a[2]; print length(a)}`,
	`BEGIN{FS=":"; while((getline < "passwd")>0) print $1, $NF, NF, NR}`,
	`BEGIN{RS="";while((getline x < "para")>0) print "<" x ">" length(RT)}`,
	`BEGIN{RS=":";while((getline x < "passwd")>0) print "<" x ">" RT; close("passwd"); RS="o+"; getline x < "passwd"; print x, RT; ` +
		`getline x < "passwd"; print x, RT}`,
	`BEGIN{print (getline x < "nothing"), x; print (getline < "empty")}`,
	`BEGIN{"x" ~ "x"; print getline line; print line; print NR}`,
	`function f(x){getline; return $1 x} {print f("!"), $2}`,
	`function max(m,n){return m>n?m:n} {print max(NF,NR), max($1,$2)}`,
	`function rev(s,  r,i){for(i=length(s);i>0;i--)r=r substr(s,i,1);return r} {print rev($0)}`,
	`function fib(n){return n<2?n:fib(n-1)+fib(n-2)} END{print fib(15)}`,
	`function fill(a,n, i){for(i=1;i<=n;i++)a[i]=i*i} END{fill(q,5);for(k in q)print k,q[k]}`,
	`function chg(a){a["x"]="new";a=5} END{z["x"]="old";chg(z);print z["x"]}`,
	`function noret(){} END{print noret()+1, "[" noret() "]"}`,
	`function ex(){exit 5} {ex(); print "no"} END{print "end"}`,
	`function nx(){next} NR==1{nx()} {print}`,
	`{print length, length(), length "x"}`,
	`{$5="x"; print; print NF}`,
	`{NF=2; print; $0="x y z w"; print NF; NF=5; print; $1=$1; print}`,
	`{$(NF+2)="q"; print NF, $0} {$0=""; print NF}`,
	`{print $-1}`,
	`NR==1{getline; print; getline x; print x, NR; print getline}`,
	`BEGIN{while(getline l>0) print l, NR; print getline l < "-"}`,
	`function f(a,b){a=5;b[1]=2;return a+1} BEGIN{x=1;print f(x,y), x, y[1]; print f(x)}`,
	`function f(n){return n<=1?1:n*f(n-1)} BEGIN{print f(10), f(20)}`,
	`function g(a){a["k"]=1} function f(  loc){g(loc); return loc["k"]} BEGIN{print f()}`,
	`BEGIN{RS=""}{print NR": "$0; print NF}`,
	`BEGIN{exit}END{print "end"}`,
	`BEGIN{exit 3}END{print "end"; exit}`,
	`{exit 256+4}`,
	`NR==1,NR==2{print "r",$1} NR==1,/a/{print "q"}`,
	`/a/,/zzz/`,
	`BEGIN{getline; print $0; next}`,
	`function f(){next} {f()} END{print NR}`,
	`function f(a,
 b) { return a b }
BEGIN { print f(1,
 2) }`,
	`/a\/b/{print} $0 ~ "a" {print "y"} !/a/`,
	`BEGIN{NR=10}{print NR, FNR}`,
	`{NR=5; print NR; $2=""; print; print NF}`,
	`BEGIN{RS="\n\n"}{print NR":"$0}`,
	`{FS=":"} {print $1}`,
	`BEGIN{exit 1; print} END{print "e"; exit}`,
	`END{while((getline x)>0)print x; print getline}`,
}

var inputCases = []testCase{}
