package script

import (
	"fmt"
	"slices"
	"strings"
)

// batched makes a case of every 20 scripts, each in a subshell: a case of its own for each would take longer than the script itself.
func batched(scripts []string) []scriptCase {
	var cases []scriptCase
	for batch := range slices.Chunk(scripts, 20) {
		var script strings.Builder
		for i, s := range batch {
			fmt.Fprintf(&script, "echo '# %d'; (cd /w; %s\n)\necho \"=$?\"\n", i, s)
		}
		cases = append(cases, scriptCase{name: batch[0][:min(60, len(batch[0]))], script: script.String()})
	}
	return cases
}

// batches are those of a table with a script a line.
func batches(table string) []scriptCase {
	return batched(strings.Split(strings.Trim(table, "\n"), "\n"))
}

// calculatorBatches are [calculatorCases], of which some are run in one go.
func calculatorBatches(command, programs string) []scriptCase {
	var scripts []string
	for _, c := range calculatorCases(command, programs) {
		scripts = append(scripts, c.script)
	}
	return batched(scripts)
}
