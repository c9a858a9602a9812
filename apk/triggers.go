package apk

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// PackageTriggers is a line of lib/apk/db/triggers: a package and the globs of
// directories that it watches.
type PackageTriggers struct {
	Identity Checksum
	Globs    []string
}

// ReadTriggers reads lib/apk/db/triggers.
func ReadTriggers(r io.Reader) ([]PackageTriggers, error) {
	var list []PackageTriggers
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for number := 1; s.Scan(); number++ {
		fields := strings.Fields(s.Text())
		if len(fields) == 0 {
			continue
		}
		c, err := ParseChecksum(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, PackageTriggers{Identity: c, Globs: fields[1:]})
	}
	return list, s.Err()
}

// WriteTriggers writes the list as it is.
func WriteTriggers(w io.Writer, list []PackageTriggers) error {
	b := bufio.NewWriter(w)
	for _, t := range list {
		b.WriteString(t.Identity.String())
		for _, glob := range t.Globs {
			b.WriteByte(' ')
			b.WriteString(glob)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
