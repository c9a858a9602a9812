package main

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/internal/fixtures"
)

// TestBadDockerfile: each fault of a Dockerfile, of its context or of the flags for it is told in one line with the place and one
// for the remedy; several programs have a line each. What is told is in testdata/baddockerfile.golden.
func TestBadDockerfile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths and the system's messages are others on Windows")
	}
	golden := readMessages(t, "testdata/baddockerfile.golden")
	b := newBench(t)
	b.base(fixtures.Base{APKTools: "3.0.1-r0", Files: []fixtures.File{{Path: "sbin/apk", Mode: 0o755, Content: "\x7fELF"}}})
	b.directory("context/dir")
	b.directory("context/Dockerfile.d/Dockerfile")
	b.link("../base.tar.gz", "context/out")
	b.link("nosuch", "context/nowhere")
	before := b.snapshot("out")
	for _, test := range []struct {
		name string
		text string
		args []string
		code int // of the exit; default 1
	}{
		// The file.
		{"missing file", "", []string{"-f", "missing.Dockerfile"}, 0},
		{"directory as the file", "", []string{"-f", "context/Dockerfile.d/Dockerfile"}, 0},
		{"empty file", "", nil, 0},
		{"only comments", "# later\n", nil, 0},
		{"file too large", "FROM base\n" + strings.Repeat("# a comment\n", 400_000), nil, 0},
		{"line too long", "FROM base\nRUN : " + strings.Repeat("x", 70_000) + "\n", nil, 0},
		{"too many instructions", "FROM base\n" + strings.Repeat("ENV A=b\n", 5000), nil, 0},
		{"binary file", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", nil, 0},
		{"file in UTF-16", "\xff\xfeF\x00R\x00O\x00M\x00 \x00b\x00a\x00s\x00e\x00\n\x00", nil, 0},
		{"text that is not UTF-8", "FROM base\nLABEL a=\"\xe9\xff\"\n", nil, 0},
		{"a spec", "base: rootfs:base.tar.gz\npackages: [nginx]\n", nil, 0},

		// Instructions.
		{"unknown instruction", "FROM base\nRUM true\n", nil, 0},
		{"instruction without a name", "FROM base\n--chown=a b c\n", nil, 0},
		{"line without an instruction", "FROM base\nRUN true\n    && false\n", nil, 0},
		{"no FROM", "RUN true\n", nil, 0},
		{"only ARG", "ARG A=b\n", nil, 0},
		{"bad escape", "# escape=x\nFROM base\n", nil, 0},
		{"unknown flag", "FROM base\nCOPY --owner=root page /\n", nil, 0},
		{"flag of another instruction", "FROM base\nRUN --chown=root true\n", nil, 0},
		{"flag without a value", "FROM base\nCOPY --chmod page /\n", nil, 0},
		{"flag given twice", "FROM base\nCOPY --chmod=600 --chmod=644 page /\n", nil, 0},
		{"FROM without a name", "FROM\n", nil, 0},
		{"FROM with words too many", "FROM base as one two\n", nil, 0},
		{"FROM with an invalid stage", "FROM base AS Größe\n", nil, 0},
		{"FROM of an empty variable", "ARG BASE\nFROM $BASE\n", nil, 0},
		{"FROM of a tag without ARG", "ARG NAME=base\nFROM $NAME:$TAG\nARG TAG=1\n", []string{"--build-arg", "TAG=2"}, 0},
		{"FROM of a name without ARG", "FROM example.org/${USER}/base:1\n", nil, 0},
		{"FROM without a tag behind the colon", "FROM alpine:\n", nil, 0},
		{"FROM of an invalid name", "FROM Base!\n", nil, 0},
		{"FROM a layout", "FROM oci:/images/base:1\n", nil, 0},
		{"FROM an archive", "FROM oci-archive:../base.tar:1\n", nil, 0},
		{"FROM with the transport of registries", "FROM docker://alpine:3.22\n", nil, 0},
		{"FROM with an invalid platform", "FROM --platform=pdp11 base\n", nil, 0},
		{"FROM with a platform of an empty variable", "FROM --platform=$P base\n", nil, 0},
		{"FROM itself", "FROM own AS own\n", []string{"--offline"}, 0},
		{"FROM a later stage", "FROM later AS one\nFROM base AS later\n", []string{"--offline", "--target", "one"}, 0},
		{"FROM an unknown stage", "FROM base AS build\nFROM biuld\n", []string{"--offline"}, 0},
		{"FROM stages in a circle", "FROM two AS one\nFROM one AS two\n", []string{"--offline"}, 0},
		{"FROM of an unknown platform", "FROM base-$TARGETARCH\n", []string{"--platform", "linux/amd64,linux/arm64"}, 0},
		{"ADD of an unknown flag", "FROM base\nADD --unpack=perhaps page /\n", nil, 0},
		{"ARG with a bad name", "FROM base\nARG =b\n", nil, 0},
		{"ARG without a name", "FROM base\nARG\n", nil, 0},
		{"ENV without a value", "FROM base\nENV A\n", nil, 0},
		{"ENV with a bad pair", "FROM base\nENV A=b C\n", nil, 0},
		{"LABEL without a value", "FROM base\nLABEL a\n", nil, 0},
		{"unclosed quote", "FROM base\nENV A=\"b\n", nil, 0},
		{"unclosed brace", "FROM base\nENV A=${B\n", nil, 0},
		{"bad modifier", "FROM base\nARG B=c\nENV A=${B!c}\n", nil, 0},
		{"variable that has to be set", "FROM base\nENV A=${B:?needed}\n", nil, 0},
		{"EXPOSE without a port", "FROM base\nEXPOSE\n", nil, 0},
		{"EXPOSE of a name", "FROM base\nEXPOSE http\n", nil, 0},
		{"EXPOSE of a port too large", "FROM base\nEXPOSE 65536/tcp\n", nil, 0},
		{"EXPOSE of another protocol", "FROM base\nEXPOSE 80/html\n", nil, 0},
		{"EXPOSE of a range backwards", "FROM base\nEXPOSE 90-80\n", nil, 0},
		{"HEALTHCHECK without a command", "FROM base\nHEALTHCHECK --interval=3s\n", nil, 0},
		{"HEALTHCHECK of another type", "FROM base\nHEALTHCHECK HTTP localhost\n", nil, 0},
		{"HEALTHCHECK with a bad time", "FROM base\nHEALTHCHECK --interval=often CMD true\n", nil, 0},
		{"HEALTHCHECK with a time too short", "FROM base\nHEALTHCHECK --timeout=1us CMD true\n", nil, 0},
		{"HEALTHCHECK with bad retries", "FROM base\nHEALTHCHECK --retries=-1 CMD true\n", nil, 0},
		{"HEALTHCHECK NONE with words", "FROM base\nHEALTHCHECK NONE true\n", nil, 0},
		{"SHELL in shell form", "FROM base\nSHELL /bin/sh -c\n", nil, 0},
		{"SHELL of another shell", "FROM base\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN true\n", nil, 0},
		{"STOPSIGNAL unknown", "FROM base\nSTOPSIGNAL SIGNONE\n", nil, 0},
		{"STOPSIGNAL with words", "FROM base\nSTOPSIGNAL 9 15\n", nil, 0},
		{"USER without a name", "FROM base\nUSER\n", nil, 0},
		{"USER unknown", "FROM base\nUSER nosuch\n", nil, 0},
		{"VOLUME without a path", "FROM base\nVOLUME\n", nil, 0},
		{"VOLUME of an empty path", "FROM base\nVOLUME [\"\"]\n", nil, 0},
		{"WORKDIR without a path", "FROM base\nWORKDIR\n", nil, 0},
		{"WORKDIR of a file", "FROM base\nCOPY page /page\nWORKDIR /page/x\n", nil, 0},
		{"ONBUILD of FROM", "FROM base\nONBUILD FROM other\n", nil, 0},
		{"ONBUILD of ONBUILD", "FROM base\nONBUILD ONBUILD RUN true\n", nil, 0},
		{"ONBUILD of a stage that copies a missing file", "FROM base AS one\nONBUILD COPY pgae /\n\nFROM one\nCOPY page /\n", nil, 0},
		{"ONBUILD of a stage that fails", "FROM base AS one\nONBUILD RUN exit 3\n\nFROM one\nRUN exit 4\n", nil, 0},

		// COPY and ADD.
		{"COPY without a destination", "FROM base\nCOPY page\n", nil, 0},
		{"COPY of a file that is missing", "FROM base\nCOPY pgae /\n", nil, 0},
		{"COPY of a pattern that matches nothing", "FROM base\nCOPY *.html /\n", nil, 0},
		{"COPY of a bad pattern", "FROM base\nCOPY [a- /\n", nil, 0},
		{"COPY of an ignored file", "FROM base\nCOPY secret /\n", nil, 0},
		{"COPY out of the context", "FROM base\nCOPY ../base.tar.gz /\n", nil, 0},
		{"COPY of a link out of the context", "FROM base\nCOPY out /\n", nil, 0},
		{"COPY of a link to nowhere", "FROM base\nCOPY nowhere /\n", nil, 0},
		{"COPY of a name that is like none", "FROM base\nCOPY frobnicate.conf /\n", nil, 0},
		{"COPY of a file that is missing in a directory", "FROM base\nCOPY Dockerfile.d/Dockerfil /\n", nil, 0},
		{"COPY of several to a file", "FROM base\nCOPY page other /x\n", nil, 0},
		{"COPY with a bad mode", "FROM base\nCOPY --chmod=u=rwz page /\n", nil, 0},
		{"COPY with a mode too large", "FROM base\nCOPY --chmod=77777 page /\n", nil, 0},
		{"COPY with an unknown owner", "FROM base\nCOPY --chown=nosuch page /\n", nil, 0},
		{"COPY with an unknown group", "FROM base\nCOPY --chown=root:nosuch page /\n", nil, 0},
		{"COPY with an owner of three parts", "FROM base\nCOPY --chown=a:b:c page /\n", nil, 0},
		{"COPY below a file", "FROM base\nCOPY page /page\nCOPY page /page/x\n", nil, 0},
		{"COPY from a later stage", "FROM base\nCOPY --from=two /a /\nFROM base AS two\nRUN echo > /a\n", []string{"--offline", "--target", "0"}, 0},
		{"COPY from its own stage", "FROM base AS one\nCOPY --from=one /a /\n", []string{"--offline"}, 0},
		{"COPY from a number too large", "FROM base\nCOPY --from=1 /a /\n", []string{"--offline"}, 0},
		{"COPY from an unknown name", "FROM base AS build\nFROM base\nCOPY --from=bulid /a /\n", []string{"--offline"}, 0},
		{"COPY from a variable", "FROM base\nARG A=base\nCOPY --from=$A /a /\n", nil, 0},
		{"COPY of a URL", "FROM base\nCOPY https://example.com/a /\n", nil, 0},
		{"COPY from an invalid name", "FROM base\nCOPY --from=a:b:c /a /\n", nil, 0},
		{"COPY from a layout", "FROM base\nCOPY --from=oci:images:tools /a /\n", nil, 0},
		{"COPY from a stage without the file", "FROM base AS one\nFROM base\nCOPY --from=one /nosuch /\n", nil, 0},
		{"COPY from a directory without the file", "FROM base\nCOPY --from=dir nosuch /\n", []string{"--build-context", "dir=context/dir"}, 0},
		{"COPY from a pattern of a stage", "FROM base AS one\nFROM base\nCOPY --from=one /nosuch/* /\n", nil, 0},
		{"ADD of a server that is not there", "FROM base\nADD http://127.0.0.1:1/a.tar.gz /\n", nil, 0},
		{"ADD with a bad checksum", "FROM base\nADD --checksum=sha256:12 https://example.com/a /\n", nil, 0},
		{"ADD of a file with a checksum", "FROM base\nADD --checksum=sha256:" + strings.Repeat("0", 64) + " page /\n", nil, 0},
		{"ADD of another protocol", "FROM base\nADD ftp://example.com/a /\n", nil, 0},
		{"ADD of a git repository", "FROM base\nADD https://github.com/user/project.git /\n", nil, 0},
		{"ADD of a git repository by ssh", "FROM base\nADD git@github.com:user/project.git /\n", nil, 0},
		{"ADD that unpacks a download without a checksum", "FROM base\nADD --unpack https://example.com/a.tar.gz /\n", nil, 0},
		{"bad .dockerignore", "FROM base\nCOPY page /\n", []string{"-f", "ignoring.Dockerfile"}, 0},

		// RUN.
		{"RUN that fails", "FROM base\nRUN echo one && \\\n  echo two >&2 && exit 3\n", nil, 0},
		{"RUN that fails in a continued line", "FROM base\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN echo one; \\\n  # why\n\n  for i in a b; do \\\n" +
			"    mkdir /nosuch/$i; \\\n  done; \\\n  echo two\n", nil, 0},
		{"RUN that fails in a function", "FROM base\nRUN fail() { \\\n    exit 4; \\\n  } && \\\n  fail\n", nil, 0},
		{"RUN that fails in a file", "FROM base\nRUN echo ':; exit 5' >/f && \\\n  : && \\\n  . /f\n", nil, 0},
		{"RUN that fails in a here-document", "FROM base\nRUN <<END\necho one\nexit 6\nEND\n", nil, 0},
		{"RUN with what is not supported in a continued line", "FROM base\nRUN n=-nosuch && \\\n  find / $n\n", nil, 0},
		{"RUN that writes a file of the container", "FROM base\nRUN echo 127.0.0.1 db >> /etc/hosts\n", nil, 0},
		{"RUN of a command that is missing", "FROM base\nRUN frobnicate\n", nil, 0},
		{"RUN of programs", "FROM base AS build\nRUN npm ci \\\n  && npm run build\nFROM base\nCOPY --from=build /dist /dist\n", nil, 0},
		{"RUN with a syntax error", "FROM base\nRUN if true; then echo\n", nil, 0},
		{"RUN with Bash's syntax", "FROM base\nRUN a=(1 2); echo ${a[0]}\n", nil, 0},
		{"RUN with an unclosed quote", "FROM base\nRUN echo 'a\n", nil, 0},
		{"RUN with a bad mount", "FROM base\nRUN --mount=type=volume,target=/x true\n", nil, 0},
		{"RUN with a mount without a target", "FROM base\nRUN --mount=type=cache true\n", nil, 0},
		{"RUN with a bad key of a mount", "FROM base\nRUN --mount=type=cache,to=/x true\n", nil, 0},
		{"RUN with a secret", "FROM base\nRUN --mount=type=secret,id=token,required=true true\n", nil, 0},
		{"RUN that fails in another stage", "FROM base AS one\nRUN exit 3\nFROM base AS two\nCOPY --from=one /etc /x\nFROM base\nCOPY --from=two /x /y\n", nil, 0},
		{"RUN with ssh", "FROM base\nRUN --mount=type=ssh,required true\n", nil, 0},
		{"RUN with a mount of a missing directory", "FROM base\nRUN --mount=type=bind,source=nosuch,target=/x true\n", nil, 0},
		{"RUN with another network", "FROM base\nRUN --network=lan true\n", nil, 0},
		{"RUN with another security", "FROM base\nRUN --security=none true\n", nil, 0},
		{"RUN of a package that is missing", "FROM base\nRUN apk add ngnix\n", []string{"--repository", "repo"}, 0},
		{"lists that are not JSON", "FROM base\nENTRYPOINT ['init', \"--\"]\nCMD [\"a\" \"b\"]\nCMD [ -f /x ]\nRUN [ \"$HOME\" = / ] || [\"true\", 'x']\nRUN ['true']\n", nil, 0},
		{"here-document without an end", "FROM base\nRUN <<EOF\ntrue\n", nil, 0},
		{"here-document of an interpreter", "FROM base\nRUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\n", nil, 0},

		// Flags.
		{"unknown target", "FROM base AS one\nFROM base AS two\n", []string{"--target", "three"}, 0},
		{"unknown target without stages", "FROM base\n", []string{"--target", "three"}, 0},
		{"target that is a number too large", "FROM base\n", []string{"--target", "1"}, 0},
		{"bad --build-arg", "FROM base\n", []string{"--build-arg", "=b"}, 2},
		{"--build-arg that no ARG has", "ARG VERSION\nFROM base\nARG HTTP_PROXY\nONBUILD ARG LATER\nRUN exit 3\n",
			[]string{"--build-arg", "VERSOIN=1", "--build-arg", "https_proxy=b", "--build-arg", "LATER=1", "--build-arg", "BUILDKIT_INLINE_CACHE=1"}, 0},
		{"-o as docker has it", "FROM base\n", []string{"-o", "type=local,dest=out"}, 2},
		{"bad --build-context", "FROM base\n", []string{"--build-context", "name"}, 2},
		{"--build-context of nothing", "FROM base\nCOPY --from=name /a /\n", []string{"--build-context", "name=nosuch"}, 0},
		{"--build-context of nothing for a base", "FROM name\n", []string{"--build-context", "name=nosuch"}, 0},
		{"--build-context of a directory for a base", "FROM name\n", []string{"--build-context", "name=context/dir"}, 0},
		{"bad --label", "FROM base\n", []string{"--label", "a"}, 2},
		{"-t with a short name", "FROM base\n", []string{"-t", "name"}, 2},
		{"two contexts", "FROM base\n", []string{"other"}, 2},
		{"missing context", "FROM base\nCOPY page /\n", []string{"--context", "nosuch"}, 0},
		{"file in place of a context", "FROM base\nCOPY page /\n", []string{"--context", "Dockerfile"}, 0},
		{"bad --platform", "FROM base\n", []string{"--platform", "pdp11"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, text := range map[string]string{
				"Dockerfile": test.text, "context/page": "a page\n", "context/other": "another\n", "context/secret": "a secret\n",
				"context/.dockerignore": "secret\n",
				"ignoring.Dockerfile":   test.text, "ignoring.Dockerfile.dockerignore": "[a-\n",
			} {
				b.file(name, text)
			}
			args := append([]string{"build", "-o", "oci:out:latest", "--build-context", "base=rootfs:base.tar.gz"}, test.args...)
			if !slices.Contains(args, "-f") {
				args = append(args, "-f", "Dockerfile")
			}
			if !strings.Contains(strings.Join(args, " "), "--context ") {
				args = append(args, "context")
			}
			code, stdout, stderr := b.lamina(args...)
			want := test.code
			if want == 0 {
				want = 1
			}
			if code != want || stdout != "" {
				t.Errorf("exit code %d, stdout %q; want %d and nothing", code, stdout, want)
			}
			golden.check(t, test.name, stderr)
			if diff := cmp.Diff(before, b.snapshot("out")); diff != "" {
				t.Errorf("the output has changed (-before +after):\n%s", diff)
			}
		})
	}
}
