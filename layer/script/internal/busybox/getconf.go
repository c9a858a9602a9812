package busybox

import (
	"fmt"
	"strconv"
	"strings"
)

// getconf prints what musl's sysconf and pathconf have for a name, as Alpine's program does. The number of processors is 1, as for nproc; other
// facts of the machine are refused.
func getconf(c *Call) (int, error) {
	opts, args, err := c.getopt("+a", "")
	if err != nil {
		return 0, err
	}
	if opts.has('a') {
		return 0, c.Unsupported(c.Line, "getconf -a is not supported: it prints limits of the machine")
	}
	if !c.hasMusl() {
		return 0, c.Unsupported(c.Line, "getconf is supported with musl only")
	}
	if len(args) != 1 && len(args) != 2 {
		fmt.Fprint(&c.Err, "Usage: getconf system_var\n\tgetconf -a\n\tgetconf path_var pathname\n\tgetconf -a pathname\n")
		return 1, nil
	}
	name := args[0]
	value, isOfPath := fixedValue(pathVariables, name)
	if !isOfPath {
		var problem error
		if value, problem = c.systemVariable(name); problem != nil {
			return 0, problem
		}
	}
	switch {
	case value == "":
		return c.complain("%s: unknown variable", name), nil
	case isOfPath != (len(args) == 2):
		return c.complain("%s: invalid variable type", name), nil
	}
	fmt.Fprintln(&c.Out, value)
	return 0, nil
}

// systemVariable returns the value of a variable that is not one of a path, or "" for one that getconf does not have.
func (c *Call) systemVariable(name string) (string, error) {
	if value, ok := fixedValue(systemVariables, name); ok {
		return value, nil
	}
	bits := 64
	switch c.Arch {
	case "x86", "armhf", "armv7":
		bits = 32
	}
	depends := func(on string) error {
		return c.Unsupported(c.Line, "getconf %s is not supported on %s: it depends on %s", name, c.Arch, on)
	}
	switch name {
	case "LONG_BIT":
		return strconv.Itoa(bits), nil
	case "LONG_MAX", "SSIZE_MAX":
		return strconv.FormatUint(1<<(bits-1)-1, 10), nil
	case "LONG_MIN":
		return strconv.FormatInt(-1<<(bits-1), 10), nil
	case "ULONG_MAX":
		return strconv.FormatUint(1<<bits-1, 10), nil
	case "PAGESIZE", "PAGE_SIZE":
		switch c.Arch {
		case "x86", "x86_64", "armhf", "armv7", "riscv64", "s390x":
			return "4096", nil
		}
		return "", depends("the kernel")
	case "CHAR_MAX", "CHAR_MIN":
		if c.Arch == "x86" || c.Arch == "x86_64" {
			return map[string]string{"CHAR_MAX": "127", "CHAR_MIN": "-128"}[name], nil
		}
		return "", depends("the compiler")
	case "CHILD_MAX", "OPEN_MAX", "_AVPHYS_PAGES", "_PHYS_PAGES":
		return "", depends("the machine")
	}
	return "", nil
}

// fixedValue looks a name up in a list of names and values.
func fixedValue(list, name string) (string, bool) {
	for word := range strings.FieldsSeq(list) {
		if known, value, _ := strings.Cut(word, "="); known == name {
			return value, true
		}
	}
	return "", false
}

const pathVariables = "FILESIZEBITS=64 LINK_MAX=8 MAX_CANON=255 MAX_INPUT=255 NAME_MAX=255 PATH_MAX=4096 PIPE_BUF=4096 _POSIX_CHOWN_RESTRICTED=1 " +
	"_POSIX_NO_TRUNC=1 _POSIX_SYNC_IO=1 _POSIX_VDISABLE=0"

const systemVariables = "AIO_LISTIO_MAX=undefined AIO_MAX=undefined ARG_MAX=131072 ATEXIT_MAX=undefined BC_BASE_MAX=99 BC_DIM_MAX=2048 BC_SCALE_MAX=99 " +
	"BC_STRING_MAX=1000 CHAR_BIT=8 CLK_TCK=100 COLL_WEIGHTS_MAX=2 EXPR_NEST_MAX=undefined GETGR_R_SIZE_MAX=undefined " +
	"GETPW_R_SIZE_MAX=undefined INT_MAX=2147483647 INT_MIN=-2147483648 IOV_MAX=1024 LINE_MAX=undefined LOGIN_NAME_MAX=256 " +
	"MQ_OPEN_MAX=undefined MQ_PRIO_MAX=32768 NGROUPS_MAX=32 PATH=/bin:/usr/bin POSIX2_BC_BASE_MAX=99 POSIX2_BC_DIM_MAX=2048 " +
	"POSIX2_BC_SCALE_MAX=99 POSIX2_BC_STRING_MAX=1000 POSIX2_CHAR_TERM=undefined POSIX2_COLL_WEIGHTS_MAX=2 POSIX2_C_DEV=undefined " +
	"POSIX2_EXPR_NEST_MAX=32 POSIX2_FORT_DEV=undefined POSIX2_FORT_RUN=undefined POSIX2_LINE_MAX=2048 POSIX2_LOCALEDEF=undefined " +
	"POSIX2_RE_DUP_MAX=255 POSIX2_SW_DEV=undefined POSIX2_UPE=undefined POSIX2_VERSION=200809 RE_DUP_MAX=255 SCHAR_MAX=127 SCHAR_MIN=-128 " +
	"SHRT_MAX=32767 SHRT_MIN=-32768 STREAM_MAX=undefined TZNAME_MAX=6 UCHAR_MAX=255 UINT_MAX=4294967295 USHRT_MAX=65535 WORD_BIT=32 " +
	"_NPROCESSORS_CONF=1 _NPROCESSORS_ONLN=1 _POSIX2_C_BIND=200809 _POSIX_AIO_LISTIO_MAX=2 _POSIX_AIO_MAX=1 _POSIX_ARG_MAX=4096 " +
	"_POSIX_ASYNCHRONOUS_IO=200809 _POSIX_BARRIERS=200809 _POSIX_CHILD_MAX=25 _POSIX_FSYNC=200809 _POSIX_JOB_CONTROL=1 _POSIX_LINK_MAX=8 " +
	"_POSIX_MAPPED_FILES=200809 _POSIX_MAX_CANON=255 _POSIX_MAX_INPUT=255 _POSIX_MEMLOCK=200809 _POSIX_MEMLOCK_RANGE=200809 " +
	"_POSIX_MEMORY_PROTECTION=200809 _POSIX_MESSAGE_PASSING=200809 _POSIX_MONOTONIC_CLOCK=200809 _POSIX_MQ_OPEN_MAX=8 _POSIX_MQ_PRIO_MAX=32 " +
	"_POSIX_NAME_MAX=14 _POSIX_NGROUPS_MAX=8 _POSIX_OPEN_MAX=20 _POSIX_PATH_MAX=256 _POSIX_PIPE_BUF=512 _POSIX_PRIORITY_SCHEDULING=undefined " +
	"_POSIX_READER_WRITER_LOCKS=200809 _POSIX_SAVED_IDS=1 _POSIX_SEMAPHORES=200809 _POSIX_SHARED_MEMORY_OBJECTS=200809 " +
	"_POSIX_SPIN_LOCKS=200809 _POSIX_SSIZE_MAX=32767 _POSIX_STREAM_MAX=8 _POSIX_SYNCHRONIZED_IO=undefined _POSIX_THREADS=200809 " +
	"_POSIX_TIMERS=200809 _POSIX_TZNAME_MAX=6 _POSIX_VERSION=200809 _XOPEN_SHM=1"
