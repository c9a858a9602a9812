package oci

import (
	"strings"
	"testing"
)

func TestParseReference(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	tests := []struct {
		in   string
		want Reference
	}{
		{"scratch", Reference{Transport: TransportScratch}},
		{"oci:dir", Reference{TransportLayout, "dir", ""}},
		{"oci:./image:latest", Reference{TransportLayout, "./image", "latest"}},
		{"oci:/a/b:v1.2-3_4", Reference{TransportLayout, "/a/b", "v1.2-3_4"}},
		{"oci:dir:docker.io/library/alpine:3.22", Reference{TransportLayout, "dir", "docker.io/library/alpine:3.22"}},
		{"oci:dir:a--b@c+d", Reference{TransportLayout, "dir", "a--b@c+d"}},
		{`oci:C:\images\x:tag`, Reference{TransportLayout, `C:\images\x`, "tag"}},
		{`oci:C:\images\x`, Reference{TransportLayout, `C:\images\x`, ""}},
		{"oci:d:/images/x:tag", Reference{TransportLayout, "d:/images/x", "tag"}},
		{"oci:c:tag", Reference{TransportLayout, "c", "tag"}},
		{"oci:with space:tag", Reference{TransportLayout, "with space", "tag"}},
		{"oci-archive:a.tar", Reference{TransportArchive, "a.tar", ""}},
		{"oci-archive:a.tar:1", Reference{TransportArchive, "a.tar", "1"}},
		{"docker-archive:a.tar", Reference{TransportDockerArchive, "a.tar", ""}},
		{"docker-archive:a.tar:busybox:1.36", Reference{TransportDockerArchive, "a.tar", "busybox:1.36"}},
		{"oci:dir:@0", Reference{TransportLayout, "dir", "@0"}},
		{"docker-archive:a.tar:@12", Reference{TransportDockerArchive, "a.tar", "@12"}},
		{"docker://localhost/alpine", Reference{TransportRegistry, "", "localhost/alpine"}},
		{"docker://docker.io/library/alpine:3.22", Reference{TransportRegistry, "", "docker.io/library/alpine:3.22"}},
		{"docker://localhost:5000/a_b/c__d/e---f", Reference{TransportRegistry, "", "localhost:5000/a_b/c__d/e---f"}},
		{"docker://[::1]:5000/a:b", Reference{TransportRegistry, "", "[::1]:5000/a:b"}},
		{"docker://a.b/alpine@" + digest, Reference{TransportRegistry, "", "a.b/alpine@" + digest}},
		{"docker://a.b/alpine:3@" + digest, Reference{TransportRegistry, "", "a.b/alpine:3@" + digest}},
		{"rootfs:mini.tar.gz", Reference{TransportRootfs, "mini.tar.gz", ""}},
		{`rootfs:C:\mini.tar`, Reference{TransportRootfs, `C:\mini.tar`, ""}},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			got, err := ParseReference(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
			if s := got.String(); s != test.in {
				t.Errorf("String: got %q", s)
			}
		})
	}
}

