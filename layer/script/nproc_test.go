package script

import "testing"

// TestNproc: there is one processor on every machine.
func TestNproc(t *testing.T) {
	got, err := runCommands(t, Options{}, "ln -sf busybox /bin/nproc; nproc; nproc --all; nproc --ignore=4; nproc --ignore x 2>/dev/null || echo $?")
	if want := "1\n1\n1\n1\n"; err != nil || got != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// TestNetstat expects what busybox 1.36.1 prints in a network of its own, with /proc.
func TestNetstat(t *testing.T) {
	const (
		internet = "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
		wide     = "Proto Recv-Q Send-Q Local Address                                       Foreign Address                                     State       "
		unix     = "Proto RefCnt Flags       Type       State         I-Node "
		program  = "PID/Program name    "
	)
	for script, want := range map[string]string{
		"netstat":        "Active Internet connections (w/o servers)\n" + internet + "\nActive UNIX domain sockets (w/o servers)\n" + unix + "Path\n",
		"netstat -ln":    "Active Internet connections (only servers)\n" + internet + "\nActive UNIX domain sockets (only servers)\n" + unix + "Path\n",
		"netstat -tx":    "Active Internet connections (w/o servers)\n" + internet + "\nActive UNIX domain sockets (w/o servers)\n" + unix + "Path\n",
		"netstat -la -u": "Active Internet connections (servers and established)\n" + internet + "\n",
		"netstat -lxp":   "Active UNIX domain sockets (only servers)\n" + unix + program + "Path\n",
		"netstat -lnptW": "Active Internet connections (only servers)\n" + wide + program + "\n",
	} {
		if got, err := runCommands(t, Options{}, script); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", script, got, err, want)
		}
	}
	if _, err := runCommands(t, Options{}, "netstat -rn"); errorText(err) != "p-1-r0.post-install: line 3: netstat: option -r is not supported" {
		t.Errorf("routes: %v", err)
	}
}
