package stage

import (
	"strconv"
	"testing"

	"github.com/lamina-oci/lamina/layer/script"
)

// TestRefusedAmongOmissions: a program that is refused is not lost among many that are left out, or behind a call of its own that is.
func TestRefusedAmongOmissions(t *testing.T) {
	for name, before := range map[string]int{"few": 1, "many": maxOmissions + 1} {
		s, ran := &Stage{journal: new(journal)}, new(ScriptRun)
		note := s.omitted(ran)
		for i := range before {
			note(script.Omission{Program: "p" + strconv.Itoa(i), Line: 1, IsMute: true})
		}
		note(script.Omission{Program: "p0", Line: 1, Refused: &script.UnsupportedError{Program: "p0"}})
		note(script.Omission{Program: "p0", Line: 1, Refused: &script.UnsupportedError{Program: "p0"}})
		if len(s.Refused()) != 1 {
			t.Errorf("%s: %d are refused", name, len(s.Refused()))
		}
	}
}
