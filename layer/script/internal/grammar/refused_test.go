package grammar_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/grammar"
)

// TestRefused: constructs of Bash that ash does not know, or reads otherwise, are refused with their line.
func TestRefused(t *testing.T) {
	for text, want := range map[string]string{
		"diff <(ls) a":                 "line 1: process substitution is not supported",
		"ls > >(cat)":                  "line 1: process substitution is not supported",
		"\necho a |& cat":              `line 2: "|&" is not known to ash`,
		"\na | f() { :; } && g":        "line 2: a function in a pipeline that is part of a list is not supported",
		"echo a &>> f":                 `line 1: redirection "&>>" is not known to ash`,
		"cat <<< word":                 `line 1: redirection "<<<" is not known to ash`,
		"echo a {fd}> f":               "line 1: file descriptor {fd} is not supported: only 0 to 9 are",
		"echo a 10> f":                 "line 1: file descriptor 10 is not supported: only 0 to 9 are",
		"coproc cat":                   "line 1: coproc is not known to ash",
		"((x = 1))":                    `line 1: "((" is not known to ash as a command`,
		"((echo a); echo b)":           "line 1: not a valid arithmetic operator: `a`",
		"time { ls; }":                 "line 1: time is not supported",
		"select x in a; do :; done":    "line 1: this kind of loop is not known to ash",
		"for ((;;)); do :; done":       "line 1: this kind of loop is not known to ash",
		"for i in a; { :; }":           "line 1: this kind of loop is not known to ash",
		"case a in a) :;& b) :; esac":  `line 1: ";&" is not known to ash`,
		"case a in a) :;;& b) :; esac": `line 1: ";;&" is not known to ash`,
		"f-g() { :; }":                 "line 1: a function of this name is not known to ash",
		"a.b() { :; }":                 "line 1: a function of this name is not known to ash",
		"function 1f { :; }":           "line 1: a function of this name is not known to ash",
		":\n else; :":                  "line 2: unexpected else",
		"! in a":                       "line 1: unexpected in",
		"for 1x in a; do :; done":      "line 1: bad for loop variable",
		"cat <<\"E\"X\n$x\nEX":         "line 1: a delimiter of a here-document that ends without quotes is not supported",
		"declare x=1":                  "line 1: declare is not known to ash",
		"typeset x":                    "line 1: typeset is not known to ash",
		"nameref x=y":                  "line 1: nameref is not known to ash",
		"x=(a b)":                      "line 1: arrays and += are not known to ash",
		"x[1]=a":                       "line 1: arrays and += are not known to ash",
		"x+=a":                         "line 1: arrays and += are not known to ash",
		"echo ${x[1]}":                 "line 1: indirection and arrays are not known to ash",
		"echo ${!x}":                   "line 1: indirection and arrays are not known to ash",
		"echo ${!x*}":                  "line 1: indirection and arrays are not known to ash",
		"echo ${x^}":                   "line 1: ${…^…} is not known to ash",
		"echo ${x,,}":                  "line 1: ${…,,…} is not known to ash",
		"echo ${x@Q}":                  "line 1: ${…@…} is not known to ash",
		"echo $RANDOM":                 "line 1: $RANDOM is not supported: its value is another each time",
		"echo ${SECONDS:-1}":           "line 1: $SECONDS is not supported: its value is another each time",
		"echo @(a|b)":                  "line 1: extended patterns are not known to ash",
		"case a in !(b)) :; esac":      "line 1: extended patterns are not known to ash",
		`echo $"a"`:                    `line 1: $"…" is not known to ash`,
		"echo $[1+1]":                  "line 1: $[…] is not known to ash",
		"echo ${ ls; }":                "line 1: this command substitution is not known to ash",
		"[[ a =~ (b) ]]":               "line 1: [[ … =~ … ]] with parentheses or | outside of quotes is not known to ash",
		"[[ a =~ b|c ]]":               "line 1: [[ … =~ … ]] with parentheses or | outside of quotes is not known to ash",
		"[[ a < b ]]":                  "line 1: [[ … < … ]] is not supported",
		"[[ one -ef two ]]":            "line 1: [[ … -ef … ]] is not supported",
		"[[ -v x ]]":                   "line 1: [[ -v … ]] is not supported",
		"[[ -O one ]]":                 "line 1: [[ -O … ]] is not supported",
		"[[ ( a ) ]]":                  "line 1: [[ ( … ) ]] is not supported",
		"if true; then (\n<(a)\n)\nfi": "line 2: process substitution is not supported",
		"x=$(a <<E\n$(<(b))\nE\n)":     "line 2: process substitution is not supported",
		"echo $(( $[1] ))":             "line 1: $[…] is not known to ash",
		"! ! true":                     "line 1: cannot negate a command multiple times",
		"{echo a; }":                   "line 1: `}` can only be used to close a block",
	} {
		_, err := grammar.Parse([]byte(text), grammar.Ash)
		var refused *grammar.SyntaxError
		if err == nil || err.Error() != want || !errors.As(err, &refused) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestTaken has what the parser refuses by itself, or other shells do, and ash takes.
func TestTaken(t *testing.T) {
	for _, text := range []string{
		"", "\n\n", "# comment", "echo a # b", "time ls", "time -p ls", "time", "cat <<E\na\n", "cat <<-E\n\ta\n", "cat <<'E'\n$x\n", "cat <<A <<B\na\nA\nb\n",
		"echo $((1--1))", "echo $((a++b))", "echo $((++1)) $((2--))", "function f { :; }", "function f() { :; }", "local x=1", "export x=1 y",
		"readonly -p", "let x=1",
		"[[ a == b* ]]", "[[ ! -f a ]]", "[[ a -nt b ]]", "echo ${x/a/b} ${x//a} ${x:1:2} ${x##*/} ${#x} ${x:-y} ${x:=y} ${x:?y} ${x:+y}", "echo $'a\\n'",
		"a >&f; b >&2 2>&-; c <&3; d &> f; e >| f; f <> f", "case a in (a) b;; esac", "case a in a|b) ;; *) ;; esac", "for i; do :; done", "for i do :; done",
		"if a; then b; elif c; then d; else e; fi", "until a; do b; done", "a && b || c; d & wait", "! a | b", "f() ( a )", "x=1 y=$z a", "echo `a \\`b\\``",
	} {
		if _, err := grammar.Parse([]byte(text), grammar.Ash); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestTooMuchText: text that would make the parser recur too deeply, or read for too long, is refused before it is parsed.
func TestTooMuchText(t *testing.T) {
	deep := strings.Repeat
	for name, test := range map[string]struct{ text, want string }{
		"parentheses":    {"\n" + deep("(", 1001), "line 2: more than 1000 brackets within each other are not supported"},
		"braces":         {deep("{ ", 1001), "line 1: more than 1000 brackets within each other are not supported"},
		"arithmetic":     {"\n\necho $((" + deep("(", 999), "line 3: more than 1000 brackets within each other are not supported"},
		"signs":          {"echo $((" + deep("-", 1003) + "1))", "line 1: more than 1000 brackets within each other are not supported"},
		"apart signs":    {"echo $((" + deep("! ", 1003) + "1))", "line 1: more than 1000 brackets within each other are not supported"},
		"if":             {deep("if ", 8001), "line 1: more than 1000 brackets within each other are not supported"},
		"while and do":   {deep("while a\ndo\n", 8001), "line 1: more than 1000 brackets within each other are not supported"},
		"back quotes":    {deep("`", 8002), "line 1: more than 1000 brackets within each other are not supported"},
		"long":           {"#" + deep("a", 1<<18), "more than 262144 bytes are not supported"},
		"many that end":  {deep("(a)\n", 5000), ""},
		"many quoted":    {deep("echo '['; echo ']'\n", 2000), ""},
		"a few of those": {deep("( ", 100) + "a" + deep(")", 100), ""},
	} {
		_, err := grammar.Parse([]byte(test.text), grammar.Ash)
		if got := errorText(err); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestInterpreter has what execve(2) takes from a "#!" line, and which of those programs read shell text.
func TestInterpreter(t *testing.T) {
	for body, want := range map[string]string{
		"#!/bin/sh\n":                     "",
		"#!/bin/sh":                       "",
		"#! /bin/sh  -e \n":               "-e",
		"#!/bin/ash -eu -x\nfalse":        "-eu -x",
		"#!/usr/bin/env bash\n":           "",
		"#!/bin/busybox sh -e\n":          "-e",
		"#!/usr/local/bin/dash\n":         "",
		"#!\t/bin/sh\t-x\n":               "-x",
		"#!/bin/sh -e\r\n":                "-e",
		"":                                `has no "#!" line`,
		"echo a\n#!/bin/sh\n":             `has no "#!" line`,
		" #!/bin/sh\n":                    `has no "#!" line`,
		"#!\n":                            "line 1: names no interpreter",
		"#!/usr/bin/env\n":                "line 1: names no interpreter",
		"#!/bin/busybox \n":               "line 1: names no interpreter",
		"#!/usr/bin/python3\n":            `line 1: the interpreter "/usr/bin/python3" is not supported: only the shell is`,
		"#!/usr/bin/env -S sh\n":          `line 1: the interpreter "-S" is not supported: only the shell is`,
		"#!/bin/busybox awk -f\n":         `line 1: the interpreter "awk" is not supported: only the shell is`,
		"#!/bin/shell\n":                  `line 1: the interpreter "/bin/shell" is not supported: only the shell is`,
		"#!" + strings.Repeat(" ", 1<<18): "more than 262144 bytes are not supported",
	} {
		_, flags, err := grammar.Interpreter([]byte(body))
		got := strings.Join(flags, " ")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.40q: got %q, want %q", body, got, want)
		}
	}
}
