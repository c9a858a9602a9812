package busybox

import (
	"bytes"
	"fmt"
	"sort"
)

// A change replaces the lines from a to aEnd of the old file, numbered from 0, with those from b to bEnd of the new one.
type change struct{ a, aEnd, b, bEnd int }

// maxMatches is how many equal lines a line may have in the other file: with more of them, it is not known which busybox takes.
const maxMatches = 256

// A candidate is a pair of equal lines which ends a common subsequence: see changesOf.
type candidate struct {
	a, b     int
	previous *candidate
}

// changesOf compares files by the keys of their lines as Hunt and McIlroy do it in "An Algorithm for Differential File Comparison", which also says
// which of several longest common subsequences is taken. It is not ok if a line has more than maxMatches equal ones. Spend counts steps.
func changesOf(a, b []string, spend func(int) error) (changes []change, ok bool, err error) {
	prefix := 0
	for prefix < len(a) && prefix < len(b) && a[prefix] == b[prefix] {
		prefix++
	}
	suffix := 0
	for suffix < len(a)-prefix && suffix < len(b)-prefix && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	places := make(map[string][]int)
	for j := prefix; j < len(b)-suffix; j++ {
		places[b[j]] = append(places[b[j]], j)
	}
	ends := []*candidate{{a: -1, b: -1}} // of the subsequence of each length, the one that ends first in b
	for i := prefix; i < len(a)-suffix; i++ {
		equal := places[a[i]]
		if len(equal) > maxMatches {
			return nil, false, nil
		}
		if err := spend(1 + len(equal)); err != nil {
			return nil, false, err
		}
		before, length := ends[0], 0 // the end that the last pair with this line has replaced, and its length
		for _, j := range equal {
			if j <= before.b {
				continue
			}
			at := sort.Search(len(ends), func(k int) bool { return ends[k].b >= j })
			if at != length+1 {
				before = ends[at-1]
			}
			next := &candidate{i, j, before}
			if at == len(ends) {
				ends = append(ends, next)
				break
			}
			if ends[at].b > j {
				before, length = ends[at], at
				ends[at] = next
			}
		}
	}
	partner := make([]int, len(a)) // the line of b that is taken for a line of a, or -1
	for i := range partner {
		switch {
		case i < prefix:
			partner[i] = i
		case i >= len(a)-suffix:
			partner[i] = i + len(b) - len(a)
		default:
			partner[i] = -1
		}
	}
	for c := ends[len(ends)-1]; c.previous != nil; c = c.previous {
		partner[c.a] = c.b
	}
	j := 0
	for i := 0; i <= len(a); i++ {
		start := i
		for i < len(a) && partner[i] < 0 {
			i++
		}
		end := len(b)
		if i < len(a) {
			end = partner[i]
		}
		if start < i || j < end {
			changes = append(changes, change{start, i, j, end})
		}
		j = end + 1
	}
	return changes, true, nil
}

// printUnified prints changes with lines of context around them. Changes with at most twice as many lines between them share a hunk.
func printUnified(out *bytes.Buffer, a, b []string, changes []change, context int) {
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].a-changes[n-1].aEnd <= 2*context {
			n++
		}
		hunk := changes[:n]
		changes = changes[n:]
		first, last := hunk[0], hunk[n-1]
		before := min(context, first.a)
		after := min(context, len(a)-last.aEnd)
		fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(first.a-before, last.aEnd+after), lineRange(first.b-before, last.bEnd+after))
		at := first.a - before
		for _, c := range hunk {
			printLines(out, ' ', a[at:c.a])
			printLines(out, '-', a[c.a:c.aEnd])
			printLines(out, '+', b[c.b:c.bEnd])
			at = c.aEnd
		}
		printLines(out, ' ', a[at:at+after])
	}
}

// lineRange writes lines as "first,number", without a number for one; no lines are those after the line before.
func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

func printLines(out *bytes.Buffer, mark byte, lines []string) {
	for _, line := range lines {
		out.WriteByte(mark)
		if out.WriteString(line); line[len(line)-1] != '\n' {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
