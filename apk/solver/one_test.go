package solver_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

func TestOne(t *testing.T) {
	id := os.Getenv("DBG")
	if id == "" {
		t.Skip()
	}
	for _, f := range []string{"small", "big"} {
		eachLine(t, "/work/shared/corpus/generated/"+f+".jsonl.gz", func(line []byte) {
			var c generatedCase
			json.Unmarshal(line, &c)
			if c.ID == id {
				for _, g := range []apk.Generation{apk.V2, apk.V3} {
					fmt.Println(g)
					got, want, err := runGenerated(t.Context(), &c, g)
					fmt.Println(err)
					fmt.Println("WANT", want.report)
					fmt.Println("GOT", got.report)
				}
			}
		})
	}
}
