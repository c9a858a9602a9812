package bounded_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/lamina-oci/lamina/internal/bounded"
)

func ExampleReadAll() {
	_, err := bounded.ReadAll(strings.NewReader("nginx"), 4)
	fmt.Println(fmt.Errorf("etc/apk/world: %w", err))
	// Output: etc/apk/world: larger than 4 bytes
}

func TestReadAll(t *testing.T) {
	r := strings.NewReader("nginx")
	if data, err := bounded.ReadAll(r, 5); err != nil || string(data) != "nginx" {
		t.Errorf("%q, %v", data, err)
	}
	r.Reset("nginx")
	var large *bounded.TooLargeError
	if data, err := bounded.ReadAll(r, 3); data != nil || !errors.As(err, &large) || large.Limit != 3 || r.Len() != 1 {
		t.Errorf("%q, %v, %d bytes left", data, err, r.Len())
	}
	failure := errors.New("failed")
	if _, err := bounded.ReadAll(iotest.ErrReader(failure), 3); err != failure {
		t.Errorf("got %v", err)
	}
}
