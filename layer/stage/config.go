package stage

import (
	"errors"
	"strings"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage/internal/database"
	"github.com/lamina-oci/lamina/layer/tree"
)

// maxConfig bounds such a file, in bytes.
const maxConfig = 1 << 20

// effectiveOptions change the result of a transaction, if they have the value; "" is any. Those that set one of [ApplyOptions]
// are followed, the others refused.
var effectiveOptions = map[string]struct {
	value string
	field func(*ApplyOptions) *bool
}{
	"clean-protected": {"yes", func(o *ApplyOptions) *bool { return &o.CleanProtected }},
	"force-overwrite": {"yes", func(o *ApplyOptions) *bool { return &o.ForceOverwrite }},
	"purge":           {"yes", func(o *ApplyOptions) *bool { return &o.Purge }},
	"scripts":         {"no", func(o *ApplyOptions) *bool { return &o.NoScripts }},

	"arch": {}, "available": {value: "yes"}, "chown": {value: "no"}, "force": {value: "yes"}, "force-broken-world": {value: "yes"},
	"initramfs-diskless-boot": {value: "yes"}, "keys-dir": {}, "latest": {value: "yes"}, "overlay-from-stdin": {value: "yes"},
	"preupgrade-depends": {}, "prune": {value: "yes"}, "repositories-file": {}, "repository": {}, "repository-config": {}, "root": {},
	"simulate": {value: "yes"}, "upgrade": {value: "yes"}, "usermode": {value: "yes"}, "virtual": {},
}

// readConfig returns the options of the root's configuration. It refuses a root whose configuration makes apk install something else.
// Other options, say for the network, are about the machine that apk runs on.
func (s *Stage) readConfig(warn func(format string, args ...any)) (o ApplyOptions, err error) {
	if s.options.Generation != apk.V3 {
		return o, nil
	}
	for _, file := range database.ConfigFiles {
		text, err := s.config.ReadFile(file, maxConfig)
		if errors.Is(err, tree.ErrNotExist) {
			continue
		}
		if err != nil {
			return o, err
		}
		for number, line := range strings.Split(string(text), "\n") {
			name, key, value := parseOption(line)
			if key == "allow-untrusted" {
				warn("%s: line %d: ignoring option %s: signatures are checked all the same", file, number+1, name)
			}
			effect, known := effectiveOptions[key]
			switch {
			case !known:
			case effect.field != nil && (value == "yes" || value == "no"):
				*effect.field(&o) = value == effect.value // the last one counts
			case effect.value == "" || effect.value == value || effect.field != nil:
				return o, hint.Errorf("%s: line %d: option %s changes what apk installs, which is not supported", file, number+1, name).With(
					"remove the line from the base")
			}
		}
		break
	}
	return o, nil
}

// parseOption reads a line such as "force-overwrite", "--no-scripts" or "scripts=no". The name is as it is written, the key without "no-".
func parseOption(line string) (name, key, value string) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", ""
	}
	name, value = line, "yes"
	if i := strings.IndexAny(line, "= \t"); i >= 0 {
		name, value = line[:i], strings.TrimSpace(line[i+1:])
	}
	name = strings.TrimPrefix(name, "--")
	key = name
	if _, known := effectiveOptions[key]; !known {
		if positive, negated := strings.CutPrefix(key, "no-"); negated {
			key, value = positive, "no"
		}
	}
	if name == "X" || name == "-X" {
		key = "repository"
	}
	return name, key, value
}
