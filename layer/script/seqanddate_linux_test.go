package script

import "testing"

func TestSeqForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
seq 3; seq 0; seq -1; seq 1 3; seq 3 1; seq 3 -1 1; seq 1 2 6; seq 1 -1 3; seq 1 1 1
seq 1.5; seq 0.5 2; seq 1 .5 3; seq 1 0.25 2; seq 3 -.5 1; seq .1 .1 .5; seq 1.0 3; seq 1 1.0 3; seq 1.50 2.5
seq -w 8 11; seq -w 1 3; seq -w -1 1; seq -w 9.5 10.5; seq -w 1 .5 2; seq -w 100 1; seq -w -5 5 10; seq -w 0 100 | tail -n 1
seq -s, 3; seq -s ', ' 1 3; seq -s '' 3; seq -s '\n' 3; seq -s: 1 0; seq -s, 1; seq -ws- 9 11; seq -s a -s b 3
seq 1e1 | tail -n 1; seq 1e0 3; seq 0x3; seq 1 0x2 5; echo $?;
seq; echo $?; seq a; echo $?; seq 1 a; echo $?; seq 1 2 3 4; echo $?; seq '' ; echo $?; seq 1 '' 3; echo $?; seq ' 3'; echo $?; seq '3 '; echo $?
seq -x 3; echo $?; seq -f %g 3; echo $?; seq --separator=, 3; echo $?; seq -- -3 -1; seq -3 -1; seq -- 3; seq +3; seq 1 +1 3
seq 999999 1000001; seq 9999999 10000001; seq 99999999999 100000000001; seq 1000000000000 1000000000002
seq .5 1.5; seq 00 3; seq 01 3; seq 1 02 5; seq -0 1; seq 1. 3; seq .; echo $?; seq 1..2; echo $?
seq 0.000001 0.000001 0.000003; seq 1 0.3 2; seq 0 0.1 0.3; seq 0 .33 1; seq 2 -.7 0; seq 10 -3 0; seq -w 10 -3 0
seq 5 | wc -l; seq 100 | tail -n 1; seq 1 2 | od -c; seq -s x 2 | od -c; seq -w 5 5 20 | tr '\n' ' '
`))
}

func TestOperandsOfDate(t *testing.T) {
	compareWithBusybox(t, eachLine(`
date -u -d @0; date -d @0 +%F; date -d @0 '+%Y-%m-%d %H:%M:%S'; date -d @86399 +%T; date -d @-1 +%F
date -u -d @951782400 '+%a %A %b %B %c %d %e %D'; date -d @951782400 '+%h %I %j %M %n %p %r %R %S'
date -d @951782400 '+%s %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%'; date -d @951782400 '+%C %g %G'
date -d 2020-02-30; echo $?; date -d '2020-01-02' +%F; date -d '2020-01-02 03:04' '+%F %H:%M'; date -d '2020-01-02 03:04:05' +%s
date -d 202001020304 +%s; date -d 202001020304.05 +%s; date -d '202001020304.99'; echo $?; date -d 01020304 '+%m%d%H%M'
date -d '2020-13-01'; echo $?; date -d x; echo $?; date -d ''; echo $?; date -d '@'; echo $?; date -d @x; echo $?; date -d '@1 '; echo $?
date -d @1.5 +%s; echo $?; date -d @9999999999 +%F; date -d @2147483648 +%F
date -d '03:04' +%H:%M; date -d '03:04:05' +%T; date -d '3:4' +%H:%M; date -d '25:00'; echo $?; date -d '03:60'; echo $?
date -I -d @0; date -Iseconds -d @0; date -Ihours -d @0; date -Iminutes -d @0; date -Idate -d @0; date -Ins -d @0 | cut -c1-19; date -Ix -d @0; echo $?
date -R -d @0; date --rfc-2822 -d @951782400; date -R -d @951782400 +%F; date -I -R -d @0; echo $?
date -r one; date -r one +%s; date -r link +%s; date -r nothing; echo $?; date -r dir +%s; date --reference=one +%F; date -r one -d @0 +%s
date -u -r one +%F; date --utc -d @0 +%Z; date --date=@0 +%F; date --date @0 +%F; date -d @0 -d @86400 +%F
date +%F extra; echo $?; date -x; echo $?; date -d; echo $?; date -d @0 %F; echo $?; date -d @0 +%F +%Y; echo $?
date -d '2020-01-02 03:04 ' +%F; echo $?; date -d ' 2020-01-02' +%F; echo $?; date -d '2020-1-2' +%F; date -d '2020/01/02'; echo $?
date -d '2020-01-02T03:04' +%s; echo $?; date -d '2020-01-02 03:04:05.5' +%s; echo $?; date -d '2020-01-02 03:04 +0100' +%s; echo $?; date -d now; echo $?
date -d '2020.01.02-03:04' +%s; date -d '2020.01.02-03:04:05' +%s; date -d '01.02-03:04' +%m; date -d '1.2-3:4:5' '+%m %d'
`))
}
