package awk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// answer is what a program printed, and how it ended.
type answer struct {
	Stdout, Stderr string
	Status         int
}

// testFiles are the files that programs of tests find in their directory.
var testFiles = map[string]string{
	"one":    "a b c\nd e f\n",
	"two":    "1 2 3\n4 5 6\n7 8",
	"passwd": "root:x:0:0:root:/root:/bin/ash\nbin:x:1:1:bin:/bin:/sbin/nologin\n",
	"empty":  "",
	"para":   "\n\nfirst line\nsecond:line\n\n\n\nnext one\n\nlast\n",
}

// run runs a program as the applet awk would.
func run(args []string, stdin string) answer {
	var out, messages bytes.Buffer
	config := Config{
		Stdin: strings.NewReader(stdin), Stdout: &out, Stderr: &messages, Compile: compileForTest, Now: time.Unix(1_700_000_000, 0),
		Environ: []string{"PATH=/bin", "HOME=/root"},
		Open: func(name string) (io.ReadCloser, error) {
			if text, ok := testFiles[strings.TrimPrefix(name, "./")]; ok {
				return io.NopCloser(strings.NewReader(text)), nil
			}
			if name == "." || name == "/" {
				return nil, &fs.PathError{Op: "open", Path: name, Err: reason("Is a directory")}
			}
			return nil, &fs.PathError{Op: "open", Path: name, Err: reason(libcText(syscall.ENOENT))}
		},
		Spend: (&budget{left: 50_000_000}).spend,
	}
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		switch args[0] {
		case "-F":
			config.FS = &args[1]
		case "-v":
			config.Vars = append(config.Vars, args[1])
		}
		args = args[2:]
	}
	program, err := Parse(args[0])
	if err != nil {
		return answer{Stderr: "syntax: " + err.Error(), Status: 1}
	}
	config.Args = args[1:]
	status, err := program.Run(context.Background(), config)
	var failed *RuntimeError
	if errors.As(err, &failed) {
		status = 1
		prefix := "awk: "
		if failed.Line > 0 {
			prefix += fmt.Sprintf("cmd. line:%d: ", failed.Line)
		}
		messages.WriteString(prefix + failed.Text + "\n")
	} else if err != nil {
		return answer{Stderr: "error: " + err.Error(), Status: -1}
	}
	return answer{out.String(), messages.String(), status}
}

func libcText(e syscall.Errno) string {
	if e == syscall.ENOENT {
		return "No such file or directory"
	}
	return e.Error()
}

type reason string

func (r reason) Error() string { return string(r) }

// budget is a bounded number of steps.
type budget struct{ left int64 }

var errSpent = errors.New("more steps than a test may take")

func (b *budget) spend(n int64) error {
	if b.left -= n; b.left < 0 {
		return errSpent
	}
	return nil
}

// goMatcher matches with package regexp, for the plain expressions of these tests.
type goMatcher struct{ at, notBOL *regexp.Regexp }

func (g goMatcher) Find(text string, notBOL bool) (begin, end int, ok bool) {
	re := g.at
	if notBOL {
		re = g.notBOL
	}
	at := re.FindStringIndex(text)
	if at == nil {
		return 0, 0, false
	}
	return at[0], at[1], true
}

// compileForTest takes extended expressions without "\<", back references and the like.
func compileForTest(expr string, ignoreCase, _ bool) (Matcher, error) {
	var at, notBOL strings.Builder
	both := func(s string) { at.WriteString(s); notBOL.WriteString(s) }
	both("(?s")
	if ignoreCase {
		both("i")
	}
	both(")")
	for i := 0; i < len(expr); i++ {
		switch c := expr[i]; c {
		case '[':
			end := i + 1
			if end < len(expr) && expr[end] == '^' {
				end++
			}
			if end < len(expr) && expr[end] == ']' {
				end++
			}
			for end < len(expr) && expr[end] != ']' {
				if strings.HasPrefix(expr[end:], "[:") {
					end += max(0, strings.Index(expr[end:], ":]")) + 1
				}
				end++
			}
			if end == len(expr) {
				return nil, &RegexError{Expr: expr, Text: "Missing ']'"}
			}
			both(strings.ReplaceAll(expr[i:end+1], `\`, `\\`))
			i = end
		case '^':
			at.WriteString(`\A`)
			notBOL.WriteString(`[^\x{0}-\x{10FFFF}]`)
		case '$':
			both(`\z`)
		case '\\':
			if i+1 == len(expr) {
				return nil, &RegexError{Expr: expr, Text: "Trailing backslash"}
			}
			i++
			if isLetter(expr[i]) && strings.IndexByte("wWsSb", expr[i]) < 0 {
				both(regexp.QuoteMeta(expr[i : i+1]))
			} else {
				both(expr[i-1 : i+1])
			}
		default:
			both(expr[i : i+1])
		}
	}
	a, err := regexp.Compile(at.String())
	if err != nil {
		return nil, fmt.Errorf("test regular expression %q: %w", expr, err)
	}
	b := regexp.MustCompile(notBOL.String())
	a.Longest()
	b.Longest()
	return goMatcher{a, b}, nil
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }

func TestHelper(t *testing.T) {
	if got := run([]string{"BEGIN { print 1 }"}, ""); got != (answer{Stdout: "1\n"}) {
		t.Errorf("%+v", got)
	}
}
