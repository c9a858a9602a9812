package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina/internal/redact"
)

// giveOnce makes flags fail when they are given twice with different values: the image can have one base, one spec and one
// output, and the first of two would be dropped in silence.
func giveOnce(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		if f := flags.Lookup(name); f != nil {
			f.Value = &onceFlag{Value: f.Value}
		}
	}
}

type onceFlag struct {
	pflag.Value
	isSet bool
}

func (f *onceFlag) Set(text string) error {
	if f.isSet && text != f.Value.String() {
		return fmt.Errorf("given twice; the first is %q", redact.URL(f.Value.String()))
	}
	f.isSet = true
	return f.Value.Set(text)
}
