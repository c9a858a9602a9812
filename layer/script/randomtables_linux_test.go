package script

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandomTables sorts, joins and cuts random tables here and in busybox.
func TestRandomTables(t *testing.T) {
	for name, line := range map[string]func(r *rand.Rand) string{
		"sort": randomSortedTable, "uniq": randomUniqTable, "comm": randomComm, "paste": randomPaste, "cut": randomCutTable, "nl": randomNl,
	} {
		t.Run(name, func(t *testing.T) { compareRandom(t, 180, line) })
	}
}

// tableLines are lines of fields between separators, alike enough for keys to be the same now and then.
func tableLines(r *rand.Rand, separator string) string {
	var b strings.Builder
	cells := []string{"a", "b", "ab", "B", "Ab", "10", "9", "010", "-3", "1.5", "1e2", "+4", "", "x-1", "x_1", "z.9", "feb", "JAN", "3K", "2M",
		"1.10", "1.9", "é", "0x1f", "#", "nan"}
	cells = cells[r.IntN(len(cells)/2):]
	cells = cells[:2+r.IntN(len(cells)-1)]
	for range 1 + r.IntN(8) {
		b.WriteString(" '")
		for i := range 1 + r.IntN(4) {
			if i > 0 {
				b.WriteString(oneOf(r, separator, separator, separator, separator+separator))
			}
			b.WriteString(oneOf(r, cells...))
		}
		b.WriteString(oneOf(r, "", "", "", " ", separator) + "'")
	}
	return b.String()
}

func randomSortedTable(r *rand.Rand) string {
	separator := oneOf(r, " ", " ", ":", ",", "\t")
	var options []string
	if separator != " " && separator != "\t" || r.IntN(5) == 0 {
		options = append(options, oneOf(r, "-t '"+separator+"'", "-t'"+separator+"'"))
	}
	kinds := []string{"n", "g", "h", "M", "V"}
	kind := oneOf(r, kinds...)
	letters := func(most int, list ...string) string {
		s := ""
		for range r.IntN(most + 1) {
			s += oneOf(r, list...)
		}
		return s
	}
	keyed := strings.ReplaceAll(kind, "V", "n")
	position := func(from int) string {
		s := fmt.Sprint(from + r.IntN(3))
		if r.IntN(3) == 0 {
			s += fmt.Sprintf(".%d", 1+r.IntN(3))
		}
		return s + letters(1, "r", "b", "f", keyed, "d", "i")
	}
	for range r.IntN(4) {
		key := position(1)
		if r.IntN(2) == 0 {
			key += "," + position(1)
		}
		options = append(options, oneOf(r, "-k", "-k ")+key)
	}
	for range r.IntN(3) {
		options = append(options, "-"+oneOf(r, "r", "u", "s", "f", "b", "d", "i", kind, kind, "c", "z"))
	}
	r.Shuffle(len(options), func(i, j int) { options[i], options[j] = options[j], options[i] })
	if r.IntN(6) == 0 {
		return inScratch([]string{printed(r, tableLines(r, separator)), printed(r, tableLines(r, separator))},
			"sort "+strings.Join(options, " ")+oneOf(r, " f1 f2", " -m f1 f2", " f2 - < f1", " -o f1 f1 f2; cat f1", " -o out f1; cat out", " f1 f3 f2"))
	}
	return printed(r, tableLines(r, separator)) + " | sort " + strings.Join(options, " ")
}

func randomUniqTable(r *rand.Rand) string {
	options := someOf(r, 3, "-c", "-d", "-u", "-i", "-f1", "-s1", "-w1", "-f 2", "-s 3", "-w 2", "-w0", "-f0", "-cd", "-ui")
	lines := printed(r, tableLines(r, oneOf(r, " ", "  ", "\t", ":")))
	switch r.IntN(4) {
	case 0:
		return lines + " | sort " + oneOf(r, "", "-f", "-k2", "-r") + " | uniq " + options
	case 1:
		return inScratch([]string{lines}, "uniq "+options+" f1 "+oneOf(r, "", "out; cat out", "-"))
	}
	return lines + " | sed 'p;" + oneOf(r, "", "p", "s/a/A/;p", "s/1/2/p", "n;s/^/x /") + "' | uniq " + options
}

func randomComm(r *rand.Rand) string {
	list := []string{"a", "b", "c", "ab", "", "a b", "B", "10", "9"}
	sorted := func() string {
		return printed(r, someLines(r, 7, list...)) + oneOf(r, " | sort", " | sort", " | sort -u", "")
	}
	return inScratch([]string{sorted(), sorted()}, "comm "+someOf(r, 2, "-1", "-2", "-3", "-12", "-23", "-13")+oneOf(r, " f1 f2", " f2 f1",
		" - f2 < f1", " f1 f1", " f1 - < f2"))
}

func randomPaste(r *rand.Rand) string {
	lines := func() string { return printed(r, someLines(r, 5, "a", "b c", "", "1", "x:y")) }
	var names []string
	for range 1 + r.IntN(3) {
		names = append(names, oneOf(r, "f1", "f2", "f3", "-", "-"))
	}
	return inScratch([]string{lines(), lines(), oneOf(r, "printf ''", "printf 'x'", lines())},
		"paste "+someOf(r, 2, "-s", "-d ,", "-d ':;'", `-d '\n'`, `-d '\t,'`, `-d '\0'`, `-d '\\'`, "-d ' '", `-d 'a\b'`)+" "+strings.Join(names,
			" ")+" < "+oneOf(r, "f1", "f2", "/dev/null"))
}

func randomCutTable(r *rand.Rand) string {
	separator := oneOf(r, ":", " ", "\t", ",", "a", "é")
	var list []string
	for range 1 + r.IntN(3) {
		list = append(list, fmt.Sprintf(oneOf(r, "%d", "%d-", "-%d", "%[1]d-%[2]d", "%[1]d-%[2]d", "%[2]d", "0%d"), 1+r.IntN(5), 1+r.IntN(6)))
	}
	items := strings.Join(list, oneOf(r, ",", ",", ",", ",,"))
	for i, item := range list {
		if j := strings.Index(item, "%!"); j >= 0 {
			items = strings.ReplaceAll(items, list[i], item[:j])
		}
	}
	return printed(r, tableLines(r, separator)) + " | cut " + oneOf(r, "-d '"+separator+"' -f"+items, "-d '"+separator+"' -s -f "+items, "-c"+items,
		"-b"+items, "-f"+items,
		"-nb"+items, "-sf"+items, "-s -c"+items, "-d: -c"+items)
}

func randomNl(r *rand.Rand) string {
	return printed(r, someLines(r, 6, "a", "", " ", "b c", "\t", `\:`, `\:\:`)) + " | nl " + someOf(r, 4, "-ba", "-bt", "-bn", "-w 2", "-w9", "-s:",
		"-s ' - '", "-v 5", "-v -2", "-v 98",
		"-i 3", "-i 0", "-i -1", "-p", "-w1", "-s ''")
}
