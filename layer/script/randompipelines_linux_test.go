package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomPipelines sends lines of the kind that files in /etc have through pipelines of filters, here and in busybox, into variables,
// loops and conditions, as scripts of packages do.
func TestRandomPipelines(t *testing.T) {
	compareRandom(t, 800, func(r *rand.Rand) string {
		stages := []string{oneOf(r, "cat /etc/passwd", "cat /etc/group", "cat one two", "seq 12", "cat /etc/shells", "ls dir",
			"cut -d: -f1,3 /etc/passwd", "grep -v nologin /etc/passwd", "head -n 4 /etc/group",
			"printf 'a=1\\n# note\\n\\nb = 2\\n  c=3 # end\\n'", "printf 'pkg-1.2-r3\\npkg-1.10-r0\\nlib-0.9-r12\\n'",
			"printf '%s\\n' /usr/lib/a.so.1 /usr/lib/b.so /lib/c.so.2.1", "env -i A=1 B='x y' env")}
		for range 1 + r.IntN(3) {
			stages = append(stages, randomStage(r))
		}
		line := strings.Join(stages, " | ")
		switch r.IntN(8) {
		case 0:
			return `x=$(` + line + `); echo "[$x]" ${#x}; echo $x`
		case 1:
			return line + " | while IFS=" + oneOf(r, ":", "=", "' '", "", "-/") + " read " + oneOf(r, "-r ", "") + "a b c; do echo \"<$a|$b|$c>\"; done"
		case 2:
			return "for w in $(" + line + "); do echo \"${w%%:*} ${w##*/} ${w%[0-9]} ${w#?}\"; done"
		case 3:
			return "if " + line + " | grep -q " + oneOf(r, "root", "a", "1", "r[0-9]", "zzz") + "; then echo yes; else echo no $?; fi"
		case 4:
			return line + " | xargs " + oneOf(r, "echo", "-n 2 echo", "-n1 basename", "-I% echo '<%>'", "printf '%s,'", "-n 3", "dirname --")
		case 5:
			return "set -- $(" + line + "); echo $# \"$1\" \"${3-none}\"; shift 2 2>/dev/null; echo \"$*\""
		case 6:
			return "case $(" + line + ") in *root*) echo r;; [0-9]*) echo n;; '') echo e;; *-*-*) echo v;; *) echo o;; esac"
		}
		return line
	})
}

func randomStage(r *rand.Rand) string {
	return oneOf(r, "sort", "sort -u", "sort -r", "sort -t: -k3n", "sort -t: -k3,3nr -k1", "sort -V", "sort -n", "sort -f", "uniq", "uniq -c",
		"cut -d: -f1", "cut -d: -f3,1", "cut -c1-5", "cut -d' ' -f2-", "cut -d= -f2", "cut -d/ -f3-",
		"head -n 3", "tail -n 2", "tail -n +2", "head -c 20", "tr a-z A-Z", "tr -d '\\n'", "tr : ' '", "tr -s ' '", "tr -cd '[:alnum:]\\n'",
		"tr ' ' '\\n'", "tr '[:lower:]' '[:upper:]'", "sed 's/:.*//'", "sed -n '2,3p'", "sed '/^#/d;/^$/d'",
		"sed 's/[[:space:]]*=[[:space:]]*/=/'", "sed -E 's/-r[0-9]+$//'", "sed 's|.*/||'", "sed '$!N;s/\\n/ /'", "sed 's/^/  /'", "sed -n '$='",
		"sed 's/\\([a-z]*\\).*/\\1/'", "sed 1d", "sed '$d'", "sed G", "grep -v '^#'", "grep -c .", "grep -n o",
		"grep -o '[a-z]*'", "grep -E '^(root|bin|a)'", "grep -i A", "grep -x '.*'", "grep -v :", "awk -F: '{ print $1 }'", "awk '{ print NF, $NF }'",
		"awk -F: '$3 < 10 { print $1, $3 }'", "awk -F= 'NF > 1 { print $2 }'",
		"awk '{ n += $1 } END { print n }'", "awk 'NR % 2'", "awk '!x[$1]++'", "awk -F: -v OFS=- '{ $1 = $1; print }'",
		"awk '{ print length, toupper($0) }'", "awk -F- 'NF > 1 { print $(NF - 1) }'", "wc -l", "wc -w", "wc -c", "rev", "tac", "nl",
		"paste -sd,", "paste - -", "fold -w 10", "expand", "cat -n", "od -c", "base64", "tee /dev/null", "md5sum", "cat",
		"dd bs=1 count=9 2>/dev/null", "xargs", "sort -k2", "sort -t/ -k3", "cut -sd: -f2", "strings")
}
