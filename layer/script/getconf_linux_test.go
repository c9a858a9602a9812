package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestGetconf compares with Alpine's getconf what is the same on each machine.
func TestGetconf(t *testing.T) {
	var lines strings.Builder
	for name := range strings.FieldsSeq(getconfNames) {
		fmt.Fprintf(&lines, "getconf %s; getconf %s /; echo $?\n", name, name)
	}
	compareWithBusybox(t, []scriptCase{
		{name: "names", script: lines.String()},
		{name: "usage", script: "getconf; getconf NOSUCH; getconf -- LONG_BIT; getconf LONG_BIT -a; getconf ''; getconf PATH_MAX ''; getconf PATH_MAX / x; echo $?; " +
			"getconf GNU_LIBC_VERSION || echo musl"},
	})
}

const getconfNames = `ARG_MAX ATEXIT_MAX AIO_MAX AIO_LISTIO_MAX BC_BASE_MAX BC_DIM_MAX BC_SCALE_MAX BC_STRING_MAX CHAR_BIT CHAR_MAX CHAR_MIN CLK_TCK COLL_WEIGHTS_MAX
EXPR_NEST_MAX FILESIZEBITS GETGR_R_SIZE_MAX GETPW_R_SIZE_MAX INT_MAX INT_MIN IOV_MAX LINE_MAX LINK_MAX LOGIN_NAME_MAX LONG_BIT LONG_MAX LONG_MIN MAX_CANON
MAX_INPUT MQ_OPEN_MAX MQ_PRIO_MAX NAME_MAX NGROUPS_MAX PAGESIZE PAGE_SIZE PATH PATH_MAX PIPE_BUF POSIX2_BC_BASE_MAX POSIX2_BC_DIM_MAX POSIX2_BC_SCALE_MAX
POSIX2_BC_STRING_MAX POSIX2_CHAR_TERM POSIX2_COLL_WEIGHTS_MAX POSIX2_C_DEV POSIX2_EXPR_NEST_MAX POSIX2_FORT_DEV POSIX2_FORT_RUN POSIX2_LINE_MAX
POSIX2_LOCALEDEF POSIX2_RE_DUP_MAX POSIX2_SW_DEV POSIX2_UPE POSIX2_VERSION RE_DUP_MAX SCHAR_MAX SCHAR_MIN SHRT_MAX SHRT_MIN SSIZE_MAX STREAM_MAX TZNAME_MAX
UCHAR_MAX UINT_MAX ULONG_MAX USHRT_MAX WORD_BIT _POSIX2_C_BIND _POSIX_AIO_LISTIO_MAX _POSIX_AIO_MAX _POSIX_ARG_MAX _POSIX_ASYNCHRONOUS_IO _POSIX_BARRIERS
_POSIX_CHILD_MAX _POSIX_CHOWN_RESTRICTED _POSIX_FSYNC _POSIX_JOB_CONTROL _POSIX_LINK_MAX _POSIX_MAPPED_FILES _POSIX_MAX_CANON _POSIX_MAX_INPUT
_POSIX_MEMLOCK _POSIX_MEMLOCK_RANGE _POSIX_MEMORY_PROTECTION _POSIX_MESSAGE_PASSING _POSIX_MONOTONIC_CLOCK _POSIX_MQ_OPEN_MAX _POSIX_MQ_PRIO_MAX
_POSIX_NAME_MAX _POSIX_NGROUPS_MAX _POSIX_NO_TRUNC _POSIX_OPEN_MAX _POSIX_PATH_MAX _POSIX_PIPE_BUF _POSIX_PRIORITY_SCHEDULING _POSIX_READER_WRITER_LOCKS
_POSIX_SAVED_IDS _POSIX_SEMAPHORES _POSIX_SHARED_MEMORY_OBJECTS _POSIX_SPIN_LOCKS _POSIX_SSIZE_MAX _POSIX_STREAM_MAX _POSIX_SYNCHRONIZED_IO _POSIX_SYNC_IO
_POSIX_THREADS _POSIX_TIMERS _POSIX_TZNAME_MAX _POSIX_VDISABLE _POSIX_VERSION _XOPEN_SHM NOSUCH long_bit`

// TestGetconfOfMachines: one processor everywhere, widths by architecture, and no limits of the machine that builds.
func TestGetconfOfMachines(t *testing.T) {
	for _, c := range []struct{ arch, name, want, problem string }{
		{"x86_64", "_NPROCESSORS_ONLN", "1", ""}, {"aarch64", "_NPROCESSORS_CONF", "1", ""}, {"aarch64", "LONG_BIT", "64", ""}, {"armv7", "LONG_BIT", "32", ""},
		{"x86", "LONG_MAX", "2147483647", ""}, {"x86", "ULONG_MAX", "4294967295", ""}, {"armhf", "LONG_MIN", "-2147483648", ""}, {"s390x", "PAGE_SIZE", "4096", ""},
		{"aarch64", "PAGESIZE", "", "getconf PAGESIZE is not supported on aarch64: it depends on the kernel"},
		{"ppc64le", "PAGE_SIZE", "", "getconf PAGE_SIZE is not supported on ppc64le: it depends on the kernel"},
		{"aarch64", "CHAR_MAX", "", "getconf CHAR_MAX is not supported on aarch64: it depends on the compiler"},
		{"x86_64", "OPEN_MAX", "", "getconf OPEN_MAX is not supported on x86_64: it depends on the machine"},
		{"x86_64", "_PHYS_PAGES", "", "getconf _PHYS_PAGES is not supported on x86_64: it depends on the machine"},
		{"x86_64", "-a", "", "getconf -a is not supported: it prints limits of the machine"},
	} {
		var out strings.Builder
		root := muslRoot(t)
		err := Run(t.Context(), Options{Tree: root, Generation: apk.V2, Now: root.Now, Arch: c.arch, Output: &out},
			Script{Package: "p", Version: "1-r0", Type: apk.PostInstall, Body: []byte("#!/bin/sh\ngetconf " + c.name + "\n")})
		if got := strings.TrimSpace(out.String()); got != c.want || (err == nil) != (c.problem == "") || err != nil && !strings.HasSuffix(err.Error(), c.problem) {
			t.Errorf("%s of %s: %q, %v, want %q, %s", c.name, c.arch, got, err, c.want, c.problem)
		}
	}
}
