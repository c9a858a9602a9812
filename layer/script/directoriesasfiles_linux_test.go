package script

import (
	"fmt"
	"testing"
)

// TestFilesThatCannotBeRead: what commands say of directories and of files that do not open, alone and beside others, and their status.
func TestFilesThatCannotBeRead(t *testing.T) {
	commands := []string{
		"cat", "cat -n", "cat -b", "cat -v", "cksum", "md5sum", "sha256sum -c", "sum", "base64", "base64 -d", "cut -c 1", "cut -f 1", "expand", "unexpand", "fold -w 3", "head", "head -v",
		"head -c 2", "head -q", "tail", "tail -v", "tail -n 1", "tail -n +2", "tail -c 2", "tail -c +2", "tail -c 0", "tail -n 0", "tail -q", "nl", "od", "od -c", "od -N 3", "od -j 2", "od -w3", "paste",
		"paste -s", "rev", "tac", "sort", "sort -u", "sort -c", "strings", "wc", "wc -l", "xxd", "xxd -p", "xxd -r -p", "hexdump", "hexdump -C", "grep o",
		"grep -c o", "grep -v o", "grep -s o", "grep -l o", "grep -L o", "sed p", "sed -n '$='", "awk 1", "gunzip", "gunzip -c", "gunzip -t", "bunzip2", "bunzip2 -c", "unxz",
		"diff one", "diff -q one", "cmp one", "comm one", "tar tf", "tar xf", "unzip", "unzip -l", "unzip -q", "xargs -a",
	}
	var scripts []string
	for _, command := range commands {
		for _, files := range []string{"dir", "nothing", "one/x", "one dir two", "nothing one", "void empty"} {
			scripts = append(scripts, fmt.Sprintf("%s %s </dev/null", command, files))
		}
	}
	compareWithBusybox(t, batched(scripts))
}

func TestStandardInputThatIsADirectory(t *testing.T) {
	var scripts []string
	for _, command := range []string{"cat", "cat -n", "sort", "xargs", "xargs echo a", "sed p", "grep o", "nl", "cut -c 1", "tr a b", "rev", "base64 -d", "md5sum", "read a"} {
		scripts = append(scripts, command+" <dir")
	}
	compareWithBusybox(t, batched(scripts))
}

func TestProgramsThatCannotBeRun(t *testing.T) {
	var scripts []string
	for _, runner := range []string{"", "env", "env -i", "nice", "nohup", "xargs", "command", "exec", "sh -c"} {
		for _, program := range []string{"dir/inner/x", "dir", "one", "./nothing", "nothing", "loop", "broken", "./broken", "/w/one/.."} {
			scripts = append(scripts, fmt.Sprintf("%s %s </dev/null", runner, program))
		}
	}
	compareWithBusybox(t, batched(scripts))
}
