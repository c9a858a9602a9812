package lamina_test

import (
	"fmt"
	"os"
	"testing"
)

// TestMain keeps the secret of caches out of the configuration of the user who runs the tests.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lamina-config-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("XDG_CONFIG_HOME", dir)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}
