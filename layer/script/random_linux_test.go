package script

import (
	"flag"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	randomSeed  = flag.Uint64("seed", 1, "seed of the random lines")
	randomTimes = flag.Int("times", 1, "how many times as many random lines are compared")
)

// compareRandom compares a number of lines that a function makes, of which one in 10 may be refused.
func compareRandom(t *testing.T, number int, line func(r *rand.Rand) string) {
	t.Helper()
	hash := fnv.New64()
	hash.Write([]byte(t.Name()))
	r := rand.New(rand.NewPCG(*randomSeed, hash.Sum64()))
	var lines []string
	for range number * *randomTimes {
		lines = append(lines, line(r))
	}
	compareMost(t, "cd /w; ", lines, 10)
}

// compareMost compares lines that run behind another one and may change files. One in so many may be refused.
func compareMost(t *testing.T, before string, lines []string, oneIn int) {
	t.Helper()
	refused := compareUnlessRefused(t, before, lines)
	if len(refused) > len(lines)/oneIn {
		t.Errorf("%d of %d lines are refused, the first: %s", len(refused), len(lines), refused[0])
	}
	if testing.Verbose() {
		for _, line := range refused {
			t.Log(line)
		}
	}
}

// someLines are up to a number of lines out of a list, in single quotes for the shell: no line may have an apostrophe.
func someLines(r *rand.Rand, most int, list ...string) string {
	var b strings.Builder
	for range 1 + r.IntN(most) {
		b.WriteString(" '" + oneOf(r, list...) + "'")
	}
	return b.String()
}

// printed is a command that prints lines, now and then without a newline at the end.
func printed(r *rand.Rand, lines string) string {
	if r.IntN(6) == 0 {
		return `printf '%s\n%s'` + lines
	}
	return `printf '%s\n'` + lines
}

// inScratch makes a directory with files in it, runs a command there, prints its status and removes the directory.
func inScratch(files []string, command string) string {
	line := "mkdir /tmp/r; cd /tmp/r; "
	for i, content := range files {
		line += content + " > f" + string(rune('1'+i)) + "; "
	}
	return line + "{ " + command + "; }; s=$?; cd /; rm -r /tmp/r; (exit $s)"
}
