package script

import "testing"

func TestCommandsInTheBackground(t *testing.T) {
	compareWithBusybox(t, eachLine(`
times; echo $?; times | wc -l; times x
kill -0 $$; echo $?; kill -s 0 $$; echo $?; kill -0 99999999; echo $?; kill -0 $$ 99999999; echo $?; kill -0 x; echo $?; f() { kill -0 "$1" 2>/dev/null && echo runs; }; f $$; f 99999998
true & echo $?
echo a & wait; echo $?
false & wait; echo $?
false & wait $!; echo $?
(exit 3) & wait $!; echo $?
echo a > f & wait; cat f
{ echo a; echo b; } > f & wait; cat f
x=1; x=2 & wait; echo $x
echo a | cat > f & wait; cat f
cat & wait; echo $?
cat < one & wait
f() { echo f $1; }; f x & wait
set -e; false & wait; echo ok
trap 'echo t' EXIT; true & wait
for i in 1 2 3; do touch x$i & done; wait; ls x*
nohup true & wait; echo $?
`))
}

func TestProgramsThatRunOthers(t *testing.T) {
	compareWithBusybox(t, eachLine(`
nohup echo a; echo $?
nohup nosuch; echo $?
nohup; echo $?
nohup ./one; echo $?
nohup sh -c 'echo a; exit 4'; echo $?
nice echo a; nice -n 5 echo a; nice -5 echo a; nice -n x echo; nice nosuch; echo $?
setsid echo a; echo $?; setsid nosuch; echo $?; setsid; echo $?
timeout 5 echo a; timeout -s KILL 5 echo a; timeout 5 false; echo $?; timeout 5 nosuch; echo $?; timeout x echo a; echo $?; timeout 5; echo $?; `+
		`timeout 5s echo b; timeout -k 1 5 echo c
flock f echo a; ls f; flock f -c 'echo b'; flock -n f echo c; flock -x f true; echo $?; flock -s f false; echo $?
exec 9>f; flock 9; echo $?; flock -u 9; echo $?; flock -n 9 && echo ok
( flock 9 && echo in ) 9>f; ls f
flock; echo $?; flock nothing/x echo a; echo $?; flock f; echo $?; flock f nosuch; echo $?
`))
}

func TestKill(t *testing.T) {
	compareWithBusybox(t, eachLine(`
kill -9 99999; echo $?
kill; echo $?
kill -0 99999; echo $?
kill x; echo $?
kill -HUP; echo $?
kill -s HUP 99999; echo $?
kill -NOSUCH 99999; echo $?
kill 99999 99998; echo $?
`))
}

func TestLoggersAndKillers(t *testing.T) {
	compareWithBusybox(t, eachLine(`
logger
logger a b
logger -t x -p user.info a
echo a | logger -t x
pgrep
pgrep -x
pkill
pidof
killall
killall -X x
trap : WINCH SIGUSR1 10 64; trap
trap : 99; echo $?
trap : -1; echo $?
`))
}

func TestCrontabs(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo '@daily true' | crontab -u root -; echo $?; ls -lan /var/spool/cron 2>/dev/null
echo '@daily true' > j; crontab -u root j; echo $?
echo '@daily true' > j; crontab j; echo $?
mkdir -p /var/spool/cron/crontabs; echo '@daily true' > j; crontab j; crontab -l; crontab -r; crontab -l; echo $?; ls /var/spool/cron/crontabs
mkdir -p /var/spool/cron/crontabs; echo a | crontab; echo $?; crontab -l
mkdir -p /var/spool/cron/crontabs; echo a | crontab -u nosuch -; echo $?
mkdir -p /var/spool/cron/crontabs; echo a | crontab -u nobody -; echo b | crontab -u root -; cat /var/spool/cron/crontabs/cron.update; `+
		`stat -c '%a %u %g %n' /var/spool/cron/crontabs/*
mkdir -p /var/spool/cron/crontabs; crontab -d; echo $?; crontab nothing; echo $?; crontab -x
mkdir -p /w/c; echo a | crontab -c /w/c -; ls c; crontab -c /w/c -l; crontab -c /w/c -d; ls c
mkdir -p /var/spool/cron/crontabs; umask 77; printf 'no newline' | crontab -; cat /var/spool/cron/crontabs/root; stat -c %a /var/spool/cron/crontabs/*
`))
}

func TestHashedPasswords(t *testing.T) {
	compareWithBusybox(t, eachLine(`
mkpasswd -m sha512 -S abc foo; mkpasswd -m sha256 foo abc; mkpasswd -m md5 -S abcdefghijkl foo
cryptpw -S abcdefghijklmnopqrst foo; cryptpw -a SHA256 foo ab
echo foo | mkpasswd -S abc; printf 'a\nb\n' | mkpasswd -s -S abc; printf 'a\nb\n' | mkpasswd -P 0 -S abc; mkpasswd -S abc </dev/null; echo $?
mkpasswd '' abc; mkpasswd --method=md5 --salt=abc foo; mkpasswd --stdin --salt=abc <one
mkpasswd a b c; echo $?; mkpasswd -x; echo $?
`))
}
