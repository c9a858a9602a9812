package layer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// tolerance is a difference between apk's root and a stage's that the tests let pass.
type tolerance struct {
	what, reason string
	applies      func(path string) bool

	// drop takes away from a description of what apk left and of what the stage did
	// what may differ; began is the stage's time. Nil for what is never described.
	drop func(apk, stage string, began time.Time) (string, string)
}

// tolerances are all there are. (The directory of the confined apk itself is not part of
// the root.)
var tolerances = []tolerance{
	{
		"dev/null", "made for the reference only: its scripts write to it and the minirootfs has no devices",
		isOneOf("dev/null"), wholly,
	},
	{
		"dev/console, dev/random, dev/urandom, dev/zero in a root that was empty",
		"apk 2 makes these devices for its scripts; a layer with devices cannot be unpacked without root, and every runtime brings its own",
		isOneOf("dev/console", "dev/random", "dev/urandom", "dev/zero"), devicesOfAPK,
	},
	{
		"times of the databases when apk writes them with what they had",
		"a layer does not repeat a file in which nothing changes",
		isOneOf("lib/apk/db/installed", "lib/apk/db/triggers", "lib/apk/db/scripts.tar", "etc/apk/world", "etc/apk/arch"), timesOfRewritten,
	},
	{
		"times that apk takes from the clock", "the same build gives the same bytes: the stage's time stands for the clock's",
		isAny, timesOfClock,
	},
	{
		"times of directories and symbolic links",
		"apk leaves those of the clock, also where something in a directory changed, and a layer's whiteouts change those of directories anyway",
		isAny, nil,
	},
}

func isAny(string) bool { return true }

// isOneOf is for paths, also where lib is a link to usr/lib.
func isOneOf(paths ...string) func(string) bool {
	return func(path string) bool { return slices.Contains(paths, strings.TrimPrefix(path, "usr/")) }
}

func wholly(string, string, time.Time) (string, string) { return "", "" }

func devicesOfAPK(apk, stage string, _ time.Time) (string, string) {
	if stage == "" && strings.HasPrefix(apk, "character device") {
		return "", ""
	}
	return apk, stage
}

var mtimeField = regexp.MustCompile(` mtime (\d+)`)

func timesOfRewritten(apk, stage string, _ time.Time) (string, string) {
	return mtimeField.ReplaceAllString(apk, ""), mtimeField.ReplaceAllString(stage, "")
}

func timesOfClock(apk, stage string, began time.Time) (string, string) {
	return mtimeField.ReplaceAllStringFunc(apk, func(field string) string {
		var seconds int64
		fmt.Sscanf(field, " mtime %d", &seconds)
		if seconds >= began.Unix() {
			return fmt.Sprintf(" mtime %d", began.Unix())
		}
		return field
	}), stage
}

// tolerate drops what may differ of the two descriptions of a path.
func tolerate(path, apk, stage string, began time.Time) (string, string) {
	for _, tolerated := range tolerances {
		if tolerated.drop != nil && tolerated.applies(path) {
			apk, stage = tolerated.drop(apk, stage, began)
		}
	}
	return apk, stage
}
