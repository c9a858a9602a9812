package script

import "testing"

// In a here-document double quotes in a pattern quote what they hold literally, but no value of an expansion: its "*" and "?" match
// as they do without quotes. In double quotes elsewhere they match themselves.
func TestPatternsInDocuments(t *testing.T) {
	compareWithBusybox(t, inFixture(
		"y='*'; x=abc; z='*bc'\ncat <<E\n1 ${x#\"$y\"} 2 ${x##\"$y\"} 3 ${x#\"*\"} 4 ${z#\"*\"} 5 ${z##'*'} 6 ${x##'*'} 7 ${x##\"a\"*} 8 "+
			"${z#\\*} 9 ${x##\\*}\nE",
		"y='*'; x=abc; z='*bc'\ncat <<E\n1 ${z#\"$y\"} 2 ${z##\"$y\"} 3 ${x/\"$y\"/q} 4 ${x/\"*\"/q} 5 ${z//'*'/q} 6 ${x/\"b\"/\"q\"} 7 ${x/b/'q'}\nE",
		"w='a\\*b'\ncat <<E\n1 ${w%\"\\*\"*} 2 ${w%\\**} 3 ${w%'\\'*} 4 ${w%\"$w\"} 5 ${w#$w} 6 ${w#\"${w%b}\"}\nE\necho \"${w%\"$w\"}\" ${w%\"$w\"} ${w%$w}",
		"y='?'; x=abc\ncat <<E\n1 ${x#\"$y\"} 2 ${x#\"?\"} 3 ${x#'?'} 4 ${x#\"${y}b\"} 5 ${x#\"$(echo '?')\"} 6 ${x#\"a$y\"} 7 ${x#\"[a]\"}\nE",
		"y='?'; x=abc\ncat <<E\n1 ${x#\"[a]\"$y} 2 ${x%\"$y\"} 3 ${x%%\"${y}c\"} 4 ${x#${y#\"$y\"}a} 5 ${x#\"$((1))\"} 6 ${x#\"${y-a}\"} 7 ${x#\"${u-?}\"}\nE",
		"y='?'; x=abc; set -- '?' '*'\ncat <<E\n1 ${u-${x#\"$y\"}} 2 ${u-\"${x#\"$y\"}\"} 3 $(echo \"${x#\"$y\"}\") 4 ${x#\"$1\"} 5 "+
			"${x#\"$@\"} 6 ${x#\"$*\"}\nE",
		"y='?'; x=abc\ncat <<E\n1 ${x#\"${u-\"$y\"}\"} 2 ${x#\"${y#\"$y\"}\"a} 3 `echo \"${x#\"$y\"}\"` 4 ${x+${x%\"$y\"}}\nE",
		"y='?'; x=abc; echo \"${x#\"$y\"}\" \"${u-${x#\"$y\"}}\"",
		"prefix='/usr/lib[64]'; path=/usr/lib6/x\ncat <<E\n${path#\"$prefix\"} ${path#$prefix} $(echo \"${path#\"$prefix\"}\")\nE\n"+
			"echo \"${path#\"$prefix\"}\"",
	))
}
