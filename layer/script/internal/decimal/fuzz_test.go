package decimal

import (
	"errors"
	"io"
	"testing"
)

var errSpent = errors.New("spent")

// FuzzPrograms runs programs with little to spend: each ends, and takes no memory beyond what it spends.
func FuzzPrograms(f *testing.F) {
	for _, program := range []string{
		"scale=3; a[1]=1/3; if (a[1]<1) { print \"x\", a[1] } else 2", "for (i=0;i<3;++i) { while (1) break; i^2 }",
		"obase=16; ibase=8; -17 && !x++ || sqrt(2)",
		"2k 1 3 / p [la 1 + d sa 3 >b] sb lb x f", "16i FF p [q] x 1 2 !=a S.L. v ~",
	} {
		f.Add(program)
	}
	f.Fuzz(func(_ *testing.T, program string) {
		left := 1 << 16
		m := Machine{Out: io.Discard, Spend: func(n int) error {
			if left -= n; left < 0 {
				return errSpent
			}
			return nil
		}}
		_ = m.RunBC(program)
		left = 1 << 16
		_, _ = NewDC(m).Run(program)
	})
}
