package busybox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// signals are Linux' on most machines, by number.
func signals() []string {
	return []string{
		"EXIT", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
		"STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "POLL", "PWR", "SYS",
	}
}

// lastSignal is the number of the last one, a real-time signal.
const lastSignal = 64

// CompareSignals orders names by number.
func CompareSignals(a, b string) int { return cmp.Compare(signalNumber(a), signalNumber(b)) }

func signalNumber(name string) int {
	if n := slices.Index(signals(), name); n >= 0 {
		return n
	}
	n, _ := strconv.Atoi(name)
	return n
}

// Signal returns the name, without "SIG", of a signal given by name or number. 0 is EXIT.
func Signal(text string) (name string, ok bool) {
	list := signals()
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		switch {
		case n < uint64(len(list)):
			return list[n], true
		case n <= lastSignal:
			return text, true
		}
		return "", false
	}
	text = strings.TrimPrefix(strings.ToUpper(text), "SIG")
	for _, name := range list {
		if name == text {
			return name, true
		}
	}
	switch text {
	case "IO":
		return "POLL", true
	case "IOT":
		return "ABRT", true
	}
	return "", false
}
