package oci

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMergeEnv: values may refer to the base's variables, as in a Dockerfile's ENV.
func TestMergeEnv(t *testing.T) {
	base := []string{"PATH=/usr/bin:/bin", "A=1", "A=2"}
	changes := map[string]string{
		"PATH": "/opt/bin:${PATH}", "B": "$A$A", "C": "${NONE}x", "D": `\$A`, "E": "$1 ${} $ 100%", "A": "${A}3", "F": "${B}",
	}
	want := []string{"PATH=/opt/bin:/usr/bin:/bin", "A=13", "B=11", "C=x", "D=$A", "E=$1 ${} $ 100%", "F="}
	if diff := cmp.Diff(want, MergeEnv(base, changes)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
