package programs_test

import (
	"testing"

	"github.com/lamina-oci/lamina/layer/script/programs"
)

// TestMessages: a message names the program, and says so where a script could be meant.
func TestMessages(t *testing.T) {
	for want, p := range map[string]programs.Program{
		"unexpected end of file":                                              {Reason: "unexpected end of file"},
		"make is a program that cannot be interpreted":                        {Name: "make"},
		"make is a program that cannot be interpreted, unless it is a script": {Name: "make", MayBeScript: true},
		"/opt/x/y is a program that cannot be interpreted":                    {Name: "/opt/x/y", Reason: "of no account"},
	} {
		if got := p.Message(); got != want {
			t.Errorf("%+v: got %q, want %q", p, got, want)
		}
	}
}

// TestFilesThatArePut: a program of a name that a file has may be a script, so it is not needed for certain; PutFile says so of
// files that come from elsewhere.
func TestFilesThatArePut(t *testing.T) {
	for _, test := range []struct {
		put, text string
		want      int
	}{
		{"", "make", 1},
		{"/usr/local/bin/make", "make", 0},
		{"/usr/local/bin/other", "make", 1},
		{"/opt/make", "make", 1},
		{"/opt/make", "/opt/make", 0},
		{"/usr/bin/make", "npm ci; make", 1},
		{"", "npm --version; make -v; node -v", 1},
	} {
		s := new(programs.Survey)
		if test.put != "" {
			s.PutFile(test.put)
		}
		if got := s.Run(test.text); len(got) != test.want {
			t.Errorf("%s after %s: got %+v, want %d programs", test.text, test.put, got, test.want)
		}
	}
}

// TestScripts: a script's first line may set flags of the shell, and one that is no shell script is refused as a whole.
func TestScripts(t *testing.T) {
	for text, want := range map[string]string{
		"#!/bin/sh -n\nmake":       "",
		"#!/bin/sh -e\nmake; true": "make is a program that cannot be interpreted",
		"#!/bin/sh\nmake":          "make is a program that cannot be interpreted",
		"#!/usr/bin/perl\nmake":    `the interpreter "/usr/bin/perl" is not supported: only the shell is`,
	} {
		got := ""
		for _, p := range new(programs.Survey).Script([]byte(text)) {
			got += p.Message()
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
