package script

import (
	"strings"
	"testing"
)

// TestAccountForms compares lookups and changes of users and groups line by line, on the
// few accounts of [fewAccounts].
func TestAccountForms(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
getent passwd 3
getent group 10
getent group nosuch
getent passwd ''
id -u root adm
id -gn games
id -Gn adm
id -G games
id -un; id -gn; id -Gn
id adm; id games; id guest
id 3
id -u 3
id -n
id -r
id -ur
id -uG
whoami
whoami x
adduser -D -u 1500 -s /bin/sh -h /srv/a -g 'A b' a; getent passwd a; id a
adduser -D -H -s /bin/false a; grep ^a: /etc/passwd /etc/group
adduser -S -D -H -u 150 a; id a
adduser -S -D -H -G www-data a; id a
adduser -S -D -H -G www-data -u 82 www-data; id www-data
adduser -DHS -G nosuch a
adduser -D -H -u 35 a
adduser -D -H -u 70000 a
adduser -D -H -u 4294967296 a
adduser -D -H a; adduser -D -H a
adduser -D -H a; adduser a wheel; id a
adduser -S -D -H a; addgroup a audio; id a
adduser -D -h /home/x/y a; ls -ld /home/x/y | cut -c1-10
adduser -D -h /w/dir a; stat -c '%a %u %g' /w/dir
adduser -D -h /w/one a; stat -c '%a %u %g' /w/one
adduser -D -g 'x:y' a
adduser -D -s '' a; grep ^a: /etc/passwd
adduser -D -H -G wheel a; adduser -D -H -G wheel b; grep wheel /etc/group
addgroup -g 1500 a; getent group a
addgroup -g 18 a
addgroup -g 65535 a
addgroup -g 4294967296 a
addgroup -g -1 a
addgroup a; addgroup a
addgroup a; addgroup adm a; addgroup games a; getent group a
addgroup adm adm
addgroup a wheel
addgroup -S -g 101 a; addgroup -S b; getent group b
delgroup wheel; getent group wheel
delgroup adm wheel
addgroup adm wheel; delgroup adm wheel; getent group wheel
addgroup adm wheel; addgroup games wheel; delgroup adm wheel; getent group wheel
delgroup users
delgroup 10
deluser adm; getent passwd adm; getent group adm
deluser games; grep games /etc/group
deluser adm wheel
addgroup adm wheel; deluser adm wheel; getent group wheel
deluser adm nosuch
deluser 3
add-shell /bin/x; cat /etc/shells
add-shell /bin/sh; cat /etc/shells
add-shell /bin/x /bin/y; remove-shell /bin/x; cat /etc/shells
remove-shell /bin/ash; cat /etc/shells
remove-shell /nosuch; cat /etc/shells
add-shell
remove-shell
rm /etc/shells; add-shell /bin/x; cat /etc/shells
passwd -l adm; grep ^adm: /etc/shadow
passwd -u adm; grep ^adm: /etc/shadow | cut -d: -f1,2
passwd -l adm; passwd -u adm; passwd -u adm
passwd -d adm; grep ^adm: /etc/shadow | cut -d: -f1,2
`))
}

// eachAccountLine makes a case of every line of a table, on [fewAccounts].
func eachAccountLine(table string) []scriptCase {
	cases := eachLine(table)
	for i := range cases {
		cases[i].script = fewAccounts + strings.TrimSuffix(cases[i].script, "\necho \"=$?\"") + noDays
	}
	return cases
}
