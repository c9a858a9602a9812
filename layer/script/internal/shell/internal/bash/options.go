package bash

import (
	"slices"
	"strings"
)

// without are options of set that change nothing here: they are about traps, history and what is so in any case.
var without = []string{"functrace", "hashall", "history", "histexpand", "interactive-comments"}

// WithoutOptions takes these options from words that set ones, and errtrace, which it sets.
func WithoutOptions(args []string, errtrace *bool) []string {
	var list []string
	for i := 0; i < len(args); i++ {
		word := args[i]
		if len(word) < 2 || word[0] != '-' && word[0] != '+' || word == "--" {
			return append(list, args[i:]...)
		}
		if strings.HasSuffix(word, "o") && i+1 < len(args) && (slices.Contains(without, args[i+1]) || args[i+1] == "errtrace") {
			if i++; args[i] == "errtrace" {
				*errtrace = word[0] == '-'
			}
			word = strings.TrimSuffix(word, "o")
		}
		if strings.Contains(word, "E") {
			*errtrace = word[0] == '-'
		}
		dropped := "ETHh"
		if word[0] == '-' {
			dropped += "B"
		}
		word = word[:1] + strings.Map(func(r rune) rune {
			if strings.ContainsRune(dropped, r) {
				return -1
			}
			return r
		}, word[1:])
		if len(word) > 1 {
			list = append(list, word)
		}
		if strings.HasSuffix(word, "o") && i+1 < len(args) {
			i++
			list = append(list, args[i])
		}
	}
	return list
}

// Flags is "$-" of Bash for that of ash. From is where the text comes from: 'c' for an argument, 's' for standard input, 0 for a file.
func Flags(ofAsh string, from byte) string {
	flags := strings.Split(strings.NewReplacer("c", "", "s", "").Replace(ofAsh)+"hB", "")
	slices.SortFunc(flags, func(a, b string) int { // capital letters come last
		return strings.Compare(swapCase(a), swapCase(b))
	})
	text := strings.Join(flags, "")
	if from != 0 {
		text += string(from)
	}
	return text
}

func swapCase(s string) string {
	if lower := strings.ToLower(s); lower != s {
		return lower
	}
	return strings.ToUpper(s)
}
