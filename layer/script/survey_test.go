package script

import (
	"bufio"
	"compress/gzip"
	"errors"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/corpustest"
)

// Shares of the one-package worlds that have to go through, in percent.
const (
	surveyedShare = 99.0
	surveyedMain  = 99.8
)

// TestScriptSurvey prints for how many of Alpine's packages an installation of each alone goes through. The facts are which packages with
// scripts each brings along, and why scripts were refused once: the programs and commands of these reasons are run, so that
// the interpreter itself says whether it still refuses them.
func TestScriptSurvey(t *testing.T) {
	refused := refusedPackages(t, corpustest.Cases(t, "scripts", "refusals.tsv"))
	known := make(map[string]bool)
	for _, row := range readRows(t, corpustest.Cases(t, "scripts", "scripted.tsv")) {
		known[row[0]] = true
	}
	worlds := make(map[string]int)
	through := make(map[string]int)
	blocked := make(map[string]int)
	for _, row := range readRows(t, corpustest.Cases(t, "scripts", "worlds.tsv.gz")) {
		brought := strings.Fields(row[2])
		isRefused := false
		for _, name := range brought {
			if !known[name] {
				t.Fatalf("%s brings %s, which has no scripts", row[0], name)
			}
			if refusal := refused[name]; refusal != nil && refusal.isIn(brought) {
				isRefused = true
				blocked[name]++
			}
		}
		for _, group := range []string{"all", row[1]} {
			worlds[group]++
			if !isRefused {
				through[group]++
			}
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(blocked), func(a, b string) int { return blocked[b] - blocked[a] }) {
		t.Logf("%s blocks %d worlds: %s", name, blocked[name], refused[name].reason)
	}
	for _, group := range []string{"all", "main", "community"} {
		if worlds[group] == 0 {
			t.Fatalf("no worlds of %s", group)
		}
		share := 100 * float64(through[group]) / float64(worlds[group])
		t.Logf("%s: %d of %d worlds go through, %.2f %%", group, through[group], worlds[group], share)
		if least := map[string]float64{"all": surveyedShare, "main": surveyedMain}[group]; share < least {
			t.Errorf("%s: %.2f %% go through, less than %.1f %%", group, share, least)
		}
	}
}

// readRows reads a file of tab-separated columns, and decompresses it if it is a .gz.
func readRows(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(file)
		if err != nil {
			t.Fatal(err)
		}
		lines = bufio.NewScanner(z)
	}
	lines.Buffer(nil, 1<<20)
	var rows [][]string
	for lines.Scan() {
		rows = append(rows, strings.Split(lines.Text(), "\t"))
	}
	if lines.Err() != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), lines.Err())
	}
	return rows
}

// refusal is why a package is refused.
type refusal struct {
	reason string
	with   string // only in worlds with this package; "" for all
}

func (r *refusal) isIn(world []string) bool { return r.with == "" || slices.Contains(world, r.with) }

// refusedPackages returns those of the table of refusals that are still refused.
func refusedPackages(t *testing.T, name string) map[string]*refusal {
	rows := readRows(t, name)
	reasonAt, packageAt := slices.Index(rows[0], "reason"), slices.Index(rows[0], "package")
	if reasonAt < 0 || packageAt < 0 {
		t.Fatalf("%s has the columns %q", name, rows[0])
	}
	refused := make(map[string]*refusal)
	for _, row := range rows[1:] {
		r := &refusal{}
		if condition, ok := strings.CutPrefix(row[reasonAt], "conditional: "); ok {
			r.with, _, _ = strings.Cut(condition, " ")
		}
		for _, reason := range reasonsOfInstallation(row[reasonAt]) {
			commands := surveyed[row[packageAt]]
			if commands == nil {
				commands = commandsOf(reason)
			}
			if commands == nil {
				r.reason = "nobody knows what it calls: " + reason
			}
			for _, command := range commands {
				if err := surveyCommand(t, command); err != nil {
					r.reason = err.Error()
				}
			}
		}
		if r.reason != "" {
			refused[row[packageAt]] = r
		}
	}
	return refused
}

// reasonsOfInstallation splits a cell with reasons, and leaves out those of scripts that a new installation does not run.
func reasonsOfInstallation(cell string) []string {
	var list []string
	for reason := range strings.SplitSeq(cell, "; ") {
		name, _, _ := strings.Cut(reason, ":")
		typ, ok := apk.ParseScriptType(name)
		if !ok || typ == apk.PreInstall || typ == apk.PostInstall || typ == apk.Trigger {
			list = append(list, reason)
		}
	}
	return list
}

