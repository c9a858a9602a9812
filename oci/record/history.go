package record

import (
	"strings"

	"github.com/lamina-oci/lamina/layer/stage"
)

// skippedPrefix begins the history comment of a layer for which scripts were left out.
const skippedPrefix = "scripts skipped: "

// SkippedComment is the history comment of a layer for which scripts and programs were left out, so that the image itself says so;
// "" if there were none.
func SkippedComment(skipped []stage.SkippedScript) string {
	if len(skipped) == 0 {
		return ""
	}
	names := make([]string, len(skipped))
	for i, s := range skipped {
		names[i] = s.String()
	}
	return skippedPrefix + strings.Join(names, " ")
}

// SkippedScripts returns the skipped scripts and programs that a history entry's comment lists, as
// "name-version.type".
func SkippedScripts(comment string) []string {
	list, ok := strings.CutPrefix(comment, skippedPrefix)
	if !ok {
		return nil
	}
	return strings.Fields(list)
}
