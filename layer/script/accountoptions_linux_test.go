package script

import (
	"strings"
	"testing"
)

func TestOptionsOfAdduser(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
adduser -S -D -H -G audio web audio; grep web /etc/passwd /etc/group
adduser -D web audio
adduser -D adm audio
adduser -H adm audio
adduser adm audio
adduser adm audio; id adm
adduser adm nosuch
adduser nosuch audio
adduser web audio x
adduser -D web audio x
adduser -D
adduser -S
adduser -G
adduser -u
adduser -G nosuch -D a
adduser -G '' -D a
adduser -u '' -D a
adduser -u 500 -D a; id a
adduser -u 500 -S -D a; id a
adduser -u 100 -S -D a; id a
adduser -u 50000 -S -D a; id a
adduser -u 60001 -D a; id a
adduser -u 65534 -D a
adduser -u 4294967295 -D a
adduser -u 4294967296 -D a
adduser -u 2147483647 -D a; id a
adduser -u 2147483648 -D a; id a
adduser -u 010 -D a; id a
adduser -u ' 5' -D a
adduser -u +5 -D a
adduser -u 5x -D a
adduser -u 1k -D a
adduser -u 3 -D a
adduser -u 4 -D a
adduser -u 4 -D -G audio a
adduser -u 3 -D -G audio a
adduser -u 0 -D -G audio a
adduser -S a; id a
adduser -S -G audio a; id a
adduser -S -D -H a; adduser -S -D -H b; adduser -S -D -H c; id a; id b; id c
adduser -D -H -G audio a; adduser -D -H b; id a; id b
adduser -S -D -H a; addgroup -S b; adduser -S -D -H -G b c; id c
adduser -D -h '' a; tail -n1 /etc/passwd
adduser -D -s '' a; tail -n1 /etc/passwd
SHELL=/bin/zsh adduser -D -H a; tail -n1 /etc/passwd
adduser -D -H -g '' a; tail -n1 /etc/passwd
adduser -S -D -H -g x -s /bin/sh a; tail -n1 /etc/passwd
adduser -D -k /w/nothing a; ls /home
adduser -D -k /w/one a; ls /home
mkdir /etc/skel; echo x > /etc/skel/.profile; adduser -D -H a; ls /home
adduser --system --disabled-password --no-create-home --ingroup audio --home /x --shell /bin/x --gecos G --uid 200 a; tail -n1 /etc/passwd
adduser --empty-password a; tail -n1 /etc/shadow | cut -d: -f1,2
adduser --sys --dis a; tail -n1 /etc/passwd
adduser --skel /nosuch -D a; ls /home
adduser -Dx a
adduser --nosuch a
adduser --uid=x -D a
adduser -D -- a; tail -n1 /etc/passwd
adduser a -D; tail -n1 /etc/passwd
adduser a -D -G audio; tail -n1 /etc/passwd
adduser -D a:b
adduser -D 'a,b'
adduser -D 'a b'
adduser -D a/b
adduser -D A; tail -n1 /etc/passwd
adduser -D a$; tail -n1 /etc/passwd
adduser -D 'a$b'
adduser -D a@b
adduser -D 0; tail -n1 /etc/passwd
adduser -D 123; tail -n1 /etc/passwd
adduser -D _x; tail -n1 /etc/passwd
adduser -D -x
adduser -D abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz; tail -n1 /etc/passwd
adduser -D -s 'a:b' a
adduser -D -h 'a:b' a
adduser -D -g 'a:b' a
mkdir -p /etc/skel/.d; ln -s /etc/passwd /etc/skel/p; mkfifo /etc/skel/f; chmod 4755 /etc/skel/p; echo a > /etc/skel/z; chmod 4750 /etc/skel/z; `+
		`adduser -D a; stat -c '%n %a %u %g %F' /home/a/* /home/a/.d
mkdir /etc/skel; adduser -D -k /w/dir a; find /home/a | sort; stat -c '%a %u:%g' /home/a/inner /home/a/sub /home/a
adduser -D -h /home a; stat -c '%a %u:%g' /home
`))
}

func TestOptionsOfAddgroup(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
addgroup -S a; adduser -S -D -H b; id b
addgroup -S a; adduser -S -D -H a; id a
addgroup -S a; adduser -S -D -H -G a a; id a
addgroup a; adduser -D -H a
addgroup -g 1000 x; adduser -D -H a; id a
addgroup -g 1001 x; adduser -D -H a; adduser -D -H b; id a; id b
addgroup -S -g 100 a
addgroup -S -g 101 a; adduser -S -D a; id a
addgroup -S -g 100 a; addgroup -g 999 -S b; addgroup -S c; id
for i in $(seq 100 998); do echo "g$i:x:$i:" >> /etc/group; done; addgroup -S a; addgroup -S b; tail -n 2 /etc/group
for i in $(seq 100 998); do echo "u$i:x:$i:$i::/:/bin/sh" >> /etc/passwd; done; adduser -S -D -H a; adduser -S -D -H b; tail -n 2 /etc/passwd
addgroup a audio
addgroup adm audio; addgroup adm audio; getent group audio
addgroup adm adm; getent group adm
addgroup -S adm audio
addgroup -g 5 adm audio
addgroup adm audio x
addgroup
addgroup -g
addgroup -g x a
addgroup -g '' a
addgroup -g 18 a
addgroup -g 65534 a
addgroup -g 4294967295 a
addgroup -g 2147483648 a; tail -n1 /etc/group
addgroup -g 2147483647 a; tail -n1 /etc/group
addgroup -g -5 a
addgroup -g 010 a; tail -n1 /etc/group
addgroup --gid 1234 --system a; tail -n1 /etc/group
addgroup --gid=1234 a; tail -n1 /etc/group
addgroup --sys a; tail -n1 /etc/group
addgroup -S a; addgroup b; tail -n2 /etc/group
addgroup A-b.c; addgroup 9x; addgroup -- -x; addgroup a+b; tail -n 3 /etc/group
addgroup audio
addgroup -S audio
addgroup '' 
addgroup a:b
addgroup 'a b'
for i in $(seq 1000 1005); do echo "g$i:x:$i:" >> /etc/group; done; adduser -D -H a; id a
echo 'x:x:60000:60000::/:/bin/sh' >> /etc/passwd; adduser -D -H a; id a
`))
}

func TestRemovingAccounts(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
delgroup audio; getent group audio
delgroup wheel
delgroup root
delgroup users
delgroup nosuch
delgroup root wheel; getent group wheel
delgroup adm wheel; getent group wheel
delgroup nosuch wheel
delgroup root nosuch
delgroup
delgroup a b c
delgroup -x
delgroup -- audio; tail -n1 /etc/group
delgroup --help
addgroup adm wheel; addgroup games wheel; delgroup root wheel; getent group wheel
deluser adm; getent group adm; getent passwd adm; grep adm /etc/shadow
deluser games
deluser nosuch
deluser root wheel; getent group wheel
deluser adm nosuch
deluser nosuch wheel
deluser
deluser adm wheel x
deluser --remove-home adm; ls -d /var/adm
mkdir -p /home/a; adduser -D a; deluser --remove-home a; ls /home
adduser -D -h /x/y a; touch /x/y/z; deluser --remove-home a; ls /x
deluser --remove a
deluser -x adm
deluser --nosuch adm
deluser -- adm; id adm
deluser guest; getent group users
deluser nobody; getent group nobody nogroup
deluser sync; getent group root
deluser root; getent group root; head -n1 /etc/passwd
adduser -D a; addgroup a audio; addgroup a wheel; deluser a; tail -n3 /etc/group
adduser -D a; adduser -D -G a b; deluser a; getent group a
mkdir /x; adduser -D -h /x/y a; touch /x/y/z; deluser --remove-home a; ls /x
adduser -D -H -h /nosuch a; deluser --remove-home a
adduser -D a; deluser --remove-home a b
adduser -D a; deluser a --remove-home; ls /home
`))
}

func TestPasswords(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
passwd -l adm; passwd -l adm; grep ^adm /etc/shadow | cut -d: -f1,2
passwd -d adm; passwd -u adm; passwd -l adm; grep ^adm /etc/shadow | cut -d: -f1,2
passwd -u root; grep ^root /etc/shadow | cut -d: -f1,2
passwd -du adm
passwd -ld adm; grep ^adm /etc/shadow | cut -d: -f1,2
passwd -x adm
passwd -l
passwd -l adm root
passwd -l nosuch
sed -i /^adm/d /etc/shadow; passwd -l adm; grep adm /etc/shadow
rm /etc/shadow; passwd -l adm; grep ^adm: /etc/passwd
rm /etc/shadow; passwd -d adm; grep ^adm: /etc/passwd
echo 'adm:$6$abc$def' | chpasswd -e; grep ^adm /etc/shadow | cut -d: -f1,2
printf 'adm:x\ngames:y\n' | chpasswd -e; grep -E '^(adm|games)' /etc/shadow | cut -d: -f1,2
echo 'nosuch:x' | chpasswd -e
printf 'adm:x\nnosuch:x\ngames:y\n' | chpasswd -e; grep -E '^(adm|games)' /etc/shadow | cut -d: -f1,2
echo 'adm' | chpasswd -e
echo 'adm:' | chpasswd -e; grep ^adm /etc/shadow | cut -d: -f1,2
echo 'adm:a:b' | chpasswd -e; grep ^adm /etc/shadow | cut -d: -f1,2,3
echo 'adm: a ' | chpasswd -e; grep ^adm /etc/shadow | cut -d: -f1,2
printf '\nadm:a\n' | chpasswd -e
printf 'adm:a' | chpasswd --encrypted; grep ^adm /etc/shadow | cut -d: -f1,2
printf '' | chpasswd -e
chpasswd -x < /dev/null
chpasswd -e x < /dev/null
echo 'adm:x' | chpasswd -em
rm /etc/shadow; echo 'adm:x' | chpasswd -e; grep ^adm /etc/passwd
sed -i /^adm/d /etc/shadow; echo 'adm:x' | chpasswd -e; grep adm /etc/shadow
`))
}

// TestNewPasswords: what encrypts passwords writes the same but for salts and hashes.
func TestNewPasswords(t *testing.T) {
	const masked = `; for f in /etc/shadow /etc/shadow- /etc/passwd /etc/passwd-; do test -f $f && sed -i 's/[$][156][$][^:]*:/HASH:/' $f; done` + "\n"
	compareWithBusybox(t, eachAccountLine("\n"+strings.ReplaceAll(strings.TrimSpace(`
echo 'adm:secret' | chpasswd; awk -F'[:$]' '/^adm/ {print $3, length($4), length($5)}' /etc/shadow; grep ^adm /etc/passwd
echo 'adm:a:b' | chpasswd -m; awk -F'[:$]' '/^adm/ {print $3, length($4), length($5)}' /etc/shadow
printf 'adm:a\ngames:\n' | chpasswd -c sha256; awk -F'[:$]' '/^(adm|games)/ {print $3, length($4), length($5)}' /etc/shadow
rm /etc/shadow; echo 'adm:secret' | chpasswd -c sha512; awk -F'[:$]' '/^adm/ {print $3, length($4), length($5)}' /etc/passwd
printf 'adm:x\nnosuch:x\ngames:y\n' | chpasswd; awk -F'[:$]' '/^(adm|games)/ {print $3, length($4), length($5)}' /etc/shadow
printf 'pw\npw\n' | passwd adm >/dev/null 2>&1; echo $?; awk -F'[:$]' '/^adm/ {print $3, length($4), length($5)}' /etc/shadow
printf 'pw\npw' | passwd >/dev/null 2>&1; echo $?; awk -F'[:$]' '/^root/ {print $3, length($4), length($5)}' /etc/shadow
printf 'pw\npx\n' | passwd adm >/dev/null 2>&1; echo $?; cut -d: -f1,2 /etc/shadow | grep ^adm
printf 'pw\r\npw\r\n' | passwd adm >/dev/null 2>&1; echo $?; printf 'pw\n' | passwd adm >/dev/null 2>&1; echo $?; passwd adm </dev/null >/dev/null 2>&1; echo $?
printf 'pw\npw\n' | passwd -a md5 adm >/dev/null 2>&1; echo $?; awk -F'[:$]' '/^adm/ {print $3, length($4), length($5)}' /etc/shadow
printf 'a\na\nb\nb\n' | { passwd adm; passwd games; } >/dev/null 2>&1; echo $?; cut -c1-6 /etc/shadow
printf 'pw\npw\n' | passwd nosuch
printf 'pw\npw\n' | adduser bob >/dev/null 2>&1; echo $?; awk -F'[:$]' '/^bob/ {print $3, length($4), length($5)}' /etc/shadow; ls -d /home/bob
adduser bob </dev/null >/dev/null 2>&1; echo $?; grep ^bob /etc/passwd /etc/shadow | cut -d: -f1-3
`)+"\n", "\n", masked)))
}
