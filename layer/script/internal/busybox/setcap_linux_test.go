package busybox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// TestCapabilities compares what parseCapabilities gives with what libcap's setcap leaves at
// a file, where that program is and root runs the test.
func TestCapabilities(t *testing.T) {
	program, err := exec.LookPath("setcap")
	if err != nil {
		program = "/usr/sbin/setcap"
	}
	_, err = os.Stat(program)
	reference := err == nil && os.Getuid() == 0
	for text, want := range map[string]string{
		"cap_net_bind_service=+ep":          "0100000200040000000000000000000000000000",
		"cap_net_bind_service+ep":           "0100000200040000000000000000000000000000",
		"cap_net_raw,cap_net_admin=eip":     "0100000200300000003000000000000000000000",
		"cap_setuid=p":                      "0000000280000000000000000000000000000000",
		"CAP_CHOWN=i":                       "0000000200000000010000000000000000000000",
		"cap_bpf+ep":                        "0100000200000000000000008000000000000000",
		"cap_chown=ep cap_kill=ep":          "0100000221000000000000000000000000000000",
		"cap_chown,cap_kill=ep cap_kill-ep": "0100000201000000000000000000000000000000",
		"cap_chown=p+e":                     "0100000201000000000000000000000000000000",
		"cap_nosuch=ep":                     "",
		"cap_chown":                         "",
		"chown=ep":                          "",
		"cap_chown=x":                       "",
		"cap_chown=p cap_kill=e":            "",
	} {
		value, ok := parseCapabilities(text)
		got := fmt.Sprintf("%x", value)
		if got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
		}
		if !reference {
			continue
		}
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		err := exec.Command(program, text, file).Run()
		b := make([]byte, 64)
		n, xerr := syscall.Getxattr(file, tree.CapabilityXattr, b)
		if xerr != nil {
			n = 0
		}
		if real := fmt.Sprintf("%x", b[:n]); err == nil && real != want || err != nil && want != "" {
			t.Errorf("%q: setcap gives %q, %v, the table has %q", text, real, err, want)
		}
	}
}
