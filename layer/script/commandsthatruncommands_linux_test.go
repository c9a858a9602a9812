package script

import "testing"

// The status is the command's, or says that it was not found or could not be run.
func TestCommandsThatRunCommands(t *testing.T) {
	compareWithBusybox(t, eachLine(`
alias ll='ls -l' x=y; echo $?; ls one; unalias ll; echo $?; printf 'alias la="ls -A"\nA=1\n' > rc; . ./rc; echo $A $?; f() { alias zz=top; echo $?; }; f; (alias q=r); sh -c 'alias a=b; echo $?'; echo ll x
printf 'echo "$0 $# $1"; exit 3\n' > plain; chmod 755 plain; ./plain a b; echo $?; PATH=/w:$PATH; plain x; (exec ./plain y); echo $?; printf '\n# c\n\nx=$((1+1)); echo $x $0\nfalse\n' > p2; chmod 755 p2; ./p2; echo $?
: > e; chmod 755 e; ./e; echo $?; printf 'echo hi >&2; y=1; exit\n' > q; chmod 755 q; ./q 2>&1 | cat; x=$(./q 2>&1); echo $x $y; chmod 644 q; ./q; echo $?; printf 'no-such-thing\n' > r; chmod 755 r; ./r; echo $?; set -e; ./r; echo never
x() { sh -c "$1" 2>&1; echo $?; }; x nosuch; x 'echo ${x:?gone}'; x 'set -u; echo $zz'; x 'readonly r; r=2'; x '(nosuch); ./one'; x 'echo $LINENO; > /nosuch/x; echo $((1/0))'; printf 'nosuch\n\ncd /nosuch; f() { nosuch; }\n' > l; x '. ./l; f; cd /nosuch; . /nosuch'
printf 'echo $LINENO\nf() { echo $LINENO; nosuch; }; cd /nosuch\nf; sh ./one; echo $LINENO; . /nosuch' > t; sh -c "$(cat t)" 2>&1; echo $LINENO; sh t 2>&1
nice echo a; nice -n 5 echo a; nice -5 echo a; echo $?; nice -n x echo a; echo $?; nice nosuch; echo $?; nice ./one; echo $?; nice false; echo $?
ionice -c 3 echo a; ionice -c2 -n7 echo a; ionice nosuch; echo $?; ionice -c 3 nosuch; echo $?
nohup echo a 2>/dev/null; nohup nosuch; echo $?; nohup ./one; echo $?; nohup; echo $?; nohup sh -c 'exit 7'; echo $?
setsid echo a; setsid nosuch; echo $?; setsid; echo $?; setsid -c echo a; setsid sh -c 'exit 7'; echo $?; setsid ./one; echo $?
timeout 5 echo a; timeout 5 false; echo $?; timeout 5 sh -c 'exit 7'; echo $?; timeout 5 nosuch; echo $?; timeout 5 ./one; echo $?
timeout; echo $?; timeout 5; echo $?; timeout x echo a; echo $?; timeout -s KILL 5 echo a; timeout -s 9 5 echo a; timeout -s nosuch 5 echo a; echo $?
timeout -k 3 5 echo a; timeout -k x 5 echo a; echo $?; timeout 1m echo a; timeout 1h echo a; timeout 1d echo a; timeout 1s echo a; timeout 0 echo a
timeout 1.5 echo a; echo $?; timeout -5 echo a; echo $?
timeout -s HUP -k 1 5 sh -c 'echo a; exit 3'; echo $?; timeout -- 5 echo a; timeout 5 -- echo a; echo $?; timeout 1x echo a; echo $?
timeout 1 sleep 3; echo $?; timeout -s KILL 1 sleep 3; echo $?; timeout 1 sleep 3 || echo failed; timeout 4 sleep 1; echo $?; v=$(timeout 0.5 sleep 2; echo $?); echo $v
timeout 3 sh -c 'sleep 1; echo a'; echo $?; timeout 3 usleep 10; echo $?; timeout 1 sleep x; echo $?; timeout 1 sleep; echo $?
env echo a; env -i sh -c 'echo "[$PATH]"'; env A=1 sh -c 'echo $A'; env -u PWD sh -c 'echo "[$OLDPWD]"'; env nosuch; echo $?; env ./one; echo $?
env false; echo $?
env -i A=1 B=2; env -i A=1 A=2; env -i -u A A=1; env -i A; echo $?; env -i A= B; echo $?; env - A=1; env -i -- A=1
env -0 -i A=1 B=2 | od -c; env -i A=1 env; env --ignore-environment A=1; env -x; echo $?; env -u; echo $?; env -u A=1 true; echo $?; env -u '' true; echo $?
A=1 env -u A sh -c 'echo "[$A]"'; export A=1; env -uA env | grep -c ^A=; env A=2 | grep ^A=; env A=2 B=3 sh -c 'echo $A$B'; env --unset=A env | grep -c ^A=
printenv PWD; printenv NOSUCH; echo $?; printenv PWD NOSUCH SHLVL; echo $?; A=5 printenv A; printenv A=1; echo $?; printenv ''; echo $?; A= printenv A | od -c
flock one echo a; flock -n one echo a; flock one -c 'echo a'; flock one -c 'echo a' b; echo $?; flock nothing echo a; ls nothing; flock dir echo a; echo $?
flock nosuch/x echo a; echo $?
flock; echo $?; flock one; echo $?; flock -x one nosuch; echo $?; flock -s one false; echo $?; flock one sh -c 'exit 4'; echo $?
sleep 0; sleep 0s; sleep x; echo $?; sleep; echo $?; sleep 1x; echo $?; sleep -1; echo $?; sleep 0 0; sleep 0m 0h 0d; usleep 1; usleep x; echo $?
usleep; echo $?
xargs < one; xargs echo a < one; xargs -n 1 < one; xargs -n 2 echo a < one; xargs -L 1 < one; echo $?; xargs -I{} echo a{}b < one; xargs -I X echo X X < one;
xargs nosuch < one; echo $?; xargs ./one < one; echo $?; xargs false < one; echo $?; xargs sh -c 'exit 255' < one; echo $?
xargs sh -c 'exit 3' < one; echo $?; xargs -n1 sh -c 'exit 1' < one; echo $?
xargs < empty; xargs -r echo a < empty; xargs echo a < empty; xargs --no-run-if-empty echo a < empty; xargs -n1 echo a < empty
xargs -I{} echo a{} < empty; echo $?
printf 'a b\0c\0' | xargs -0 -n1 echo x; printf 'a\0\0b' | xargs -0 -n1 echo x; printf '\0' | xargs -0 echo x; printf 'a\nb\0' | xargs -0 echo x
printf '"a' | xargs -0 echo
printf '"a b" c\n' | xargs -n1; printf "'a b' c\\n" | xargs -n1; printf 'a\\ b c\n' | xargs -n1; printf '"a\n' | xargs; echo $?; printf "'a" | xargs; echo $?
printf 'a\\\nb\n' | xargs -n1; printf '"" a\n' | xargs -n1 echo x
printf 'a b\nc d\n' | xargs -I{} echo '<{}>'; printf '  a b  \n\nc\n' | xargs -I{} echo '<{}>'; printf 'a"b c"d\n' | xargs -I{} echo '<{}>'
printf 'a\nb\n' | xargs -I{} echo
printf 'a b c d e\n' | xargs -n 2; printf 'a b c\n' | xargs -n 0; echo $?; printf 'a\n' | xargs -n x; echo $?; printf 'aaaa bbbb cccc\n' | xargs -s 12 echo
printf 'aaaaaaaaaaaa b\n' | xargs -s 10 echo; echo $?
printf 'a b\n' | xargs -t 2>&1; printf 'a b\n' | xargs -t -n1 echo x 2>&1; xargs -a one echo; xargs -a nothing echo; echo $?
xargs -a one -n1 sh -c 'cat; echo $0' < two; printf 'a\n' | xargs -P 2 echo; printf 'a\n' | xargs -x echo
printf '%s\n' -n a | xargs echo; printf '%s\n' -n | xargs echo x; printf 'a\n' | xargs -- echo -n; printf 'a\n' | xargs env
printf 'a b\n' | xargs sh -c 'echo $# $0 $1'; printf 'one\ntwo\n' | xargs cat; printf 'a\n' | xargs -n1 -I{} echo {}x
yes a | head -n 3 | xargs; seq 20 | xargs -n 7; seq 3 | xargs -I{} sh -c 'echo $(({}*2))'; seq 5 | xargs -n 2 sh -c 'echo $0-$1'
seq 3 | xargs -n1 test 2 -eq; echo $?; seq 3 | xargs -n1 sh -c 'test $0 -ne 2 || exit 255'; echo $?
which ls; which nosuch; echo $?; which ls nosuch cat; echo $?; which; echo $?; which -a sh; which /bin/ls; which ./one; echo $?; which ./suid
which dir; echo $?; PATH=/w which suid; PATH= which ls; echo $?; which ''; echo $?
`))
}

