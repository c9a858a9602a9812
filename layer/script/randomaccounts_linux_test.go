package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomAccounts runs a few account commands in a row, and compares the files of users and groups, the homes and what was said. Each line
// begins with the accounts of [fewAccounts]; the root is made new at the end.
func TestRandomAccounts(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 53))
	var lines []string
	for range 300 {
		var b strings.Builder
		b.WriteString("rm -rf /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow /home/* /var/lib/x /w/dir/h; " +
			strings.ReplaceAll(strings.TrimSpace(fewAccounts), "\n", "; ") + "; " +
			oneOf(r, "", "", "", ">/etc/gshadow; ", "printf 'root:::root\\nwheel:::root\\nusers:!::\\n' >/etc/gshadow; ", "rm /etc/shadow; ",
				"mkdir -p /home/u1; ",
				"echo 'u9:x:500:500::/home/u9:/bin/sh' >>/etc/passwd; ",
				"echo 'bad:x:999:500' >>/etc/passwd; ", "echo '# end' >>/etc/group; ", "echo 'bad:x:500' >>/etc/group; "))
		for range 1 + r.IntN(4) {
			b.WriteString("{ " + randomAccountCommand(r) + "; } 2>/tmp/e; echo $?; sed -e '/^BusyBox/,$d' -e '/^Usage: /d' /tmp/e; ")
		}
		b.WriteString(`for f in passwd group shadow gshadow passwd- group- shadow-; do ` +
			`[ -f /etc/$f ] && sed 's/:-*[1-9][0-9][0-9][0-9][0-9]*:\([0-9]*:[0-9]*:[0-9]*:::\)/:DAY:\1/' /etc/$f; done; ` +
			`find /home /var/lib/x -exec stat -c '%n %a %u %g' {} \; 2>/dev/null | sort; rm -f /tmp/e`)
		lines = append(lines, b.String())
	}
	compareMost(t, "", lines, 4)
}

func randomAccountCommand(r *rand.Rand) string {
	user := func() string {
		return oneOf(r, "u1", "u2", "u3", "u1", "u2", "root", "guest", "games", "nosuch", "u9", "adm", "a.b", "1st", "''", "nobody")
	}
	group := func() string {
		return oneOf(r, "g1", "g2", "g1", "users", "wheel", "audio", "games", "nosuch", "u1", "u2", "root", "nogroup")
	}
	id := func() string {
		return oneOf(r, "500", "501", "1000", "100", "0", "35", "999", "60000", "65534", "x", "-1", "5x")
	}
	switch r.IntN(10) {
	case 0, 1, 2:
		return "adduser " + someOf(r, 5, "-D", "-D", "-S", "-H", "-h /var/lib/x", "-g 'A B'", "-g a:b", "-s /bin/false", "-G "+group(),
			"-u "+id(), "-k /nosuch",
			"--system", "--home /home/other", "-SDH") + " -D " + user() + " </dev/null"
	case 3:
		return "adduser " + user() + " " + group()
	case 4:
		return "addgroup " + someOf(r, 2, "-S", "-g "+id(), "--gid 700", "--system") + " " + group()
	case 5:
		return "addgroup " + user() + " " + group()
	case 6:
		if r.IntN(4) == 0 { // others have homes such as "/"
			return "deluser --remove-home " + oneOf(r, "u1", "u2", "u3", "nosuch")
		}
		return "deluser " + oneOf(r, "", "", "", "-- ") + user() + oneOf(r, "", "", " "+group())
	case 7:
		return "delgroup " + oneOf(r, "", "", user()+" ") + group()
	case 8:
		return oneOf(r, "passwd -l ", "passwd -u ", "passwd -d ", "id ", "id -u ", "id -Gn ", "getent passwd ", "getent group ", "passwd -ld ") + user()
	}
	return "printf '%s\\n' " + oneOf(r, "u1:x", "guest:'$6$a$b'", "nosuch:y", "u2:", "u1", "root:z u1:y", "':x'", "'u1:a:b'") + " | chpasswd -e"
}
