package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomReaders runs commands that read files and change none, with random options, on the files of [fixtureFiles] and on random lines. Many
// options say nothing together, are given twice, or contradict each other.
func TestRandomReaders(t *testing.T) {
	makers := map[string]func(r *rand.Rand) string{
		"comm": commOfFiles, "paste": pasteOfFiles, "nl": nlOfFiles, "fold": randomFold, "expand": randomExpand, "wc": randomWc, "cmp": randomCmp,
		"strings": randomStrings, "xxd": randomXxd, "hexdump": randomHexdump, "base64": randomBase64, "dd": randomDd, "xargs": randomXargs, "find": randomFind,
		"stat": randomStat, "ls": randomLs, "du": randomDu, "getopt": randomGetopt, "date": randomDate, "seq": randomSeq, "names": randomNames,
		"sums": randomSums,
	}
	for name, command := range makers {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(31, uint64(name[0])<<8+uint64(len(name))))
			var lines []string
			for range 250 {
				lines = append(lines, command(r))
			}
			compareMost(t, "cd /w; ", lines, 4)
		})
	}
}

// randomBytes prints text with tabs, characters of several bytes, bytes that are no text, and lines without an end.
func randomBytes(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString("printf '")
	for range 1 + r.IntN(9) {
		b.WriteString(oneOf(r, "a", "b ", `\t`, `\n`, `\n\n`, "word", "é", `\000`, `\377`, `\r\n`, "longer line of text", `\b`, "  ", "x\\ty\\tz", "0123456789",
			`\f`, `\177`, "%%", `\\`))
	}
	return b.String() + oneOf(r, "", "", `\n`) + "'"
}

func randomInput(r *rand.Rand) string {
	return oneOf(r, randomBytes(r), strings.TrimSuffix(randomLines(r), "| "))
}

// randomOperands are up to most files, of which some are missing or no files.
func randomOperands(r *rand.Rand, most int) string {
	var list []string
	for range r.IntN(most + 1) {
		list = append(list, oneOf(r, "one", "two", "empty", "link", "dir/inner", "'a b'", "-", "dir/sub/deep", "suid", "./-dash", "one",
			"two", "missing", "dir",
			"broken", "one/", "''"))
	}
	return strings.Join(list, " ")
}

func commOfFiles(r *rand.Rand) string {
	sorted := func() string {
		return oneOf(r, "sort one", "cat two", "seq "+fmt.Sprint(r.IntN(12)), "printf 'a\\nb\\nb\\nc'", "printf 'b\\na\\n'", "echo", ":", "sort two one",
			"seq 2 3 9")
	}
	return "{ " + sorted() + "; } | comm " + someOf(r, 3, "-1", "-2", "-3", "-12", "-13", "-23", "-123", "--") + oneOf(r, " - one", " one -", " - two", " - -",
		" one two", " - missing", " -", " - dir")
}

func pasteOfFiles(r *rand.Rand) string {
	return randomInput(r) + " | paste " + someOf(r, 3, "-s", "-d ,", "-d ':;'", `-d '\t'`, `-d '\n'`, `-d '\\'`, `-d '\0'`, "-d ''", `-d 'a\nb'`, "-sd-",
		"-ds", "--") + " " + randomOperands(r, 4)
}

func nlOfFiles(r *rand.Rand) string {
	return randomInput(r) + " | nl " + someOf(r, 3, "-b a", "-b t", "-b n", "-ba", "-i 2", "-i 10", "-v 5", "-v 0", "-w 1", "-w 3", "-w 10", "-s :", "-s ''",
		"-p", "-s ' - '", "-i 0", "-v 99999",
		"-b x", "-w 0", "-b", "--number-width=2") + " " + randomOperands(r, 3)
}

func randomFold(r *rand.Rand) string {
	return randomInput(r) + " | fold " + someOf(r, 3, "-s", "-b", "-w 1", "-w 3", "-w 8", "-w 10", "-w5", "-bs", "-sw 4", "-w 0", "-w x", "-w 80") + " " +
		randomOperands(r, 2)
}