// surveyed are the commands of packages whose reasons do not name all of them, or not with what matters.
var surveyed = map[string][]string{
	"glib":               {"gio-querymodules /w", "glib-compile-schemas /w"},
	"eudev-hwids":        {"udevadm hwdb --update"},
	"device-mapper-udev": {"udevadm hwdb --update"},
	"alertmanager":       {"adduser -S -D -H -G root web root"},
	"bitlbee":            {"adduser -S -D -H -G root web root"},
	"go-msgauth":         {"adduser -S -D -H -G root web root"},
	"prometheus":         {"adduser -S -D -H -G root web root"},
	"shared-mime-info":   {"mkdir packages && update-mime-database /w"},
	"cracklib":           {"cracklib-packer d <one"},
	"gvfs":               {"true >&/dev/null"},
	// A program that the package brings as a script of the shell.
	"postgresql-common": {"pg_versions() { ls | sort -V; ln -sf a b; }; pg_versions"},
}

// arguments are those that scripts give to programs, if they matter.
var arguments = map[string]string{
	"gio-querymodules": "/w", "glib-compile-schemas": "/w", "gtk-update-icon-cache": "-q -t -f /w", "mkfontdir": "/w", "mkfontscale": "/w",
	"udevadm": "hwdb -u", "update-mime-database": "/w",
	"xmlcatalog": "--noout --create c >c; xmlcatalog --noout --add rewriteURI a b c",
}

// programInReason finds programs in reasons, and optionInReason options.
var (
	programInReason = regexp.MustCompile(`"([^" ]+)" is a program that cannot be interpreted|(?:^|[ :])([^ :]+): not found|real: (\S+)`)
	optionInReason  = regexp.MustCompile(`line \d+: ([^ :]+): option (-\S+) is not supported`)
	commandInReason = regexp.MustCompile(`"([^"]+)" is not supported`)
)

// commandsOf returns commands that are refused for the same reason; nil if the reason does not say.
func commandsOf(reason string) []string {
	var list []string
	for _, found := range programInReason.FindAllStringSubmatch(reason, -1) {
		name := path.Base(found[1] + found[2] + found[3])
		list = append(list, strings.TrimSpace(name+" "+arguments[name]))
	}
	for _, found := range optionInReason.FindAllStringSubmatch(reason, -1) {
		list = append(list, found[1]+" "+found[2]+" /w/one /w/two")
	}
	for _, found := range commandInReason.FindAllStringSubmatch(reason, -1) {
		list = append(list, found[1])
	}
	return list
}

// surveyCommand returns why a command is refused, nil if it is interpreted.
func surveyCommand(t *testing.T, command string) error {
	root := commandRoot(t)
	name, _, _ := strings.Cut(command, " ")
	if _, err := root.Stat("bin/" + name); err != nil && regexp.MustCompile(`^[\w.+-]+$`).MatchString(name) {
		if err := root.WriteFile("bin/"+name, []byte("\x7fELF"), 0o755); err != nil { // as the package has it
			t.Fatal(err)
		}
	}
	_, err := runCommands(t, Options{Tree: root}, "exec </dev/null\n"+command)
	if unsupported := new(UnsupportedError); errors.As(err, &unsupported) {
		return errors.New(unsupported.Reason)
	}
	if exit := new(ExitError); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// TestSurveyedReasons: the survey reads reasons as they are written, and fails where the interpreter does.
func TestSurveyedReasons(t *testing.T) {
	for _, test := range []struct {
		cell      string
		commands  string
		isRefused bool
	}{
		{`trigger: line 9: "/usr/bin/update-nothing" is a program that cannot be interpreted`, "update-nothing", true},
		{`post-install: exit status 127: lib/apk/exec/docbook-xml-2.0-r0.post-install: line 4: true: not found lib/apk/exec/docb`, "true", false},
		{`trigger: real: fc-cache`, "fc-cache", false},
		{`post-install: real: uuidgen`, "uuidgen", true},
		{`trigger: line 9: sort: option -V is not supported`, "sort -V /w/one /w/two", false},
		{`post-upgrade: line 8: "apk audit -q /etc/conf.d" is not supported`, "", false},
		{`pre-deinstall: line 3: "pg_versions" is a program that cannot be interpreted`, "", false},
		{`post-install: exit status 127`, "", false},
	} {
		var commands []string
		isRefused := false
		for _, reason := range reasonsOfInstallation(test.cell) {
			for _, command := range commandsOf(reason) {
				commands = append(commands, command)
				isRefused = isRefused || surveyCommand(t, command) != nil
			}
		}
		if got := strings.Join(commands, "; "); got != test.commands || isRefused != test.isRefused {
			t.Errorf("%s: %s, refused is %s", test.cell, strconv.Quote(got), strconv.FormatBool(isRefused))
		}
	}
}
