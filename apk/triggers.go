package apk

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/internal/bounded"
)

// PackageTriggers is a line of lib/apk/db/triggers: a package and the globs of
// directories that it watches.
type PackageTriggers struct {
	Identity Checksum
	Globs    []string
}

// maxTriggers bounds the file, in bytes.
const maxTriggers = 16 << 20

// ReadTriggers reads lib/apk/db/triggers. Errors name the line.
func ReadTriggers(r io.Reader) ([]PackageTriggers, error) {
	text, err := bounded.ReadAll(r, maxTriggers)
	if err != nil {
		return nil, err
	}
	var list []PackageTriggers
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		fields := strings.FieldsFunc(line, isSeparator)
		if len(fields) == 0 {
			continue
		}
		c, err := ParseChecksum(fields[0])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		list = append(list, PackageTriggers{Identity: c, Globs: fields[1:]})
	}
	return list, nil
}

// WriteTriggers writes the list as it is, also a glob with a blank, which packages in apk 3's own format can have and which is read
// as several. In apk 2 it has the packages in the order
// of the old file and of installation, in apk 3 in the order of the installed database.
func WriteTriggers(w io.Writer, list []PackageTriggers) error {
	b := bufio.NewWriter(w)
	for _, t := range list {
		if t.Identity.IsZero() {
			return fmt.Errorf("write triggers: globs %q have no package", t.Globs)
		}
		b.WriteString(t.Identity.String())
		for _, glob := range t.Globs {
			if glob == "" || strings.Contains(glob, "\n") {
				return fmt.Errorf("write triggers: %q is not a glob", glob)
			}
			b.WriteByte(' ')
			b.WriteString(glob)
		}
		b.WriteByte('\n')
	}
	return b.Flush()
}
