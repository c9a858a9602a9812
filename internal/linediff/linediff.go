// Package linediff finds what differs between the lines of two files, and writes it as a unified diff does.
package linediff

import (
	"bytes"
	"fmt"
	"sort"
)

// A Change replaces the lines from A to AEnd of the old file, numbered from 0, with those from B to BEnd of the new one.
type Change struct{ A, AEnd, B, BEnd int }

// A candidate is a pair of equal lines which ends a common subsequence: see Changes.
type candidate struct {
	a, b     int
	previous *candidate
}

// Changes compares files by the keys of their lines as Hunt and McIlroy do it in "An Algorithm for Differential File Comparison", which also says
// which of several longest common subsequences is taken. Spend is told of the pairs of equal lines, for each line of the old file, before they
// are looked at. Its errors are the only ones.
func Changes(a, b []string, spend func(pairs int) error) (changes []Change, err error) {
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
		if err := spend(len(equal)); err != nil {
			return nil, err
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
			changes = append(changes, Change{start, i, j, end})
		}
		j = end + 1
	}
	return changes, nil
}

// Write writes changes with lines of context around them. Each line ends in its newline, but for a last one that may have none. Changes with at most twice as many lines between them share a hunk.
func Write(out *bytes.Buffer, a, b []string, changes []Change, context int) {
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].A-changes[n-1].AEnd <= 2*context {
			n++
		}
		hunk := changes[:n]
		changes = changes[n:]
		first, last := hunk[0], hunk[n-1]
		before := min(context, first.A)
		after := min(context, len(a)-last.AEnd)
		fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(first.A-before, last.AEnd+after), lineRange(first.B-before, last.BEnd+after))
		at := first.A - before
		for _, c := range hunk {
			printLines(out, ' ', a[at:c.A])
			printLines(out, '-', a[c.A:c.AEnd])
			printLines(out, '+', b[c.B:c.BEnd])
			at = c.AEnd
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
