package script

import "testing"

// Members are written into /etc/gshadow too if it exists. Lines with too few fields are no accounts, and their ids are free.
func TestFilesOfAccounts(t *testing.T) {
	compareWithBusybox(t, eachAccountLine(`
printf 'root:::root\nwheel:!::\n' >/etc/gshadow; addgroup nobody root; addgroup nobody wheel; addgroup nobody audio; addgroup nobody wheel; cat /etc/gshadow
printf 'root:::root\nwheel:!::\n' >/etc/gshadow; addgroup nobody wheel; delgroup nobody wheel; delgroup adm root; cat /etc/gshadow
printf 'root:::root\nwheel:!::\n' >/etc/gshadow; delgroup root root; delgroup root wheel; cat /etc/gshadow
printf 'wheel:!::guest\nguest:!::\n' >/etc/gshadow; addgroup guest wheel; deluser guest; cat /etc/gshadow
printf 'nogroup:!::\n' >/etc/gshadow; adduser -SDH a; adduser -SDH -G audio b; adduser -DH c; cat /etc/gshadow
echo 'bad:x:500' >>/etc/group; addgroup nobody bad; addgroup -g 500 new; addgroup -g 501 bad; delgroup bad; tail -n 3 /etc/group
echo 'bad:x:500:500::/' >>/etc/passwd; id bad; addgroup bad audio; adduser -DH -u 500 new; tail -n 2 /etc/passwd; adduser -DH bad; tail -n 2 /etc/passwd
rm /etc/shadow; deluser guest; deluser games; echo $?; tail -n 3 /etc/passwd
rm /etc/shadow; adduser -DH a; passwd -l a; passwd -d nobody; deluser a; echo $?
`))
}