func randomExpand(r *rand.Rand) string {
	return randomInput(r) + " | " + oneOf(r, "expand ", "unexpand ") + someOf(r, 2, "-t 2", "-t 4", "-t1", "-t 8", "-t 3", "--tabs=5", "-t 0", "-t x",
		"-t 100") + " " + randomOperands(r, 2)
}

func randomWc(r *rand.Rand) string {
	return randomInput(r) + " | wc " + someOf(r, 3, "-l", "-w", "-c", "-m", "-L", "-lc", "-wL", "-lwcm", "--") + " " + randomOperands(r, 3)
}

func randomCmp(r *rand.Rand) string {
	return randomInput(r) + " | cmp " + someOf(r, 2, "-s", "-l", "-n 3", "-n 0", "-n 100") + " " + randomOperands(r, 2) + oneOf(r, "", " -", " one", " 2",
		" 0 1", " 1 1", " 3", " x")
}

func randomStrings(r *rand.Rand) string {
	return randomBytes(r) + " | strings " + someOf(r, 3, "-a", "-f", "-o", "-n 2", "-n 1", "-n 6", "-n 0", "-n x", "-t x", "-t d", "-t o", "-fo") + " " +
		randomOperands(r, 2)
}

func randomXxd(r *rand.Rand) string {
	options := someOf(r, 3, "-c 4", "-c 1", "-c 16", "-g 1", "-g 4", "-g 0", "-l 5", "-l 0", "-c 7", "-g 3", "-l 0x10", "-c 0", "-c 300", "-g 8")
	switch r.IntN(4) {
	case 0:
		return randomInput(r) + " | xxd " + options + oneOf(r, " | xxd -r | od -c", " | xxd -r -p | od -c", " -p | xxd -r -p | od -c")
	case 1:
		digits := ""
		for range 1 + r.IntN(9) {
			digits += oneOf(r, "31", "3", "4a", "a", "z", " ", `\n`, "!!", "zz", "F0", `\t`, "3 1", ":", "32 33", "A")
		}
		return "printf '" + digits + "' | xxd -r -p | od -c"
	}
	return randomInput(r) + " | xxd " + options + " " + someOf(r, 3, "-p", "-i", "-o 16", "-a", "-o -1", "-s 2 two", "-s 100 one") + " " + oneOf(r, "", "",
		"-", "one", "two", "missing", "dir", "empty")
}

func randomHexdump(r *rand.Rand) string {
	return randomInput(r) + " | " + oneOf(r, "hexdump ", "hexdump ", "hd ") + someOf(r, 3, "-C", "-b", "-c", "-d", "-o", "-x", "-v", "-n 5", "-n 0", "-n 20",
		"-s 3", "-s 100", "-s 0x2",
		`-e '1/1 "%02x"'`, `-e '2/1 "%c" "\n"'`, `-e '"%_ax " 4/1 "%u " "\n"'`, `-e '1/2 "%d,"'`, `-e '8/1 "%_p" "|"'`, `-e '"%07.7_ad " 1/4 "%o " "\n"'`,
		`-e '3/1 "%_c" ""'`, `-e '/1 "%_u "'`, "-n x") + " " + oneOf(r, "", "", "-", "one", "two one", "link dir/inner two", "suid", "empty one")
}

func randomBase64(r *rand.Rand) string {
	coded := oneOf(r, randomInput(r)+" | base64 "+someOf(r, 1, "-w 0", "-w 5", "-w 76", "-w 1"), "printf '"+oneOf(r, "YWJj", "YWI=", "YQ==", "YQ=", "YQ", "Y",
		"YW Jj", "YWJj\\nYWI=\\n", "YQ==YWJj", "!!", "YWJ!j",
		"YWJjZA==", "=", "====", "_-_-", "")+"'")
	return coded + " | base64 " + oneOf(r, "-d", "-di", "-d -", "-d missing", "-w 3", "-d | od -c", "-i", "-d one", "-w x")
}

