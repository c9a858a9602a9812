package script

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/lamina-oci/lamina/apk"
)

// TestWhatOnlyShows: a command of RUN that only prints what says nothing of the image is left out where nobody reads it, and refused elsewhere.
func TestWhatOnlyShows(t *testing.T) {
	tr := commandRoot(t)
	for name, content := range map[string]string{
		"busybox": "", "app": "\x7fELF", "nginx": "\x7fELF", "df": "\x7fELF", "uptime": "\x7fELF", "ip": "\x7fELF", "mount": "\x7fELF", "apk": "\x7fELF", "rc-update": "\x7fELF",
		"node-script": "#!/usr/bin/env node\n", "version": "#!/bin/sh\necho 1.2 $1\n",
	} {
		if err := tr.WriteFile("bin/"+name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	const left, refused = "left out", "refused"
	for text, want := range map[string]string{
		"app --version && app -V && app version": left,
		"nginx -v":                               left,
		"app --version >/dev/null 2>&1":          left,
		"app --version 2>&1":                     left,
		"sh -c 'app --version'":                  left,
		"(app --version)":                        left,
		"node-script --version":                  left,
		"version --version":                      "1.2 --version\n",
		"df -h; uptime; ip a; mount":             left,
		"uname -a":                               left,
		"uname -m":                               "x86_64\n",
		"apk stats":                              left,
		"rc-update show; rc-update":              left,
		"apk audit --system; apk version":        left,
		"apk policy musl >/dev/null":             left,

		"app":                     refused,
		"app -v":                  refused,
		"app --version 1":         refused,
		"v=$(app --version)":      refused,
		"app --version | cat":     refused,
		"app --version >/v":       refused,
		"app --version 2>/v":      refused,
		"uname -r >/r":            refused,
		"apk stats >/s":           refused,
		"rc-update show | cat":    refused,
		"s=$(apk audit)":          refused,
		"mount /a /b":             refused,
		"ip link set lo up":       refused,
		"env A=b app --version":   refused,
		"exec >/v; app --version": refused,
		"nosuch --version; true":  "/bin/sh: nosuch: not found\n",
	} {
		var out bytes.Buffer
		var omitted []Omission
		o := Options{Tree: tr.Clone(), Generation: apk.V2, Arch: "x86_64", Output: &out, Omitted: func(o Omission) { omitted = append(omitted, o) }}
		err := RunText(context.Background(), o, "run", text, map[string]string{"PATH": "/bin"})
		got := out.String()
		switch {
		case errors.As(err, new(*UnsupportedError)):
			got = refused
		case err != nil:
			got = err.Error()
		case len(omitted) > 0:
			got = left
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		for _, o := range omitted {
			if !o.IsMute {
				t.Errorf("%s: %+v is noted in the image", text, o)
			}
		}
	}
}
