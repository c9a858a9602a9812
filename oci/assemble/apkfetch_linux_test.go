package assemble_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/internal/apktest"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestSearchLikeReference: "apk search" prints what apk prints, for options and patterns at random.
func TestSearchLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	random := rand.New(rand.NewPCG(1, 2))
	options := []string{"-a", "-d", "-e", "-x", "-o", "-q", "-v", "--has-origin", "--all", "--exact"}
	patterns := []string{
		"zlib", "ZLIB", "z", "lib*2", "so:libz.so.1", "so:lib", "cmd:s", "cmd:[", "jq", "JSON", "*json*", "library", "openssl", "kmod", "nosuch", "", "?lib", "[z]lib",
		"several", "so:several.so.1", "old", "Upper", "upper", "more", "a*b", "virtual", "/bin/sh", "lib", "several>1", "several=1.0-r0", "A compression/*", "common",
	}
	var lines []string
	for i := range 150 {
		var words []string
		for range random.IntN(4) {
			words = append(words, options[random.IntN(len(options))])
		}
		for range min(random.IntN(4), 2) {
			words = append(words, "'"+patterns[random.IntN(len(patterns))]+"'")
		}
		line := strings.Join(words, " ")
		lines = append(lines, fmt.Sprintf("{ echo '%d apk search' %q; apk search %s; echo $?; } >>/etc/said 2>&1", i, line, line))
	}
	likeReference(t, corpus, []string{strings.Join(lines, "\n") + "\napk add yx"},
		fixtures.Package{Name: "several", Version: "1.0-r0", Description: "One of several", Provides: "so:several.so.1=1.5 virtual common=3"},
		fixtures.Package{Name: "several", Version: "2.0-r0", Origin: "upper", Description: "ONE of several", Provides: "so:several.so.2=2 virtual common=2", Depends: "Upper"},
		fixtures.Package{Name: "Upper", Version: "1-r0", Origin: "Upper", Description: "more", Depends: "several virtual"},
		fixtures.Package{Name: "upper", Version: "1-r0", Origin: "upper", Depends: "!several so:several.so.1 common>2"},
		fixtures.Package{Name: "third", Version: "10-r0", Provides: "virtual common=5", InstallIf: "several"},
		fixtures.Package{Name: "third", Version: "9-r0", Provides: "virtual=1 common=5", Depends: "third<10"},
	)
}

// TestFetchLikeReference: "apk fetch" writes the files and prints the lines that apk does.
func TestFetchLikeReference(t *testing.T) {
	corpus := apktest.Corpus(t)
	if os.Getuid() != 0 || testing.Short() {
		t.Skip("only root can run the reference, which changes owners of files")
	}
	var lines []string
	for _, line := range []string{
		"jq", "jq jq zlib", "nosuch", "jq nosuch another", "-q jq", "cmd:jq", "so:libz.so.1", "jq=1.7.1-r0", "'jq>5'", "libxml2", "", "-v jq", "--simulate jq",
		"--quiet yx", "-l jq", "-o out jq", "-o nodir jq", "--output=/srv/x yx", "JQ", "alpine-base", "-q --simulate jq",
		"-o out/junk jq", "common", "virtual", "several", "third", "so:several.so.1", "upper Upper", "-s jq | sha256sum", "--stdout jq zlib | sha256sum",
		"-s nosuch | wc -c", "busybox", "apk-tools", "own", "cmd:sh cmd:ls",
	} {
		lines = append(lines, fmt.Sprintf("echo %q; apk fetch %s 2>&1; echo $?; find . /srv -name '*.apk' | sort; find . /srv -name '*.apk' | xargs rm -f", line, line))
	}
	likeReference(t, corpus, []string{
		"mkdir -p /w/out /srv/x; touch /w/out/junk; cd /w; { " + strings.Join(lines, "\n") + "\n} >/etc/said",
		"cd /srv; umask 077; apk fetch jq oniguruma; mkdir jq.d; echo junk >jq.d/yx-1.0.0-r1.apk; ln -s nowhere jq.d/zlib-1.3.1-r0.apk; apk fetch -o jq.d yx zlib; " +
			"mkdir jq.d/pcre2-10.42-r2.apk; apk fetch -o jq.d pcre2 || apk add ./jq-1.7.1-r0.apk ./oniguruma-6.9.9-r0.apk",
	},
		fixtures.Package{Name: "several", Version: "1.0-r0", Provides: "so:several.so.1=1.5 virtual common=3"},
		fixtures.Package{Name: "several", Version: "2.0-r0", Provides: "so:several.so.2=2 virtual common=2", Depends: "Upper"},
		fixtures.Package{Name: "Upper", Version: "1-r0", Depends: "several virtual"},
		fixtures.Package{Name: "upper", Version: "1-r0", Depends: "so:several.so.1 common>2"},
		fixtures.Package{Name: "third", Version: "10-r0", Provides: "virtual common=5", InstallIf: "several"},
		fixtures.Package{Name: "third", Version: "9-r0", Provides: "virtual=1 common=5", Depends: "third<10"},
		fixtures.Package{Name: "own", Version: "1-r0", Depends: "nosuch"},
	)
}