func randomDd(r *rand.Rand) string {
	return randomInput(r) + " | dd " + someOf(r, 5, "bs=1", "bs=4", "ibs=3", "obs=5", "count=2", "count=0", "skip=1", "skip=3", "bs=2x2", "iflag=skip_bytes",
		"iflag=count_bytes", "iflag=fullblock",
		"conv=sync", "conv=notrunc", "conv=swab", "conv=noerror", "conv=sync,noerror", "if=one", "if=missing", "count=1k", "bs=1k", "skip=0x1", "status=none",
		"conv=x", "iflag=x", "bs=0", "foo=1", "ibs=2") + " 2>/dev/null | od -c"
}

func randomXargs(r *rand.Rand) string {
	command := oneOf(r, "", "echo", "echo x", "echo {} {}", "printf '<%s>'", "echo pX{}", "false", "sh -c 'echo $# \"$@\"' -", "missing", "test -n",
		"sh -c 'exit 255'", "basename -a")
	words := "printf '"
	if r.IntN(5) == 0 { // long words without quotes
		for range 1 + r.IntN(8) {
			words += oneOf(r, "a", "b ", "c d", `\n`, "aaaaaaaaaaaa", `\t`, "  ", "END")
		}
		return words + "' | xargs " + oneOf(r, "-s 20 ", "-s 12 ", "-s 0 ", "-s x ", "-s 4 -s 30 ") + someOf(r, 2, "-n 1", "-n 2", "-r", "-t",
			"-x") + " " + command
	}
	if r.IntN(5) == 0 {
		for range 1 + r.IntN(8) {
			words += oneOf(r, "a", "b ", `\000`, `\000`, `\n`, `\\\\`, `"`, `\000\000`, "{}", `\047`)
		}
		return words + "' | xargs -0 " + someOf(r, 2, "-n 1", "-n 2", "-r", "-t", "-x", "-I {}", "-0") + " " + command
	}
	for range 1 + r.IntN(8) {
		words += oneOf(r, "a", "b", "c d", `\n`, `\n`, " ", `"q r"`, `\\\\`, "END", "{}", "-x", "é", `\t`, `\n\n`, ` \n`, `"`, `\047`, `\047e f\047`, `\\\\ `,
			"_", "  ")
	}
	return words + "' | xargs " + someOf(r, 3, "-n 1", "-n 2", "-r", "-t", "-I {}", "-x", "-n 3", "-I X", "-P 1", "-n 0", "-a one", "--",
		"-n x") + " " + command
}

// randomFind looks for files by random expressions. What depends on the clock, and what "find" runs, is elsewhere.
func randomFind(r *rand.Rand) string {
	where := oneOf(r, "", ".", "dir", "dir void", "one", "dirlink", "dirlink/", "-L dir", "-H dirlink", "-L dirlink", "missing dir", "dir/ one", "./dir",
		"broken", "-L broken", "-L . -maxdepth 1", "/w/dir")
	return "find " + where + " " + findExpression(r, 0) + " | sort"
}

func findExpression(r *rand.Rand, depth int) string {
	var b strings.Builder
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteString(oneOf(r, " ", " ", " -o ", " -a ", " -or ", " -and "))
		}
		b.WriteString(oneOf(r, "", "", "", "! ", "-not "))
		if depth < 2 && r.IntN(6) == 0 {
			b.WriteString(`\( ` + findExpression(r, depth+1) + ` \)`)
			continue
		}
		b.WriteString(oneOf(r, "-name '*e*'", "-name one", "-name '.*'", "-iname '*N*'", "-path '*sub*'", "-path ./dir/sub", "-type f", "-type d", "-type l",
			"-type p",
			"-perm 644", "-perm -4000", "-perm /111", "-perm -u+s", "-perm /g+w", "-perm +111", "-perm 0", "-type f -size 0", "-type f -size +4c",
			"-type f -size -2", "-type f -size 1",
			"-type f -size 6c", "-type f -size 1k", "-type f -links 1", "-type f -links 2", "-type f -links +1", "-empty", "-user root",
			"-user 33", "-user nobody",
			"-group 34", "-group root",
			"-maxdepth 1", "-mindepth 1", "-mindepth 2", "-maxdepth 0", "-prune", "-print", "-depth", "-newer one", "-newer missing", "-regex '.*i.*'",
			"-regex 'dir'", "-xdev", "-wholename '*/i*'", "-executable", "-nosuch", "-user nosuch", "-path 'dir/*'", "-ipath '*SUB*'", "-exec echo {} \\;",
			"-exec test -s {} \\;",
			"-exec echo x {} \\; -print", "-perm 0644", "-name '[a-f]*'", `-name '\?*'`, "-name '*'", "-path '*/.*'", "-iname 'ONE'", "-perm a=r"))
	}
	return b.String()
}

