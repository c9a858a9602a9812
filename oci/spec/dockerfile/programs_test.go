package dockerfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/spec/dockerfile"
)

const (
	remedyInterpreter = "put what needs programs into a stage of its own, build that with what you have, and hand it over: --build-context NAME=DIR"
	remedyOwn         = remedyInterpreter + "; or leave out what the image needs no result of: --without PROGRAM"
	remedyStage       = "build that stage with what you have, and hand its files over:"
)

// TestDockerfilePrograms holds programs that commands need against the message, before there is a base.
func TestDockerfilePrograms(t *testing.T) {
	at := func(places ...string) string {
		for i, place := range places {
			name := place[strings.IndexByte(place, ' ')+1:]
			places[i] = "Dockerfile:" + strings.TrimSuffix(place, " "+name) + ": " + name + " is a program that cannot be interpreted"
			if name == "ssh-keygen" {
				places[i] = "Dockerfile:" + strings.TrimSuffix(place, " "+name) + ": " + name + " makes keys or passwords, and a secret must not be in an image"
			}
		}
		return strings.Join(places, "\n  ")
	}
	for _, test := range []struct {
		name, text string
		options    dockerfile.Options
		want       string
		remedy     string
	}{
		{"none", "FROM alpine\nRUN apk add make && cp a b", dockerfile.Options{}, "", ""},
		{"all at once", "FROM alpine\nRUN npm ci && npm run build\nRUN pip install x", dockerfile.Options{}, at("2:5 npm", "2:15 npm", "3:5 pip"), remedyOwn},
		{"secrets", "FROM alpine\nRUN ssh-keygen -A\nRUN ssh-keygen -t rsa", dockerfile.Options{}, at("2:5 ssh-keygen", "3:5 ssh-keygen"),
			"make it when the container starts, and leave it out here: --without ssh-keygen"},
		{"secrets and others", "FROM alpine\nRUN ssh-keygen -A && npm ci", dockerfile.Options{}, at("2:5 ssh-keygen", "2:22 npm"), remedyOwn},
		{"continued lines", "FROM alpine\nrun set -ex; \\\n\n    # first\n    apk add git make; \\\n\tgit clone x && \\\n    A=é make", dockerfile.Options{}, at("6:2 git", "7:9 make"), remedyOwn},
		{"another escape", "# escape=`\nFROM alpine\nRUN true && `\n  make", dockerfile.Options{}, at("4:3 make"), remedyOwn},
		{"carriage returns", "FROM alpine\r\nRUN true && \\\r\n  make\r\n", dockerfile.Options{}, at("3:3 make"), remedyOwn},
		{"flags", "FROM alpine\nRUN --mount=type=cache,target=/root/make --network=none make", dockerfile.Options{}, at("2:57 make"), remedyOwn},
		{"exec form", "FROM alpine\nRUN [\"npm\", \"ci\"]\nRUN [\"sh\", \"-c\", \"make\"]", dockerfile.Options{}, at("2:7 npm", "3:19 make"), remedyOwn},
		{"here-document", "FROM alpine\nRUN <<EOF\ntrue\n  make\nEOF", dockerfile.Options{}, at("4:3 make"), remedyOwn},
		{"here-document with tabs", "FROM alpine\nRUN <<-EOF\n\ttrue\n\t\tmake\n\tEOF", dockerfile.Options{}, at("4:3 make"), remedyOwn},
		{"here-document of a command", "FROM alpine\nRUN cat <<EOF > /x && make\n$(git log)\nEOF", dockerfile.Options{}, at("2:23 make", "3:3 git"), remedyOwn},
		{"here-document of a shell", "FROM alpine\nRUN <<EOF\n#!/bin/sh -e\nmake\nEOF", dockerfile.Options{}, at("4:1 make"), remedyOwn},
		{"here-document of an interpreter", "FROM alpine\nRUN <<EOF\n#!/usr/bin/env python3\nmake\nEOF", dockerfile.Options{}, at("3:1 python3"), remedyInterpreter},
		{"flags of the shell", "FROM alpine\nSHELL [\"/bin/sh\", \"-ec\"]\nRUN make || make; true", dockerfile.Options{}, at("3:5 make"), remedyOwn},

		{"stage", "FROM alpine AS build\nRUN make\nFROM alpine\nCOPY --from=build /x /", dockerfile.Options{}, at("2:5 make"), remedyStage + " --build-context build=DIR"},
		{"stage by its number", "FROM alpine\nRUN make\nFROM alpine\nCOPY --from=0 /x /", dockerfile.Options{}, at("2:5 make"), remedyStage + " --build-context 0=DIR"},
		{"stages over each other", "FROM alpine AS a\nRUN npm ci\nFROM a AS b\nRUN make\nFROM alpine\nCOPY --from=b /x /\nCOPY --from=a /y /", dockerfile.Options{}, at("2:5 npm", "4:5 make"),
			remedyStage + " --build-context b=DIR --build-context a=DIR"},
		{"stages for each other", "FROM alpine AS a\nRUN npm ci\nFROM alpine AS b\nCOPY --from=a /x /x\nRUN make\nFROM alpine\nCOPY --from=b /x /", dockerfile.Options{}, at("2:5 npm", "5:5 make"),
			remedyStage + " --build-context b=DIR"},
		{"stage that is mounted", "FROM alpine AS a\nRUN make\nFROM alpine\nRUN --mount=from=a,target=/a cp /a/x /", dockerfile.Options{}, at("2:5 make"), remedyStage + " --build-context a=DIR"},
		{"stage that nothing needs", "FROM alpine AS a\nRUN make\nFROM alpine\nRUN true", dockerfile.Options{}, "", ""},
		{"stage that is given", "FROM alpine AS a\nRUN make\nFROM alpine\nCOPY --from=a /x /", dockerfile.Options{Contexts: map[string]string{"a": "."}}, "", ""},
		{"base that is given", "FROM alpine AS a\nRUN make\nFROM a\nRUN true", dockerfile.Options{Contexts: map[string]string{"a": "oci:a"}}, "", ""},
		{"other target", "FROM alpine AS a\nRUN true\nFROM a\nRUN make", dockerfile.Options{Target: "a"}, "", ""},
		{"base and stage", "FROM alpine AS a\nRUN make\nFROM a\nCOPY --from=a /x /", dockerfile.Options{}, at("2:5 make"), remedyOwn},
		{"shell", "FROM alpine\nSHELL [\"/bin/zsh\", \"-c\"]\nRUN make", dockerfile.Options{}, "Dockerfile:3:1: RUN: the shell /bin/zsh is not interpreted\n  " + at("3:5 make"),
			"commands are interpreted as busybox's sh and bash do: use /bin/sh, /bin/ash or /bin/bash"},

		{"syntax", "FROM alpine\nRUN true \\\n  && echo ${a[0]}\nRUN make", dockerfile.Options{}, "Dockerfile:3:11: RUN: indirection and arrays are not known to ash\n  " + at("4:5 make"),
			"commands are interpreted as busybox's sh does, and its programs: write the command for these"},
		{"file of that name", "FROM alpine\nCOPY page /usr/local/bin/make\nRUN make && npm ci", dockerfile.Options{}, at("3:13 npm"), remedyOwn},
		{"file of another name", "FROM alpine\nCOPY page /usr/local/bin/\nRUN make", dockerfile.Options{}, at("3:5 make"), remedyOwn},
		{"directory", "FROM alpine\nCOPY site /usr/local/bin/\nRUN make", dockerfile.Options{}, "", ""},
		{"directory elsewhere", "FROM alpine\nWORKDIR /app\nCOPY . .\nRUN make", dockerfile.Options{}, at("4:5 make"), remedyOwn},
		{"directory that is looked in", "FROM alpine\nENV PATH=/app/bin:$PATH\nWORKDIR /app\nCOPY . .\nRUN make", dockerfile.Options{}, "", ""},
		{"directory of a variable", "FROM alpine\nARG D=/app\nENV E=$D/x\nCOPY . $E/\nRUN make", dockerfile.Options{}, at("5:5 make"), remedyOwn},
		{"directory of an unknown variable", "FROM alpine\nCOPY . $D/\nRUN make", dockerfile.Options{}, "", ""},
		{"from another image", "FROM alpine\nCOPY --from=image /usr/local/bin/ /usr/local/bin/\nRUN make", dockerfile.Options{}, "", ""},
		{"download", "FROM alpine\nADD --checksum=sha256:00 https://e.example/make /usr/bin/\nRUN make && npm ci", dockerfile.Options{}, at("3:13 npm"), remedyOwn},
		{"PATH of an earlier command", "FROM alpine\nRUN export PATH=/x:$PATH; make\nRUN make", dockerfile.Options{}, at("3:5 make"), remedyOwn},
		{"earlier command", "FROM alpine\nRUN echo '#!/bin/sh' > /usr/bin/make && chmod +x /usr/bin/make\nRUN make && npm ci", dockerfile.Options{}, at("3:13 npm"), remedyOwn},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := read(t, test.text, test.options)
			if err != nil {
				t.Fatal(err)
			}
			_, err = d.Spec()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if remedy := hint.Of(err); remedy != test.remedy {
				t.Errorf("remedy %q, want %q", remedy, test.remedy)
			}
		})
	}
}

// TestDockerfileOnBuildPrograms: what a base brings is looked at when the base is there.
func TestDockerfileOnBuildPrograms(t *testing.T) {
	d, err := read(t, "FROM alpine\nRUN true", dockerfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Spec()
	if err != nil {
		t.Fatal(err)
	}
	err = s.Over(s, &oci.Base{RawConfig: []byte(`{"config":{"OnBuild":["COPY . /app","RUN npm ci && npm run build"]}}`)})
	if err == nil || err.Error() != "Dockerfile: ONBUILD of the base: npm is a program that cannot be interpreted" || hint.Of(err) != remedyOwn {
		t.Errorf("%v; %s", err, hint.Of(err))
	}
	if _, err := over(t, "FROM alpine", dockerfile.Options{}, v1.ImageConfig{}); err != nil {
		t.Error(err)
	}
}
