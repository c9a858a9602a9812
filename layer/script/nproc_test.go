package script

import "testing"

// TestNproc: there is one processor on every machine.
func TestNproc(t *testing.T) {
	got, err := runCommands(t, Options{}, "nproc; nproc --all; nproc --ignore=4; nproc --ignore x 2>/dev/null || echo $?; nproc -a 2>/dev/null || echo $?")
	if want := "1\n1\n1\n1\n1\n"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}
