package oci

import "testing"

func TestParsePlatform(t *testing.T) {
	tests := []struct{ in, want, alpine string }{
		{"linux/amd64", "linux/amd64", "x86_64"},
		{"linux/amd64/v1", "linux/amd64", "x86_64"},
		{"linux/amd64/v3", "linux/amd64/v3", "x86_64"},
		{"linux/amd64/v8", "linux/amd64/v8", "x86_64"}, // kaniko wrote it
		{"linux/arm64/v8.1", "linux/arm64/v8.1", "aarch64"},
		{"linux/arm64/v9", "linux/arm64/v9", "aarch64"},
		{"linux/arm/v8", "linux/arm/v8", "armv7"},
		{"linux/arm64", "linux/arm64", "aarch64"},
		{"linux/arm64/v8", "linux/arm64", "aarch64"},
		{"linux/arm", "linux/arm/v7", "armv7"},
		{"linux/arm/7", "linux/arm/v7", "armv7"},
		{"linux/arm/v6", "linux/arm/v6", "armhf"},
		{"linux/arm/v5", "linux/arm/v5", ""},
		{"linux/386", "linux/386", "x86"},
		{"linux/ppc64le", "linux/ppc64le", "ppc64le"},
		{"linux/s390x", "linux/s390x", "s390x"},
		{"linux/riscv64", "linux/riscv64", "riscv64"},
		{"linux/loong64", "linux/loong64", "loongarch64"},
		{"windows/amd64", "windows/amd64", ""},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			p, err := ParsePlatform(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if p.String() != test.want {
				t.Errorf("got %s, want %s", p, test.want)
			}
			alpine, ok := p.AlpineArch()
			if alpine != test.alpine || ok != (test.alpine != "") {
				t.Errorf("AlpineArch: got %q, %t, want %q", alpine, ok, test.alpine)
			}
			if back, isKnown := platformOfAlpine(alpine); ok && (!isKnown || back.Architecture != p.Architecture) {
				t.Errorf("platformOfAlpine(%q): got %s", alpine, back)
			}
			if !p.Matches(p) || !(Platform{}).Matches(p) {
				t.Error("does not match itself or the zero Platform")
			}
		})
	}
}

func TestParsePlatformErrors(t *testing.T) {
	const want = "want OS/ARCHITECTURE[/VARIANT] such as linux/amd64 or linux/arm/v7"
	tests := []struct{ in, want string }{
		{"", `platform "": ` + want},
		{"linux", `platform "linux": ` + want},
		{"linux/", `platform "linux/": ` + want},
		{"linux/arm/v7/x", `platform "linux/arm/v7/x": ` + want},
		{"Linux/amd64", `platform "Linux/amd64": ` + want},
		{"amd64", `platform "amd64": no operating system; did you mean linux/amd64?`},
		{"linux/x86_64", `platform "linux/x86_64": x86_64 is Alpine's name; did you mean linux/amd64?`},
		{"linux/aarch64", `platform "linux/aarch64": aarch64 is Alpine's name; did you mean linux/arm64?`},
		{"linux/armhf", `platform "linux/armhf": armhf is Alpine's name; did you mean linux/arm/v6?`},
	}
	for _, test := range tests {
		t.Run(test.in, func(t *testing.T) {
			if _, err := ParsePlatform(test.in); err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestPlatformMatchesExactly(t *testing.T) {
	tests := []struct {
		want, have string
		ok         bool
	}{
		{"linux/arm64", "linux/arm64/v8", true},
		{"linux/arm", "linux/arm/v7", true},
		{"linux/arm/v7", "linux/arm/v6", false}, // would run, but takes other packages
		{"linux/amd64", "linux/amd64/v2", false},
		{"linux/amd64", "windows/amd64", false},
	}
	for _, test := range tests {
		want, _ := ParsePlatform(test.want)
		have, _ := ParsePlatform(test.have)
		if want.Matches(have) != test.ok {
			t.Errorf("%s for %s: want %t", test.have, test.want, test.ok)
		}
	}
}