func TestRunPartsForms(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mkdir p; for n in a b c; do printf '#!/bin/sh\necho '$n' $*\n' > p/$n; done; chmod +x p/a p/b; run-parts p; run-parts -a x -a y p; run-parts --arg=z p
mkdir p; for n in a b c; do printf '#!/bin/sh\necho '$n' $*\n' > p/$n; done; chmod +x p/a p/b; run-parts --test p; run-parts --reverse p
mkdir p; for n in a b c; do printf '#!/bin/sh\necho '$n' $*\n' > p/$n; done; chmod +x p/a p/b; run-parts --list p; echo $?
mkdir p; for n in a.sh b~ _c d-e F 1; do printf '#!/bin/sh\necho '$n'\n' > p/$n; chmod +x p/$n; done; run-parts p; run-parts --test p
mkdir p; for n in a.sh b~ _c d-e F 1; do printf '#!/bin/sh\necho '$n'\n' > p/$n; chmod +x p/$n; done; run-parts nothing; echo $?; run-parts one; echo $?
mkdir p; for n in a.sh b~ _c d-e F 1; do printf '#!/bin/sh\necho '$n'\n' > p/$n; chmod +x p/$n; done; run-parts; echo $?; run-parts p p; echo $?
mkdir p; printf '#!/bin/sh\nexit 3\n' > p/a; printf '#!/bin/sh\necho b\n' > p/b; chmod +x p/*; run-parts p; echo $?; run-parts --exit-on-error p; echo $?
mkdir p; printf '#!/bin/sh\nexit 3\n' > p/a; printf '#!/bin/sh\necho b\n' > p/b; chmod +x p/*; run-parts --exit-on-error --reverse p; echo $?
mkdir p p/sub; printf '#!/bin/sh\numask; pwd\n' > p/a; chmod +x p/a; ln -s a p/l; ln -s none p/n; run-parts -u 077 p; run-parts --umask=027 p
mkdir p p/sub; printf '#!/bin/sh\numask; pwd\n' > p/a; chmod +x p/a; ln -s a p/l; ln -s none p/n; run-parts -u x p; echo $?; cd p; run-parts .; run-parts ./
mkdir p p/sub; printf '#!/bin/sh\numask; pwd\n' > p/a; chmod +x p/a; ln -s a p/l; ln -s none p/n; run-parts /w/p/
`))
}

func TestOperationsOfCrontab(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mkdir -p /var/spool/cron/crontabs; printf '* * * * * true\n' > t; crontab t; cat /var/spool/cron/crontabs/root /var/spool/cron/crontabs/cron.update
mkdir -p /var/spool/cron/crontabs; printf '* * * * * true\n' > t; crontab t; crontab -l; crontab -r; crontab -l; echo $?
mkdir -p /var/spool/cron/crontabs; crontab - < one; crontab -l; crontab -u nobody one; crontab -u nobody -l; crontab -l -u nobody; crontab -d
mkdir -p /var/spool/cron/crontabs; crontab -u nobody one; crontab -ru nobody; ls /var/spool/cron/crontabs; crontab -u nosuch one; echo $?
crontab one; echo $?; crontab -l; echo $?; crontab -r; echo $?; mkdir -p /var/spool/cron/crontabs; crontab nothing; echo $?
crontab -c /w/void one; cat void/root; crontab -c /w/void -l; crontab -c /w/one -l; echo $?
mkdir -p /var/spool/cron/crontabs; crontab one two; echo $?; crontab -x; echo $?; crontab -c nothing -l; echo $?; crontab -c; echo $?; crontab < one
mkdir -p /var/spool/cron/crontabs; crontab one; crontab -l; crontab -r -l; echo $?; umask 0; crontab two; ls -l /var/spool/cron/crontabs | cut -c1-10
printf 'a\\ b\n' | xargs -I{} echo '<{}>'; printf 'a\\\nb\n' | xargs -I{} echo '<{}>'
printf "'a'\\n\"\\n" | xargs -I{} echo '<{}>'; printf '""\n' | xargs -I{} echo '<{}>'
printf 'a\0b\n' | xargs -I{} echo '<{}>'; printf '\n\na' | xargs -I{} echo '<{}>'
printf '"" a ""b\n' | xargs -n1 echo x; printf '""\n' | xargs echo x; printf "a ''\\n" | xargs -n1 echo x; printf '""""' | xargs -r echo x
printf '\\ \n' | xargs -n1 echo x | od -c; printf 'a\\' | xargs echo; printf '\\' | xargs echo x
chmod 4755 /bin/busybox; mkdir -p /var/spool/cron/crontabs; u() { su nobody -s /bin/sh -c "$1"; echo $?; }; u 'echo "* * * * * a" | crontab -; crontab -l'; ls -ln /var/spool/cron/crontabs | cut -c1-40; cat /var/spool/cron/crontabs/*; u 'crontab -l; crontab -r; crontab -l'
chmod 4755 /bin/busybox; mkdir -p -m 700 /var/spool/cron/crontabs; u() { su nobody -s /bin/sh -c "$1"; echo $?; }; u 'umask 0; crontab one'; u 'crontab -u nobody -l'; u 'crontab -u root -l'; u 'crontab -c /tmp -l'; u 'crontab /etc/shadow'; u 'crontab nosuch'; u 'crontab -x'; u crontab; u 'crontab -l one two'
su nobody -s /bin/sh -c 'crontab -l'; echo $?
flock dir echo a; flock void false; echo $?; ionice nosuch; echo $?; crontab one two; echo $?; crontab -l -r; echo $?; crontab -lr; echo $?
crontab -l -l; echo $?
`))
}
