package regex_test

import (
	"fmt"

	"github.com/lamina-oci/lamina/layer/script/internal/regex"
)

func ExampleParse() {
	re, err := regex.Parse(`\(ab*\)c`, regex.Flags{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(re.Find([]byte("xabbc"), false))
	_, err = regex.Parse("(a", regex.Flags{Extended: true})
	fmt.Println(err)
	// Output:
	// [1 5 1 4]
	// Missing ')'
}
