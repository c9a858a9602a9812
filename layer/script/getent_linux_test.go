package script

import "testing"

// TestGetent is about the databases that are files, with entries that are not whole.
func TestGetent(t *testing.T) {
	compareWithBusybox(t, eachLine(`
getent
getent passwd
getent group
getent shadow
getent shells
getent nosuch
getent rpc x
getent --help
getent -s files passwd
getent passwd root adm
getent passwd root nosuch adm
getent passwd 0 0 3
getent passwd 00
getent passwd 4294967296
getent passwd +0
getent passwd -1
getent passwd 0x0
getent passwd 1a
getent passwd ' 0'
getent passwd -- root
getent group 0 wheel
getent group nosuch root
getent group 010 00 10
getent group ''
getent shadow root
getent shadow root nosuch adm
getent shadow adm root
getent shadow 0
getent shadow ''
getent shadow .
getent shadow ..
getent shadow a/b
getent shadow root:
getent shadow 'root:*'
getent shadow 'root:!'
getent shells /bin/sh
getent shells /bin/sh x
getent shells x
getent shells ''
getent shells '/bin'
rm /etc/passwd; getent passwd; echo $?; getent passwd root
rm /etc/group; getent group; echo $?; getent group root
rm /etc/shadow; getent shadow; echo $?; getent shadow root
rm /etc/shells; getent shells; echo $?; getent shells /bin/csh
: > /etc/passwd; getent passwd; echo $?; getent passwd root
: > /etc/shells; getent shells; echo $?; getent shells /bin/csh
printf '/bin/sh\n\n #x\n/bin/x y' > /etc/shells; getent shells; getent shells '/bin/x y' '' /bin/sh
echo '77:x:1077:1:::/bin/sh' >> /etc/passwd; getent passwd 77; getent passwd 1077
echo 'a:x::5:::' >> /etc/passwd; getent passwd a; getent passwd 0
echo 'a:x:08:5:::' >> /etc/passwd; getent passwd a; getent passwd 8
echo 'a:x:1' >> /etc/passwd; getent passwd a; getent passwd
echo 'a:x:1x:2:::' >> /etc/passwd; getent passwd a; getent passwd
echo 'a:x:1:2x:::' >> /etc/passwd; getent passwd a; getent passwd
echo 'a:x:1:2:::/bin/sh:more' >> /etc/passwd; getent passwd a; getent passwd
printf 'a:x:4294967295:2:g:/:/s' >> /etc/passwd; getent passwd a; getent passwd 4294967295
printf '\n#c\n:x:9:9:::\n\n' >> /etc/passwd; getent passwd; getent passwd ''
printf 'a:x:9:9:::\na:x:10:9:::\n' >> /etc/passwd; getent passwd a; getent passwd 9 10
echo 'a:x:' >> /etc/group; getent group a; getent group
echo 'a:x::' >> /etc/group; getent group a; getent group 0; getent group
echo 'a:x:5' >> /etc/group; getent group a; getent group
echo 'a:x:5:b' >> /etc/group; getent group a; getent group 5
echo 'a:x:05:b,c,' >> /etc/group; getent group a; getent group 5
echo 'a:x:5:,b,,c' >> /etc/group; getent group a; getent group 5
echo 'a:x:5:b:c' >> /etc/group; getent group a; getent group 5
echo 'a:x:5:,' >> /etc/group; getent group a; getent group 5
printf 'a:x:5x:b\n:x:6:\nx\nb:x:7:x' >> /etc/group; getent group a; getent group 5; getent group; getent group b
echo 'a:x:1:2:3:4:5:6:7' >> /etc/shadow; getent shadow a; getent shadow a:x a:x:1
echo 'a::::::::' >> /etc/shadow; getent shadow a
echo 'a:x:01:::::' >> /etc/shadow; getent shadow a
echo 'a:x:01::::::' >> /etc/shadow; getent shadow a
echo 'a:x:1x::::::' >> /etc/shadow; getent shadow a
echo 'a:x:::::::x' >> /etc/shadow; getent shadow a
echo 'a:x:::::::::' >> /etc/shadow; getent shadow a
echo 'a:x:-1::::::' >> /etc/shadow; getent shadow a
printf 'a:x:::::::' >> /etc/shadow; getent shadow a
printf 'a:x:1\na:y:::::::\na:z:::::::\n' >> /etc/shadow; getent shadow a
echo 'ab:x:::::::' >> /etc/shadow; getent shadow a; getent shadow ab
getent passwd nobody | cut -d: -f7; getent group www-data | cut -d: -f3
getent passwd | awk -F: '$3 >= 1000 { print $1 }'; getent group | cut -d: -f1 | sort | head -n 3
getent group app >/dev/null || addgroup -g 700 app; getent group app; getent passwd app >/dev/null && echo user
`))
}

// TestGetentHosts is about hosts that are in the file: others are refused.
func TestGetentHosts(t *testing.T) {
	const file = `printf '127.0.0.1\tlocalhost lo\n10.0.0.1 web.local web www # c\n10.0.0.2 web\nfe80::1 six six.local\n::1 localhost ip6-localhost\n# 1.1.1.1 no\n` +
		`bad name\n10.0.0.3\n10.0.0.5 Case\n10.0.0.1 other\n10.9.9.9 a1 both\nff02::1 b1 both\n10.0.0.8 x y x\n' > /etc/hosts; t() { getent hosts "$@"; echo $?; }; `
	compareWithBusybox(t, eachLine(`
`+file+`t web; t web.local; t www; t six.local; t localhost; t ip6-localhost; t 10.0.0.1; t fe80::1; t Case; t both; t web www; t FE80::1; t 10.0.0.2; t ::1; t other; t x; t y; t lo
`+file+`t; t b1; t a1 b1; t 0:0::1; t 10.9.9.9 web
`))
}
