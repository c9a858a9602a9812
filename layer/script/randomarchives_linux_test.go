package script

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomArchives makes archives of the files of [fixtureFiles] with random options, and lists them or takes them apart in a new directory.
// Directories are read in another order by busybox, and so sorted.
func TestRandomArchives(t *testing.T) {
	r := rand.New(rand.NewPCG(61, 67))
	var lines []string
	for range 250 {
		lines = append(lines, oneOf(r, randomTar(r), randomTar(r), randomTar(r), randomPacking(r)))
	}
	compareMost(t, "cd /w; ", lines, 4)
}

func randomMembers(r *rand.Rand, most int) string {
	var list []string
	for range 1 + r.IntN(most) {
		list = append(list, oneOf(r, "one", "two", "empty", "suid", "dir", "dir/sub", "dir/", "./one", "link", "dirlink", "broken", "hard", "fifo", "'a b'",
			"./-dash", "missing", "/w/two", "dir/../one", "void", "attr", "dir/link", "dir/inner"))
	}
	return strings.Join(list, " ")
}

// clockTimes takes away the times of the clock, which ours is without.
const clockTimes = `s/ \(1[789][0-9]\{8\}\|-[0-9]*\)$/ now/`

// describedTree prints what an archive has left in /tmp/out, and removes it.
const describedTree = `; echo $?; cd /tmp/out; find . -mindepth 1 | sort | while read -r f; do ` +
	`stat -c '%n %a %u %g %F %N' "$f"; [ -f "$f" ] && [ ! -L "$f" ] && { stat -c '%s %Y' "$f"; cat "$f"; }; done | sed "` + clockTimes +
	`"; rm -rf /tmp/out /tmp/a`

func randomTar(r *rand.Rand) string {
	create := "rm -rf /tmp/out; mkdir /tmp/out; tar " + oneOf(r, "c", "-c", "cz", "-cv", "-c -z") + oneOf(r, "f /tmp/a", "f /tmp/a", "f /tmp/a") + " " +
		someOf(r, 3, "-C dir", "--exclude one", "--exclude 'd*'", "--exclude dir/sub", "-C /w", "--exclude inner", "--exclude '*/inner'") +
		" " + randomMembers(r,
		3) + " >/tmp/said 2>&1; s=$?; sort /tmp/said; rm /tmp/said; echo $s; "
	names := oneOf(r, "", "", "one", "dir", "dir/sub", "'*'", "missing", "./one", "one two", "dir/", "two dir/inner", "'dir/*'")
	if r.IntN(3) == 0 {
		return create + "tar " + oneOf(r, "tf", "-tf", "tvf", "-t -v -f", "tzf") + " /tmp/a " + someOf(r, 2, "--exclude one",
			"--exclude 'dir/*'") + " " + names +
			" >/tmp/said; s=$?; sort /tmp/said; echo $s; rm -rf /tmp/said /tmp/a /tmp/out"
	}
	return create + oneOf(r, "", "", "umask 077; ", "mkdir /tmp/out/dir; ", "echo old >/tmp/out/one; ", "ln -s x /tmp/out/one; ", "mkdir /tmp/out/one; ") +
		"tar " + oneOf(r, "xf", "-xf", "xzf", "xpf", "xkf", "xof", "xOf", "xmf", "-x -f") + " /tmp/a -C /tmp/out " +
		someOf(r, 3, "--exclude one", "--strip-components 1", "--strip-components=2", "-k", "-p", "-o", "-m", "--no-same-owner", "--no-same-permissions",
			"--exclude 'd*'") + " " + names + ` >/tmp/out/said 2>&1` + describedTree
}

// randomPacking packs a file and unpacks it. Packed bytes are another library's, and not compared.
func randomPacking(r *rand.Rand) string {
	file := oneOf(r, "one", "two", "empty", "suid", "link", "dir", "missing", "'a b'", "one two", "hard", "broken", "attr")
	pack := oneOf(r, "gzip", "gzip -9", "gzip -k", "gzip -f", "gzip -n", "gzip -fk")
	unpack := oneOf(r, "gunzip", "gunzip -k", "gzip -d", "gunzip -c", "zcat", "gunzip -f", "gunzip -t", "gzip -dc", "gunzip -q")
	before := oneOf(r, "", "", "cp one one.gz; ", "echo x >two.gz; ", "mkdir one.gz; ", "ln two t2; ")
	between := oneOf(r, "", "", "", "mv one.gz one.tgz 2>/dev/null; ", "mv two.gz two.z 2>/dev/null; ", "cp one two 2>/dev/null; ",
		"cat one.gz one.gz >o2 2>/dev/null && mv o2 one.gz; ", "truncate -s -4 one.gz 2>/dev/null; ", "echo junk >>one.gz; ")
	names := oneOf(r, "*.gz", "one.gz", "one", "two.gz", "one.tgz", "two.z", "suid.gz", "a\\ b.gz", "one two", "missing.gz", "- <one.gz", "<one.gz")
	return "rm -rf /tmp/out; mkdir /tmp/out; cp -a one two empty suid link dir broken hard attr 'a b' /tmp/out; cd /tmp/out; " + before + pack + " " + file +
		" 2>&1; echo $?; " + between + unpack + " " + names +
		` >said 2>&1; echo $?; cat said; rm -f said; find . -mindepth 1 ! -name '*.gz' ! -name '*.tgz' ! -name '*.z'` + " | sort | " +
		`while read -r f; do stat -c '%n %a %u %g %F %Y' "$f" | sed 's/directory .*/directory/'; [ -f "$f" ] && cat "$f"; done | sed "` + clockTimes +
		`"; ls; rm -rf /tmp/out`
}
