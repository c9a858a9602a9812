// Package suggest finds what may have been meant by a mistyped word.
package suggest

import (
	"cmp"
	"iter"
	"sort"
	"strings"
)

// Near returns up to five of the candidates that are like a mistyped word, or that
// have it in them, the likeliest first, each once.
func Near(word string, candidates iter.Seq[string]) []string {
	type candidate struct {
		name  string
		score int
	}
	var found []candidate
	seen := make(map[string]bool)
	word = strings.ToLower(word)
	limit := maxDistance(word)
	for name := range candidates {
		if seen[name] {
			continue
		}
		seen[name] = true
		lower := strings.ToLower(name)
		d := distance(word, lower)
		if d == 2 && letters(word) == letters(lower) {
			d = 1 // two have changed places
		}
		switch at := strings.Index(lower, word); {
		case d <= limit:
			found = append(found, candidate{name, d})
		case len(word) > 2 && at >= 0:
			found = append(found, candidate{name, limit + 1 + min(at, 1)})
		}
	}
	sort.Slice(found, func(i, j int) bool {
		a, b := found[i], found[j]
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(len(a.name), len(b.name)), strings.Compare(a.name, b.name)) < 0
	})
	var names []string
	for _, c := range found[:min(len(found), 5)] {
		names = append(names, c.name)
	}
	return names
}

// maxDistance is how many letters may differ in a name that is suggested.
func maxDistance(name string) int { return max(1, len(name)/3) }

// letters are those of a word in their order.
func letters(word string) string {
	sorted := []byte(word)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i] < sorted[j] })
	return string(sorted)
}

// distance is the number of letters to insert, delete or replace to make b of a (Levenshtein).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			replace := diagonal
			if r != s {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(replace, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
