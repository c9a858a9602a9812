package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// startNginx starts Debian's nginx on the loopback interface with the server of docs/caches.md, in which replacements are made, and returns the
// URL of the cache. Its files are in a directory below dir. The user pod has the password "password".
func startNginx(t *testing.T, dir string, replacements ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir, err = os.MkdirTemp(dir, "nginx-")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/caches.md")
	if err != nil {
		t.Fatal(err)
	}
	_, described, _ := strings.Cut(string(page), "```nginx\n")
	described, _, _ = strings.Cut(described, "```")
	replace := strings.NewReplacer(append(replacements, "listen 8080;", "listen "+address+";", "root /srv;", "root "+dir+"/data;", "/etc/nginx/cache.htpasswd",
		dir+"/htpasswd")...)
	config := fmt.Sprintf("daemon off; user root; pid %[1]s/pid; error_log %[1]s/error.log;\nevents {}\nhttp {\n  access_log off; "+
		"client_body_temp_path %[1]s/body;\n%[2]s}\n", dir, replace.Replace(described))
	for name, text := range map[string]string{"nginx.conf": config, "htpasswd": replace.Replace("pod:{PLAIN}password\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "ready"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	server := exec.Command("nginx", "-c", filepath.Join(dir, "nginx.conf"))
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Process.Signal(syscall.SIGTERM); server.Wait() }) // its worker, too, would outlive a kill
	fetch(t, "http://"+address+"/ready", log.String)
	return "http://" + address + "/lamina"
}
