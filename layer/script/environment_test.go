package script

import (
	"bytes"
	"context"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestEnvironmentOfChildren: a shell that a command starts has the environment of that command, not that of the text.
func TestEnvironmentOfChildren(t *testing.T) {
	for text, want := range map[string]string{
		"sh -c 'echo $A'":                                                                 "1\n",
		"unset A; sh -c 'echo ${A-none}'":                                                 "none\n",
		"export A; A=2; sh -c 'echo $A'":                                                  "2\n",
		"env -i sh -c 'echo ${A-none} ${HOME-none}'":                                      "none none\n",
		"env -u A sh -c 'echo ${A-none} $HOME'":                                           "none /home\n",
		"unset HOME A; (sh -c 'echo ${A-none}${HOME-none}')":                              "nonenone\n",
		"env -i B=3 sh -c 'sh -c \"echo ${A-none} \\$B\"'":                                "none 3\n",
		"unset A; printf 'echo ${A-none}' >/f; sh /f; . /f":                               "none\nnone\n",
		"su -c 'echo ${A-none} $HOME' root":                                               "1 /root\n",
		"mkdir /root; su - -c 'echo ${A-none}' root":                                      "none\n",
		"printf '#!/bin/sh\necho ${A-none}\n' >/g; chmod 755 /g; unset A; /g; env A=5 /g": "none\n5\n",
	} {
		var out bytes.Buffer
		o := Options{Tree: commandRoot(t), Generation: apk.V2, Arch: "x86_64", Output: &out}
		if err := RunText(context.Background(), o, "run", text, map[string]string{"PATH": "/bin", "A": "1", "HOME": "/home"}); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v, want %q", text, out.String(), err, want)
		}
	}
}
