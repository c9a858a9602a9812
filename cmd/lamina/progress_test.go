package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	ggcrregistry "github.com/google/go-containerregistry/pkg/registry"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/internal/fixtures"
)

func TestProgressFlags(t *testing.T) {
	b := newBench(t)
	b.repository(fixtures.Repository{Packages: goodPackages()})
	b.base(fixtures.Base{APKTools: "2.14.9-r2", Repositories: []string{b.serve()},
		Passwd: "root:x:0:0:root:/root:/bin/sh\nnginx:x:100:101:nginx:/var/lib/nginx:/sbin/nologin\n", Group: "root:x:0:root\nnginx:x:101:nginx\n"})
	args := []string{"build", "--base", "rootfs:base.tar.gz", "-o", "oci:image:x", "nginx"}
	_, digest, _ := b.lamina(args...)
	for form, want := range map[string]string{"plain": "lamina: packed ", "json": `{"stage":"write",`, "none": "", "auto": ""} {
		code, stdout, stderr := b.lamina(append(args, "--no-cache", "--progress", form)...)
		if code != exit.Done || stdout != digest || !strings.Contains(stderr, want) || want == "" && stderr != "" {
			t.Errorf("%s: %d, %q, %q", form, code, stdout, stderr)
		}
	}
	if code, stdout, stderr := b.lamina(append(args, "-q", "--progress", "plain")...); code != exit.Done || stdout != digest || stderr != "" {
		t.Errorf("quiet: %d, %q, %q", code, stdout, stderr)
	}
	if code, _, stderr := b.lamina("build", "-q", "--base", "rootfs:none.tar", "nginx"); code != exit.Failed || !strings.Contains(stderr, "none.tar") {
		t.Errorf("quiet failure: %d, %q", code, stderr)
	}
	if code, _, stderr := b.lamina("build", "--progress", "bars"); code != exit.Usage || !strings.Contains(stderr, "want auto, plain, json or none") {
		t.Errorf("%d, %q", code, stderr)
	}
}

// TestProgressOfReaders: all that may read from a registry shows how far it is, and prints its result as without.
func TestProgressOfReaders(t *testing.T) {
	hub := httptest.NewServer(ggcrregistry.New(ggcrregistry.Logger(log.New(io.Discard, "", 0))))
	defer hub.Close()
	name := "docker://" + strings.TrimPrefix(hub.URL, "http://") + "/image:x"
	b := newBench(t)
	if code, _, stderr := b.lamina("push", "-q", "oci:out:before", name); code != exit.Done || stderr != "" {
		t.Fatalf("push: %d, %s", code, stderr)
	}
	for _, command := range []string{"inspect " + name, "sbom " + name, "diff " + name + " oci:out:before",
		"resolve --base " + name + " --repository repo --key fixtures@lamina.rsa.pub nginx"} {
		args := append(strings.Fields(command), "--no-cache")
		_, want, _ := b.lamina(append(args, "--progress", "none")...)
		code, stdout, stderr := b.lamina(append(args, "--progress", "json")...)
		if code != exit.Done || stdout != want || want == "" || !strings.Contains(stderr, `{"stage":"pull",`) {
			t.Errorf("%s: %d\n%s\n%s", command, code, stdout, stderr)
		}
		if code, stdout, stderr := b.lamina(append(args, "-q")...); code != exit.Done || stdout != want || stderr != "" {
			t.Errorf("%s, quiet: %d\n%s\n%s", command, code, stdout, stderr)
		}
	}
}

// TestErrorsOfProgressJSON: with --progress json each line on stderr is an object, also of errors, wherever they come from.
func TestErrorsOfProgressJSON(t *testing.T) {
	b := newBench(t)
	b.directory("images/web")
	b.file("images/web/lamina.yaml", "base: rootfs:../../base.tar.gz\nrepositories: [../../repo]\npackages: [ngnix]\n")
	stopped, stop := context.WithCancelCause(t.Context())
	stop(&exit.SignalError{Signal: syscall.SIGTERM})
	const failed = `{"error":"%s: no such package: ngnix: searched repo","hint":"did you mean nginx?"}`
	const wrong = `{"error":"want an image REF, got 0 arguments","hint":"Run 'lamina inspect --help' for usage."}`
	for _, test := range []struct {
		ctx  context.Context
		args string
		code int
		want string
	}{
		{t.Context(), "bake images/", exit.Failed, fmt.Sprintf(failed, "web")},
		{t.Context(), "bake -q images/", exit.Failed, fmt.Sprintf(failed, "web")},
		{t.Context(), "lock images/", exit.Failed, fmt.Sprintf(failed, filepath.ToSlash(filepath.Join("images", "web", "lamina.lock")))},
		{t.Context(), "inspect -q oci:nosuch", exit.Failed, `{"error":"open oci:nosuch: nosuch: no such directory","hint":"give an existing image: `},
		{t.Context(), "inspect", exit.Usage, wrong},
		{stopped, "build --base rootfs:base.tar.gz --repository repo nginx", 143, `{"error":"interrupted; output left unchanged"}`},
		{stopped, "bake images/", 143, `{"error":"interrupted; each output is the old or the new one"}`},
	} {
		var stdout, stderr strings.Builder
		code := run(test.ctx, append(strings.Fields(test.args), "--progress", "json"), &stdout, &stderr)
		if code != test.code || !strings.Contains(stderr.String(), test.want) {
			t.Errorf("%s: %d, %s; want %d, %s", test.args, code, stderr.String(), test.code, test.want)
		}
		for line := range strings.Lines(stderr.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s: printed %s", test.args, line)
			}
		}
	}
}
