package script

import (
	"fmt"
	"testing"
)

// TestAccountsLikeBusybox compares what becomes of users and groups, with the backups.
func TestAccountsLikeBusybox(t *testing.T) {
	var cases []scriptCase
	for _, script := range []string{
		"adduser -S -D a", "adduser -S a", "adduser -D a", "adduser -D -H a", "adduser -DH a",
		"adduser -S -D -H -h /var/lib/x -s /sbin/nologin -G nogroup -g desc a",
		"adduser -S -D -h /var/lib/x a", "adduser -D -h relative a", "cd /tmp; adduser -D -h relative a",
		"adduser -D -G users a", "adduser -S -D -G www-data a", "adduser -D -u 5 a", "adduser -D -u 5000 a",
		"adduser -D -u 5000 -G nosuch a", "adduser -D -u 100 a", "adduser -D -u 0 a", "adduser -D -u 0x10 a", "adduser -D -u -1 a",
		"adduser root", "adduser -S root", "adduser root wheel", "adduser nobody wheel", "adduser nosuch wheel", "adduser nobody nosuch",
		"adduser nosuch nosuch",
		"adduser -D 'a b'", "adduser -D 'a$'", "adduser -D '$'", "adduser -D é", "adduser -D a.b", "adduser -D .a", "adduser -D a-b", "adduser -D 1a",
		"adduser -D ''", "adduser -D a:b", "adduser -D -- -a",
		"adduser -D -g a:b a", "adduser -D -g 'x,y' a", "adduser -D -g '' a", "adduser -D -k /nosuch a", "adduser -D -s /bin/x a",
		"adduser", "adduser a b c", "adduser -D -u 99999999999 a", "adduser -D -u abc a",
		"adduser -D audio", "adduser -S -D -G audio audio",
		"mkdir -p /home/a; adduser -D a", "mkdir -p /home/a; adduser -D -H a", "ln -s /tmp /home/a; adduser -D a", "mkdir -p /x/y; adduser -S -D -h /x/y a",
		"adduser -S -D -h / a", "adduser -S -D -h /x/y/z a",
		"adduser -S -D a; adduser -S -D b; adduser -D c; adduser -D d",
		"addgroup -S a; adduser -S -D -H -h /n -s /sbin/nologin -G a -g a a; addgroup a www-data",
		"rm /etc/shadow; adduser -S -D a", "rm /etc/group; adduser -S -D a", "rm /etc/passwd; adduser -S -D a",
		"printf 'root:x:0:0::/:/bin/sh' > /etc/passwd; adduser -S -D a",
		"printf '# comment\\n\\nroot:x:0:0::/:/bin/sh\\nbroken\\n' > /etc/passwd; adduser -S -D a",
		"chmod 4600 /etc/passwd; chown 5:6 /etc/passwd; adduser -S -D a", "echo stale > /etc/passwd-; adduser -S -D a", "mkdir /etc/passwd-; adduser -S -D a",
		"cd /etc; mv passwd passwd.real; ln -s passwd.real passwd; adduser -S -D a",
		"ln /etc/passwd /etc/other; adduser -S -D a",
		"addgroup a", "addgroup -S a", "addgroup -g 5 a", "addgroup -g 500 a", "addgroup -S -g 500 a", "addgroup -S root", "addgroup --gid 700 a",
		"addgroup --system a",
		"addgroup root wheel", "addgroup root root", "addgroup nobody wheel", "addgroup nobody nosuch", "addgroup nosuch root", "addgroup nosuch nosuch",
		"addgroup 'a b'", "addgroup", "addgroup a b c", "addgroup -g x a", "addgroup -g 0 a", "addgroup -S a; addgroup -S b; addgroup c; addgroup d",
		"> /etc/gshadow; addgroup a", "addgroup -S a; addgroup nobody a; addgroup games a; addgroup nobody a",
		"addgroup -S -g 500 nobody", "addgroup -g 500 -S nobody a",
		"delgroup audio", "delgroup nosuch", "delgroup root root", "delgroup root audio", "delgroup adm adm", "delgroup nobody root", "delgroup nosuch root",
		"delgroup root nosuch", "delgroup", "delgroup a b c", "delgroup nobody",
		"deluser nobody", "deluser nosuch", "deluser adm adm", "deluser root", "deluser", "adduser -S -D a; deluser a", "adduser -D a; deluser a",
		"adduser -D -G users a; deluser a",
		"adduser -D a; addgroup a wheel; addgroup a audio; deluser a", "deluser games", "deluser guest",
		"passwd -l nobody", "passwd -u nobody", "passwd -l root", "passwd -u root", "passwd -l nosuch", "passwd -d nobody", "passwd -d root",
		"passwd -l root; passwd -u root",
		"id", "id -u", "id -g", "id -G", "id -un", "id -gn", "id -Gn", "id nobody", "id -u nobody", "id -g nobody", "id -G adm", "id -Gn adm", "id adm",
		"id nosuch", "id -u nosuch", "id -nu games", "id -ug",
		"getent passwd root", "getent group root", "getent passwd nosuch", "getent passwd 0", "getent group 0", "getent group audio",
	} {
		cases = append(cases, scriptCase{name: fmt.Sprintf("%.60s", script), script: fewAccounts + script + noDays})
	}
	compareWithBusybox(t, cases)
}

// fewAccounts are easier to read in a failure than Alpine's.
const fewAccounts = `printf 'root:x:0:0:root:/root:/bin/ash\nadm:x:3:4:adm:/var/adm:/sbin/nologin\nsync:x:5:0:sync:/sbin:/bin/sync\ngames:x:35:35:games:/usr` +
	`/games:/sbin/nologin\nguest:x:405:100:guest:/dev/null:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n' >/etc/passwd
printf 'root:x:0:root\nadm:x:4:root,adm,daemon\nwheel:x:10:root\naudio:x:18:\ngames:x:35:\nwww-data:x:82:\nusers:x:100:games\nnogroup:x:65533:\nnobody:x:` +
	`65534:\n' >/etc/group
printf 'root:*::0:::::\nadm:!::0:::::\nsync:!::0:::::\ngames:!::0:::::\nguest:!::0:::::\nnobody:!::0:::::\n' >/etc/shadow
`

// noDays takes the day from changed passwords: the two have different clocks.
const noDays = `
status=$?
test -f /etc/shadow && sed -i 's/:[1-9][0-9][0-9][0-9][0-9]*:/:DAY:/' /etc/shadow
test -f /etc/shadow- && sed -i 's/:[1-9][0-9][0-9][0-9][0-9]*:/:DAY:/' /etc/shadow-
exit $status`
