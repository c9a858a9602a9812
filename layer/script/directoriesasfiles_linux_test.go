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
		"diff one", "diff -q one", "cmp one", "comm one", "tar tf", "tar xf", "unzip", "unzip -l", "unzip -q", "xargs -a", "split", "tee -a",
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
	for _, command := range []string{"cat", "cat -n", "sort", "xargs", "xargs echo a", "sed p", "grep o", "nl", "cut -c 1", "tr a b", "rev", "base64 -d", "md5sum", "read a",
		"head", "head -c 3", "head -v", "head -n -1", "tail", "tail -n +2", "tail -c +2", "tail -c 2", "tail -v", "wc", "wc -l", "wc -c -", "od", "od -c", "tee new", "tac", "fold",
		"expand", "unexpand", "paste", "paste - one", "cksum", "sum", "sha256sum -c", "strings", "xxd", "hexdump", "cmp - one", "cmp one -", "diff - one", "diff one -", "comm - one",
		"join - one", "split", "dd", "gunzip", "gunzip -c", "bunzip2", "unxz", "tar t", "tar x", "cpio -t", "cpio -i", "uuencode x", "awk 1", "awk 'END { print NR }'",
		"cat - one", "cat one -", "wc one -", "wc - one", "head one -", "head - one", "tail one -", "sh", "while read a; do echo x; done", "dos2unix", "bc", "dc", "bc dir", "dc dir", "dc -f dir", "uniq dir", "patch",
		"sed -n '$='", "grep -c o", "sort -c", "sort -m - one", "cut -f 1", "tsort", "nl -b a", "ed", "od -j 1",
	} {
		scripts = append(scripts, "{ "+command+" <dir; } 2>&1; echo =$?; rm -f new xaa")
	}
	compareEach(t, "cd /w; ", scripts)
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