func randomStat(r *rand.Rand) string {
	format := ""
	for range 1 + r.IntN(4) {
		format += "%" + oneOf(r, "", "", "-", "0", "#", " ", "+") + oneOf(r, "", "", "5", "12", ".3", "8.2") + oneOf(r, "a", "A", "F", "g", "G", "n", "N", "u",
			"U", "Y", "y", "f", "t", "T", "%") +
			oneOf(r, "", " ", "|", `\n`, "%h ", "%s ")
	}
	return "stat " + someOf(r, 1, "-L") + oneOf(r, " -c '", " -c '", " -Lc '") + format + "' " + oneOf(r, "one", "two", "link", "broken", "loop", "fifo",
		"suid", "'a b'", "missing one", "one link", "/dev/null",
		"attr", "empty", "dir/sub/deep")
}

func randomLs(r *rand.Rand) string {
	files := oneOf(r, "dir", "dir/sub", "dirlink", "dirlink/", "void", "dir one", "-d dir*", "dir void", "one two", "link", "broken", "missing one", "loop",
		"'a b' ./-dash", "suid fifo attr", "dir/.hidden",
		"new*", "one ./one", "-d . ..")
	return "ls " + someOf(r, 4, "-1", "-a", "-A", "-d", "-F", "-p", "-r", "-R", "-L", "-H", "-1A", "-ap", "--color") + " " + files
}

func randomDu(r *rand.Rand) string {
	return "du " + someOf(r, 3, "-a", "-s", "-c", "-d 1", "-d 0", "-L", "-H", "-x", "-l", "-k", "-h", "-m") + " " + oneOf(r, "dir", "one", "void", "dirlink",
		"two hard", "dir one", "link", "missing", "dirlink/") + " | cut -f2 | sort"
}

func randomGetopt(r *rand.Rand) string {
	line := "getopt " + someOf(r, 3, "-n prog", "-q", "-u", "-s sh", "-s bash", "-Q", "-T", "-l long,arg:,opt::,longer", "-l long -l 'other: third'") +
		oneOf(r, " -o ab:c::", " -o ab:c::", " -o ''", " ab:c", " -o a", " -o abcz::") + oneOf(r, " --", " --", "")
	for range r.IntN(6) {
		line += " " + oneOf(r, "-a", "-b", "x", "-bx", "-c", "-cx", "--long", "--arg", "--arg=v", "--opt", "--opt=v", "--lon", "--longe",
			"--nosuch", "-z", "--",
			"'a b'", `"it's"`, "-", "''", "-ab", "'x\\y'", "--arg=", "'!'")
	}
	return line
}

func randomDate(r *rand.Rand) string {
	when := oneOf(r, "2024-02-29", "'2024-02-29 12:34'", "'2024-02-29 12:34:56'", "2024.02.29-12:34:56", "@1709210096", "@0", "@-1", "022912342024.56",
		"02291234", "0229123424", "12:34:56", "'2024-13-01'", "'2023-02-29'",
		"x", "''", "@", "@x", "'2024-2-9 1:2:3'", "'1969-12-31 23:59:59'", "'2038-01-19 03:14:08'", "202402291234", "202402291234.56", "'2024-02-29 25:00'",
		"24.02.29-12:34", "'12:34'", "2.29-12:34")
	if strings.IndexAny(when, ":-") == 2 || !strings.Contains(when, "20") && !strings.HasPrefix(when, "@") { // the year is that of the clock
		return "date -u -d " + when + " +%H:%M:%S"
	}
	format := "+"
	for range 1 + r.IntN(4) {
		format += "%" + oneOf(r, "Y", "m", "d", "H", "M", "S", "a", "A", "b", "B", "c", "C", "D", "e", "F", "g", "G", "h", "I", "j", "k", "l",
			"n", "p", "r", "R",
			"s", "t", "T", "u", "U", "V",
			"w", "W", "x", "X", "y", "z", "Z", "%", "Ey", "Od") + oneOf(r, "", " ", "-", "x")
	}
	return "date " + someOf(r, 1, "-u", "-R", "-I", "-Iseconds", "-Ihours", "-Iminutes", "-Idate") + " -d " + when + " " + oneOf(r, "", "'"+format+"'",
		"'"+format+"'")
}

