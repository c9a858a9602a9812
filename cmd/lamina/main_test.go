package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets tests run this binary as the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("LAMINA_TEST_MAIN") != "" {
		limitData()
		main()
	}
	testscript.Main(ownConfig{m}, map[string]func(){"lamina": main})
}

// ownConfig keeps the cache and its secret out of the directories of the user who runs the tests.
type ownConfig struct{ *testing.M }

func (m ownConfig) Run() int {
	dir, err := os.MkdirTemp("", "lamina-config-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	os.Setenv("XDG_CONFIG_HOME", dir)
	os.Setenv("XDG_CACHE_HOME", filepath.Join(dir, "cache"))
	return m.M.Run()
}

// TestScripts runs the files of testdata/script: command lines with what they print.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/.cache")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/.config")
			fixture, err := os.Getwd()
			if err != nil {
				return err
			}
			return os.CopyFS(env.WorkDir+"/nginx", os.DirFS(fixture+"/../../fixtures/nginx"))
		},
		UpdateScripts:       *update,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
	})
}
