package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lamina-oci/lamina/internal/ocitest"
)

// TestMain lets tests run this binary as the program itself.
func TestMain(m *testing.M) {
	if os.Getenv("LAMINA_TEST_MAIN") != "" {
		limitData()
		if os.Getenv("LAMINA_TEST_CLOCK") != "" {
			commandLine, os.Args = os.Args[1:], []string{os.Args[0], "-test.run=^TestOnOtherClock$"}
			os.Exit(m.Run())
		}
		main()
	}
	testscript.Main(atHome{m}, map[string]func(){"lamina": main})
}

// atHome are tests in a home of their own.
type atHome struct{ *testing.M }

func (m atHome) Run() int { return ocitest.RunAtHome(m.M) }

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
