package imagedoc

import (
	"fmt"
	"strconv"
	"strings"
)

// SourceIndex parses @N, skopeo's way to name an image by its position.
func SourceIndex(name string) (n int, isIndex bool, err error) {
	digits, isIndex := strings.CutPrefix(name, "@")
	if !isIndex {
		return 0, false, nil
	}
	if n, err = strconv.Atoi(digits); err != nil || n < 0 || strconv.Itoa(n) != digits {
		return 0, true, fmt.Errorf("%q: want a number after @: the image's position in the list, from 0", name)
	}
	return n, true, nil
}