func randomSeq(r *rand.Rand) string {
	number := func() string {
		return oneOf(r, "1", "2", "5", "10", "-3", "0", "1.5", "0.1", "3.00", "007", "1e1", "-0.5", ".5", "9", "0x10", "x", "''", "100", "-1", "+2")
	}
	line := "seq " + someOf(r, 2, "-w", "-s ,", "-s ''", "-s '\\n'", "-ws:", "--") + " " + number()
	switch r.IntN(4) {
	case 0:
		line += " " + number()
	case 1:
		line += " " + oneOf(r, "1", "2", "0.5", "-1", "-0.25", "3", "1.50", "x", "7") + " " + number()
	case 2:
		line += " " + number() + " x"
	}
	return line
}

// randomNames takes paths apart, follows links, and makes names.
func randomNames(r *rand.Rand) string {
	name := func() string {
		return oneOf(r, "/usr/lib/x.so", "a", "a/", "/", "//", "a//b", "''", ".", "..", "a/.", "../b.c", "./a.txt", "dir/link",
			"dirlink/inner", "broken", "loop",
			"/w/dir/../one", "one/x", "dirlink/../one", "missing/x", "'a b'", "x.txt.txt",
			"/a/", "dir/", "-a", "one/", "link", "dir/sub/../link", "broken/x", "loop/x")
	}
	switch r.IntN(5) {
	case 0:
		return "basename " + someOf(r, 2, "-a", "-s .txt", "-s .so", "--") + " " + name() + " " + oneOf(r, "", ".txt", ".c", "b", name(), name()+" "+name())
	case 1:
		return "dirname " + oneOf(r, "", "-- ") + name() + oneOf(r, "", "", " b")
	case 2:
		return "readlink " + someOf(r, 2, "-f", "-n", "-v", "-q", "-s") + " " + name() + oneOf(r, "", "", " "+name())
	case 3:
		return "realpath " + oneOf(r, "", "-- ") + name() + oneOf(r, "", " "+name())
	}
	return "which " + someOf(r, 1, "-a", "--") + " " + oneOf(r, "sh", "nosuch", "ls cat", "/bin/sh", "./one", "dir", "nosuch ls", "test", "''", "suid",
		"/w/suid", "cd") + "; PATH=/w:/bin which suid sh; PATH=. which suid attr"
}

func randomSums(r *rand.Rand) string {
	sum := oneOf(r, "md5sum", "sha1sum", "sha256sum", "sha512sum", "sha3sum", "sha3sum -a 256", "cksum", "sum", "sum -r", "sum -s", "md5sum", "sha256sum")
	if strings.HasSuffix(strings.Fields(sum)[0], "5sum") || strings.HasPrefix(sum, "sha") && r.IntN(2) == 0 {
		edit := oneOf(r, "cat", "cat", "sed s/one/two/", "sed s/one/missing/", "sed 's/  / */'", "sed 's/  / /'", "tr a-f A-F", "sed 's/^./x/'", "sed 's/.$//'",
			"tr -d '\\n'", "sed 's/$/\\r/'", "head -n 1")
		return sum + " one " + randomOperands(r, 2) + " </dev/null 2>/dev/null | " + edit + " | " + sum + " -c" + oneOf(r, "", "s", "w", "sw", " -", " -s",
			"ws") + oneOf(r, "", " -", " one", " missing")
	}
	return randomInput(r) + " | " + sum + " " + randomOperands(r, 3)
}
