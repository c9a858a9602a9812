package chroottest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/lamina-oci/lamina/internal/corpustest"
)

// Minirootfs returns the path of Alpine's root file system. Without the corpus or root, and
// with -short, the test is skipped; a missing corpus fails it with CI=true.
func Minirootfs(t testing.TB) string {
	t.Helper()
	path := corpustest.Path(t, "alpine-3.19/alpine-minirootfs-3.19.4-x86_64.tar.gz")
	switch {
	case testing.Short():
		t.Skip("slow: runs Alpine's programs in a chroot")
	case os.Getuid() != 0:
		t.Skip("only root can run Alpine's programs in a chroot")
	}
	return path
}

// Command is a program to run in a root.
type Command struct {
	Root    string
	Args    []string // with the program's path in the root
	Env     []string // nil means Alpine's PATH alone
	Stdin   io.Reader
	User    *syscall.Credential // nil for root
	Timeout time.Duration       // a minute for 0; all processes that it has started end with it
}

// Result is what a program printed and its exit status.
type Result struct {
	Stdout, Stderr string
	Status         int
}

// Run runs a command from the top of its root. It fails if the program does not run or takes
// too long.
func (c Command) Run() (Result, error) {
	if c.Timeout == 0 {
		c.Timeout = time.Minute
	}
	if c.Env == nil {
		c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	command := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: c.Root, Setpgid: true, Credential: c.User}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.Dir, command.Env, command.Stdin = "/", c.Env, c.Stdin
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	result := Result{stdout.String(), stderr.String(), 0}
	if exit := new(exec.ExitError); errors.As(err, &exit) && ctx.Err() == nil {
		result.Status, err = exit.ExitCode(), nil
	}
	return result, err
}
