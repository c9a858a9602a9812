package stage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/tree"
)

// configFiles hold options that apk 3 takes as if they stood on each command line. The second one counts if the first is
// missing (apk/FORMAT.md 6.6).
var configFiles = []string{"etc/apk/config", "lib/apk/config"}

// maxConfig bounds such a file, in bytes.
const maxConfig = 1 << 20

// Options that change the result of apk add, by the value that does so.
var effectiveOptions = map[string]string{
	"arch": "", "available": "yes", "chown": "no", "clean-protected": "yes", "force": "yes", "force-broken-world": "yes",
	"force-overwrite": "yes", "initramfs-diskless-boot": "yes", "keys-dir": "", "latest": "yes", "overlay-from-stdin": "yes",
	"preupgrade-depends": "", "prune": "yes", "purge": "yes", "repositories-file": "", "repository": "", "repository-config": "",
	"root": "", "scripts": "no", "simulate": "yes", "upgrade": "yes", "usermode": "yes", "virtual": "",
}

// checkConfig refuses a base whose configuration makes apk install something else. Other options, say for the network, are
// about the machine that apk runs on.
func (s *Stage) checkConfig() error {
	if s.options.Generation != apk.V3 {
		return nil
	}
	for _, file := range configFiles {
		text, err := s.tree.ReadFile(file, maxConfig)
		if errors.Is(err, tree.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		for number, line := range strings.Split(string(text), "\n") {
			option, effective := parseOption(line)
			switch {
			case effective:
				return hint.With(fmt.Errorf("%s: line %d: option %s changes what apk installs, which is not supported", file, number+1, option),
					"remove the line from the base")
			case option == "allow-untrusted":
				s.warn("%s: line %d: ignoring option %s: signatures are checked all the same", file, number+1, option)
			}
		}
		return nil
	}
	return nil
}

// parseOption reads a line such as "force-overwrite", "--no-scripts" or "scripts=no".
func parseOption(line string) (name string, effective bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", false
	}
	name, value := line, "yes"
	if i := strings.IndexAny(line, "= \t"); i >= 0 {
		name, value = line[:i], strings.TrimSpace(line[i+1:])
	}
	name = strings.TrimPrefix(name, "--")
	key := name
	if _, known := effectiveOptions[key]; !known {
		if positive, negated := strings.CutPrefix(key, "no-"); negated {
			key, value = positive, "no"
		}
	}
	if name == "X" || name == "-X" {
		key = "repository"
	}
	when, known := effectiveOptions[key]
	return name, known && (when == "" || when == value)
}
