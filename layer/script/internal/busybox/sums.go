package busybox

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// sums are the hashes by the names that programs give them.
var sums = map[string]func() hash.Hash{
	"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New, "sha224": sha256.New224, "sha384": sha512.New384,
}

// sha3Sums are the hashes of sha3sum by their bits.
var sha3Sums = map[string]func() hash.Hash{
	"224": func() hash.Hash { return sha3.New224() }, "256": func() hash.Hash { return sha3.New256() },
	"384": func() hash.Hash { return sha3.New384() }, "512": func() hash.Hash { return sha3.New512() },
}

// checksums are md5sum and its like.
func checksums(c *Call) (int, error) {
	spec, name := "cswbt", strings.TrimSuffix(path.Base(c.Args[0]), "sum")
	if name == "sha3" {
		spec += "a:"
	}
	opts, args, err := c.getopt(spec, "")
	if err != nil {
		return 0, err
	}
	if c.isOther() && !opts.has('c') && (len(opts) > len(opts.all('b'))+len(opts.all('t'))) {
		return c.usage(), nil
	}
	if !opts.has('c') && (opts.has('s') || opts.has('w')) {
		return c.usage(), nil
	}
	if len(args) == 0 {
		args = []string{"-"}
	}
	make := sums[name]
	if name == "sha3" {
		bits := "224"
		if text, ok := opts.last('a'); ok {
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil {
				return c.complain("invalid number '%s'", text), nil
			}
			bits = fmt.Sprint(n)
		}
		if make = sha3Sums[bits]; make == nil {
			return c.complain("bad -a%s", bits), nil
		}
	}
	status := 0
	for _, name := range args {
		if opts.has('c') {
			check := c.checkSums
			if c.isOther() {
				check = c.gnuCheck
			}
			one, err := check(opts, make, name)
			if err != nil {
				return 0, err
			}
			status = max(status, one)
			continue
		}
		sum, err := c.sumOf(name, make())
		if err != nil {
			return 0, err
		}
		if sum == "" {
			status = 1
			continue
		}
		mark := " "
		if c.isOther() {
			if strings.ContainsAny(name, "\\\n\r") {
				return 0, c.Unsupported(c.Line, "%s: the name %q is not supported", c.Args[0], name)
			}
			for _, o := range opts { // the last one decides
				switch o.letter {
				case 'b':
					mark = "*"
				case 't':
					mark = " "
				}
			}
		}
		fmt.Fprintf(&c.Out, "%s %s%s\n", sum, mark, name)
	}
	return status, c.Bounded()
}

// sumOf returns the sum of what an operand names, in hexadecimal. It is "" if that cannot be read, which is said.
func (c *Call) sumOf(name string, h hash.Hash) (string, error) {
	from, err := c.stream(name)
	if Fatal(err) {
		return "", err
	}
	if err == tree.ErrIsDir {
		c.complain("can't read '%s': Is a directory", name)
		return "", nil
	}
	if err != nil {
		c.complain("can't open '%s': %s", name, Reason(err))
		return "", nil
	}
	defer from.close()
	if _, err := io.Copy(h, from); err == tree.ErrIsDir { // standard input
		c.complain("can't read '%s': Is a directory", name)
		return "", nil
	} else if err != nil {
		return "", c.Fail(err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// checkSums compares files with the sums that a list has for them.
func (c *Call) checkSums(opts optionList, make func() hash.Hash, list string) (int, error) {
	text, err := c.open(list, true)
	if Fatal(err) {
		return 0, err
	}
	if err != nil && err != tree.ErrIsDir { // a directory has no lines
		c.complain("%s: %s", list, Reason(err))
		return 1, exitStatus(1)
	}
	lines, err := c.records(text)
	if err != nil {
		return 0, err
	}
	failed := 0
	for _, line := range lines {
		want, name, ok := strings.Cut(string(chomp(line)), " ")
		if strings.HasPrefix(name, " ") || strings.HasPrefix(name, "*") {
			name = name[1:]
		}
		if !ok {
			failed++
			if opts.has('w') {
				c.complain("invalid format")
			}
			continue
		}
		sum, err := c.sumOf(name, make())
		if err != nil {
			return 0, err
		}
		verdict := "OK"
		if sum == "" || sum != want {
			failed++
			verdict = "FAILED"
		}
		if !opts.has('s') {
			fmt.Fprintf(&c.Out, "%s: %s\n", name, verdict)
		}
	}
	switch {
	case failed > 0:
		if !opts.has('s') {
			c.complain("WARNING: %d of %d computed checksums did NOT match", failed, len(lines))
		}
		return 1, nil
	case len(lines) == 0:
		return c.complain("%s: no checksum lines found", list), nil
	}
	return 0, nil
}
