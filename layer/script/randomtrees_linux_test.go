package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomTrees runs random commands on files, with random options, over a tree with links of every kind, and compares the whole tree.
func TestRandomTrees(t *testing.T) {
	r := rand.New(rand.NewPCG(17, 19))
	var cases []scriptCase
	for i := range 250 {
		script := "cd w; " + randomChange(r) + randomChange(r) + randomFileCommand(r) + "; echo $?; " + randomFileCommand(r)
		cases = append(cases, scriptCase{name: fmt.Sprint(i), script: script})
	}
	compareWithBusybox(t, cases)
}

// randomChange makes the tree another one.
func randomChange(r *rand.Rand) string {
	return oneOf(r, "", "", "mkdir -p t/a/b; ", "mkdir -p new/one; ", "ln -s ../one dir/up; ", "ln -s dir/sub subl; ",
		"cp -a dir void/dir; ", "ln one dir/h1; ",
		"echo x >dir/one; ", "mkdir void/inner; ", "umask 077; ", "umask 0; ", "ln -s . dir/sub/self; ", "chmod 0 dir/sub; ", "mknod null c 1 3; ",
		"chown 5:6 void; ", "ln -s /w/one abs; ", "echo y >dir/sub/.h; ", "mkdir -m 700 m; ")
}

func randomPath(r *rand.Rand) string {
	return oneOf(r, "one", "two", "empty", "suid", "dir", "dir/", "dir/.", "dir/inner", "dir/sub", "dir/sub/deep", "dir/link", "void", "void/", "link",
		"dirlink", "dirlink/", "broken", "loop", "hard", "'a b'", "./-dash", "attr", "new", "new/x", "t/a/b", "missing", "missing/x", "./one",
		"subl", "subl/deep", "one/x", "dir/*", "void/inner", "./dir/sub/", "void/dir", "/w/one", "../w/two", "dir/sub/self", "loop/x", "broken/", "one/")
}

func randomPaths(r *rand.Rand, most int) string {
	words := []string{randomPath(r)}
	for range r.IntN(most) {
		words = append(words, randomPath(r))
	}
	return strings.Join(words, " ")
}

func randomMode(r *rand.Rand) string {
	if r.IntN(3) == 0 {
		return oneOf(r, "755", "0644", "4755", "1777", "0", "2750", "00755", "8", "10000", "755x", "''", "+7", "=5")
	}
	mode := ""
	for range 1 + r.IntN(3) {
		mode += "," + oneOf(r, "", "u", "g", "o", "a", "ug", "go") + oneOf(r, "+", "-", "=") + oneOf(r, "r", "w", "x", "X", "s", "t", "rwx", "rX",
			"u", "g", "", "st")
	}
	return mode[1:]
}

func randomFileCommand(r *rand.Rand) string {
	paths, path := randomPaths(r, 2), randomPath(r)
	owner := oneOf(r, "root", "5", "nobody", "bin:bin", "1000:1001", ":wheel", "daemon:", "nosuch", "root:nosuch", "5.6", "+5", "4294967295", "007:010")
	switch r.IntN(11) {
	case 0:
		return "cp " + someOf(r, 3, "-r", "-R", "-a", "-p", "-d", "-P", "-L", "-H", "-f", "-n", "-s", "-l", "-u", "-v", "-T", "-t void", "-rf", "-LR", "-aT") +
			" " + paths + " " + path
	case 1:
		return "mv " + someOf(r, 2, "-f", "-n", "-v", "-T", "-t void", "-t dir") + " " + paths + " " + path
	case 2:
		return "rm " + someOf(r, 3, "-r", "-f", "-rf", "-R", "--") + " " + paths
	case 3:
		return "ln " + someOf(r, 3, "-s", "-f", "-sf", "-n", "-b", "-S .bak", "-v", "-T", "-sfn", "-sT", "-t void") + " " + paths + oneOf(r, "", " "+path)
	case 4:
		return "install " + someOf(r, 4, "-d", "-D", "-c", "-m "+randomMode(r), "-o "+owner, "-g 7", "-p", "-v", "-t void", "-t new/d", "-Dm644", "-dm 700") +
			" " + paths + oneOf(r, "", " "+path)
	case 5:
		return "mkdir " + someOf(r, 2, "-p", "-v", "-m "+randomMode(r), "-pv", "-pm 700") + " " + paths
	case 6:
		return "rmdir " + someOf(r, 2, "-p", "-v", "--ignore-fail-on-non-empty") + " " + paths
	case 7:
		return "chmod " + someOf(r, 2, "-R", "-v", "-c", "-f") + " " + randomMode(r) + " " + path
	case 8:
		return oneOf(r, "chown ", "chgrp ") + someOf(r, 2, "-R", "-h", "-f", "-L", "-H", "-P") + " " + owner + " " + path
	case 9:
		return oneOf(r, "readlink -f ", "readlink ", "realpath ") + path
	}
	return "touch " + someOf(r, 2, "-c", "-a", "-h", "-d @1000", "-t 202001020304.05", "-r one", "-r missing", "-d x") + " " + paths
}
