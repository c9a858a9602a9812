package specfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/oci"
)

// ParseMode reads a mode in octal digits, from 0 to 7777, which may begin with 0o.
func ParseMode(text string) (uint16, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(text, "0o"), 8, 16)
	if err != nil || v > 0o7777 {
		return 0, fmt.Errorf("mode %q is not an octal number from 0 to 7777", text)
	}
	return uint16(v), nil
}

// ConfigErrors returns the errors that [oci.ConfigChanges.Validate] joined.
func ConfigErrors(err error) []*oci.ConfigError {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var list []*oci.ConfigError
	for _, err := range joined.Unwrap() {
		if invalid := (*oci.ConfigError)(nil); errors.As(err, &invalid) {
			list = append(list, invalid)
		}
	}
	return list
}
