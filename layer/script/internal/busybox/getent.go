package busybox

import (
	"fmt"
	"strconv"
	"strings"
)

// getent prints entries of passwd, group, shadow, shells and hosts. Alpine's is NetBSD's program over musl's functions, whose rules for lines are
// those of src/passwd in musl.
func getent(c *Call) (int, error) {
	const usage = "Usage: getent database [key ...]\n\tdatabase may be one of:\n\t\tethers group hosts ahosts ahostsv4 ahostsv6 networks\n" +
		"\t\tpasswd protocols services shadow shells\n"
	if len(c.Args) < 2 {
		c.Err.WriteString(usage)
		return 1, nil
	}
	database, keys := c.Args[1], c.Args[2:]
	switch database {
	case "passwd", "group", "shadow", "shells":
	case "hosts":
		return c.getHosts(keys)
	case "ethers", "ahosts", "ahostsv4", "ahostsv6", "networks", "protocols", "services":
		return 0, c.Unsupported(c.Line, "getent %s is not supported, only hosts, passwd, group, shadow and shells are", database)
	default:
		fmt.Fprintf(&c.Err, "getent: Unknown database `%s': No error information\n%s", database, usage)
		return 1, nil
	}
	b, err := c.Tree.ReadFile("/etc/"+database, MaxInput)
	switch {
	case Fatal(err):
		return 0, err
	case err != nil && database == "shells":
		b = []byte("/bin/sh\n/bin/csh\n")
	}
	if err := c.spend(accountCost * len(b)); err != nil {
		return 0, err
	}
	lines := strings.SplitAfter(string(b), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	for _, key := range keys {
		if err := c.spend(len(b)); err != nil {
			return 0, err
		}
		at, entry := findEntry(database, lines, key)
		if at < 0 {
			return 2, nil
		}
		if fmt.Fprintln(&c.Out, entry); database == "shells" {
			lines = lines[at+1:] // musl goes on from there
		}
	}
	if len(keys) > 0 || database == "shadow" { // of which musl does not list the entries
		return 0, nil
	}
	for _, line := range lines {
		if _, entry, ok := entryOf(database, line); ok {
			fmt.Fprintln(&c.Out, entry)
		}
	}
	return 0, c.Bounded()
}

// findEntry returns the first entry of a key, which is an id if it consists of digits, and the index of its line, which is -1 if no entry has the key.
func findEntry(database string, lines []string, key string) (int, string) {
	id := ""
	if n, err := strconv.ParseUint(key, 10, 64); err == nil && (database == "passwd" || database == "group") {
		id = idOf(n)
	}
	for i, line := range lines {
		if database == "shadow" && (key == "" || key[0] == '.' || strings.Contains(key, "/") || !strings.HasPrefix(line, key+":")) {
			continue
		}
		fields, entry, ok := entryOf(database, line)
		if ok && (database == "shadow" || id != "" && fields[2] == id || id == "" && fields[0] == key) {
			return i, entry
		}
	}
	return -1, ""
}

// idOf is what C makes of a number that is a user or group.
func idOf(n uint64) string { return strconv.FormatUint(uint64(uint32(n)), 10) }

// entryOf reads a line, and returns its fields and what getent prints of it.
func entryOf(database, line string) (fields []string, entry string, ok bool) {
	text, isWhole := strings.CutSuffix(line, "\n")
	if !isWhole && (database == "passwd" || database == "group") {
		text = line[:len(line)-1] // musl takes the last character for the end of the line
	}
	number := func(i int) bool { // whether the field is a number or empty, of which it makes what C prints
		n, err := strconv.ParseUint("0"+fields[i], 10, 64)
		fields[i] = idOf(n)
		return err == nil
	}
	switch database {
	case "shells":
		return []string{text}, text, true
	case "passwd":
		if fields = namedFields(text, 7); len(fields) < 7 || !number(2) || !number(3) {
			return nil, "", false
		}
	case "group":
		if fields = namedFields(text, 4); len(fields) < 4 || !number(2) {
			return nil, "", false
		}
		if fields[3] == "" {
			return fields, strings.Join(fields[:3], ":"), true
		}
	case "shadow":
		if fields = strings.Split(text, ":"); len(fields) != 9 || !isWhole {
			return nil, "", false
		}
		for i := 2; i < len(fields); i++ {
			if text := fields[i]; text != "" {
				n, err := strconv.ParseUint(text, 10, 63)
				if fields[i] = strconv.FormatUint(n, 10); err != nil {
					return nil, "", false
				}
			}
		}
	}
	return fields, strings.Join(fields, ":"), true
}

// namedFields splits a line into n fields, of which the first has at least one character.
func namedFields(text string, n int) []string {
	if text == "" {
		return nil
	}
	fields := strings.SplitN(text[1:], ":", n)
	fields[0] = text[:1] + fields[0]
	return fields
}