func TestParseReferenceErrors(t *testing.T) {
	const accepted = "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REF], docker://HOST/NAME[:TAG], rootfs:FILE.tar[.gz] or scratch"
	tests := []struct{ in, want string }{
		{"", `reference "": empty; want ` + accepted},
		{"oci:", `reference "oci:": the path is missing`},
		{"oci::tag", `reference "oci::tag": the path is missing`},
		{"oci:dir:", `reference "oci:dir:": empty tag after the last colon`},
		{"oci://dir", `reference "oci://dir": oci: takes a path, not a URL: write oci:dir, or docker://docker.io/library/dir for a registry`},
		{"oci:dir:@x", `reference "oci:dir:@x": "@x": want a number after @: the image's position in the list, from 0`},
		{"oci-archive:a.tar:@", `reference "oci-archive:a.tar:@": "@": want a number after @: the image's position in the list, from 0`},
		{"docker-archive:a.tar:@-1", `reference "docker-archive:a.tar:@-1": "@-1": want a number after @: the image's position in the list, from 0`},
		{"oci:dir:@01", `reference "oci:dir:@01": "@01": want a number after @: the image's position in the list, from 0`},
		{"oci:dir:-x", `reference "oci:dir:-x": tag "-x": '-' at position 1 must be between letters or digits`},
		{"oci:dir:a..b", `reference "oci:dir:a..b": tag "a..b": '.' at position 3 must be between letters or digits`},
		{"oci:dir:a---b", `reference "oci:dir:a---b": tag "a---b": '-' at position 4 must be between letters or digits`},
		{"oci:dir:a/", `reference "oci:dir:a/": tag "a/" must end with a letter or digit`},
		{"oci:dir:a b", `reference "oci:dir:a b": tag "a b": character ' ' at position 2; a tag has letters, digits and - . _ : @ + / between them`},
		{"oci:dir:ü", `reference "oci:dir:ü": tag "ü": character 'ü' at position 1; a tag has letters, digits and - . _ : @ + / between them`},
		{"oci:a\x00b", `reference "oci:a\x00b": control character`},
		{"/tmp/layout:tag", `reference "/tmp/layout:tag": no transport: did you mean oci:/tmp/layout:tag?`},
		{"./layout", `reference "./layout": no transport: did you mean oci:./layout?`},
		{`C:\layout`, `reference "C:\\layout": no transport: did you mean oci:C:\layout?`},
		{"mini.tar.gz", `reference "mini.tar.gz": no transport: did you mean rootfs:mini.tar.gz (a root file system) or oci-archive:mini.tar.gz (an image)?`},
		{"type=oci,dest=a.tar", `reference "type=oci,dest=a.tar": that is the form of docker buildx: did you mean oci-archive:a.tar?`},
		{"type=oci,tar=false,dest=a", `reference "type=oci,tar=false,dest=a": that is the form of docker buildx: did you mean oci:a?`},
		{"type=docker,dest=a.tar", `reference "type=docker,dest=a.tar": that is the form of docker buildx: did you mean docker-archive:a.tar?`},
		{"type=image,name=r.example/a:1,push=true",
			`reference "type=image,name=r.example/a:1,push=true": that is the form of docker buildx: did you mean docker://r.example/a:1?`},
		{"type=local,dest=a", `reference "type=local,dest=a": that is the form of docker buildx; want ` + accepted},
		{"docker.io/library/alpine",
			`reference "docker.io/library/alpine": no transport: did you mean docker://docker.io/library/alpine? Accepted are ` + accepted},
		{"alpine:3.22", `reference "alpine:3.22": no transport: did you mean docker://docker.io/library/alpine:3.22? Accepted are ` + accepted},
		{"OCI:dir", `reference "OCI:dir": transports are lower case: did you mean oci:dir?`},
		{"docker-daemon:Alpine", `reference "docker-daemon:Alpine": transport docker-daemon is not supported; want ` + accepted},
		{"http://x", `reference "http://x": unknown transport; want ` + accepted},
		{"docker:alpine", `reference "docker:alpine": write docker://docker.io/library/alpine`},
		{"docker://", `reference "docker://": invalid repository "": want lower-case letters and digits with . _ __ or - between them`},
		{"docker://alpine", `reference "docker://alpine": a short name is ambiguous: write docker://docker.io/library/alpine`},
		{"docker://me/nginx:1", `reference "docker://me/nginx:1": a short name is ambiguous: write docker://docker.io/me/nginx:1`},
		{"docker://Alpine", `reference "docker://Alpine": invalid repository "Alpine": want lower-case letters and digits with . _ __ or - between them`},
		{"docker://alpine:", `reference "docker://alpine:": invalid tag "": want letters, digits, _ . -, at most 128`},
		{"docker://alpine@sha256:00", `reference "docker://alpine@sha256:00": digest "sha256:00": invalid checksum digest length`},
		{"docker://ho_st.x/a", `reference "docker://ho_st.x/a": invalid host "ho_st.x": want HOST or HOST:PORT`},
		{"docker://host:/a", `reference "docker://host:/a": invalid host "host:": want HOST or HOST:PORT`},
		{"docker://host:65536/a", `reference "docker://host:65536/a": invalid host "host:65536": want HOST or HOST:PORT`},
		{"docker://host:http/a", `reference "docker://host:http/a": invalid host "host:http": want HOST or HOST:PORT`},
		{"docker://host..x/a", `reference "docker://host..x/a": invalid host "host..x": want HOST or HOST:PORT`},
		{"docker://-host.x/a", `reference "docker://-host.x/a": invalid host "-host.x": want HOST or HOST:PORT`},
		{"docker://[::1/a", `reference "docker://[::1/a": invalid host "[::1": want HOST or HOST:PORT`},
		{"docker://[host]:1/a", `reference "docker://[host]:1/a": invalid host "[host]:1": want HOST or HOST:PORT`},
		{"rootfs:", `reference "rootfs:": the file is missing`},
		{"scratch:x", `reference "scratch:x": scratch takes no path, name or tag`},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			got, err := ParseReference(test.in)
			if err == nil {
				t.Fatalf("got %#v, want an error", got)
			}
			if err.Error() != test.want {
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func FuzzParseReference(f *testing.F) {
	for _, seed := range []string{
		"oci:dir:tag", `oci:C:\x:tag`, "docker://a/b:c", "rootfs:x.tar", "scratch", "docker-archive:f:r:t", "oci:a:b:c", "oci:\xff:x", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := ParseReference(s)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("error of more than one line: %q", err)
			}
			return
		}
		if got := ref.String(); got != s {
			t.Errorf("%q prints as %q", s, got)
		}
	})
}
