package oci

import (
	"strings"
	"testing"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestBasePlatform: request, config, index and etc/apk/arch decide in this order what a base is for and takes packages of.
func TestBasePlatform(t *testing.T) {
	const linux = "linux"
	for _, c := range []struct {
		name          string
		want          string // by the request
		index, config v1.Platform
		own           string // in etc/apk/arch
		platform      string
		arch          string // or what the error says
	}{
		{"arm, v6 by etc/apk/arch alone", "", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm"}, "armhf",
			"linux/arm/v6", "armhf"},
		{"arm, v7 by etc/apk/arch alone", "", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm"}, "armv7",
			"linux/arm/v7", "armv7"},
		{"arm, no word of a variant", "", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm"}, "",
			"linux/arm/v7", "armv7"},
		{"arm, v6 by the config", "", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm", Variant: "v6"}, "armhf",
			"linux/arm/v6", "armhf"},
		{"arm, v6 by the index", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v6"}, v1.Platform{OS: linux, Architecture: "arm"}, "armhf",
			"linux/arm/v6", "armhf"},
		{"arm, index and config differ", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v6"},
			v1.Platform{OS: linux, Architecture: "arm", Variant: "v7"}, "armhf", "linux/arm/v6", "armhf"},
		{"arm, index and config differ, the other way", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v6"},
			v1.Platform{OS: linux, Architecture: "arm", Variant: "v7"}, "armv7", "linux/arm/v7", "armv7"},
		{"arm, index and config differ, no etc/apk/arch", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v6"},
			v1.Platform{OS: linux, Architecture: "arm", Variant: "v7"}, "", "linux/arm/v7", "armv7"},
		{"arm, v6 by the request", "linux/arm/v6", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm"}, "armhf",
			"linux/arm/v6", "armhf"},
		{"arm, v6's packages on v7", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v7"}, v1.Platform{OS: linux, Architecture: "arm", Variant: "v7"},
			"armhf", "linux/arm/v7", "armhf"},
		{"arm, v7's packages on v6", "linux/arm/v6", v1.Platform{OS: linux, Architecture: "arm"}, v1.Platform{OS: linux, Architecture: "arm"}, "armv7",
			"linux/arm/v6", "platform linux/arm/v6 means armhf, but its etc/apk/arch says armv7"},
		{"arm of 64-bit machines", "", v1.Platform{OS: linux, Architecture: "arm", Variant: "v8"}, v1.Platform{OS: linux, Architecture: "arm", Variant: "v8"},
			"armv7", "linux/arm/v8", "armv7"},
		{"Debian's name of arm", "", v1.Platform{OS: linux, Architecture: "armhf"}, v1.Platform{OS: linux, Architecture: "armhf"}, "armv7",
			"linux/arm/v7", "armv7"},
		{"a variant of amd64", "", v1.Platform{OS: linux, Architecture: "amd64", Variant: "v2"}, v1.Platform{OS: linux, Architecture: "amd64"}, "x86_64",
			"linux/amd64/v2", "x86_64"},
		{"two variants of amd64", "", v1.Platform{OS: linux, Architecture: "amd64", Variant: "v2"},
			v1.Platform{OS: linux, Architecture: "amd64", Variant: "v3"}, "x86_64", "linux/amd64/v3", "x86_64"},
		{"uname's name in one of them", "", v1.Platform{OS: linux, Architecture: "amd64"}, v1.Platform{OS: linux, Architecture: "x86_64"}, "x86_64",
			"linux/amd64", "x86_64"},
		{"no os in the index", "", v1.Platform{Architecture: "arm64"}, v1.Platform{OS: linux, Architecture: "arm64"}, "aarch64", "linux/arm64", "aarch64"},
		{"no platform, but etc/apk/arch", "", v1.Platform{}, v1.Platform{}, "aarch64", "linux/arm64", "aarch64"},
		{"no platform, but a request", "linux/amd64", v1.Platform{}, v1.Platform{}, "", "linux/amd64", "x86_64"},
		{"no platform, and a request that etc/apk/arch contradicts", "linux/amd64", v1.Platform{}, v1.Platform{}, "aarch64", "linux/amd64",
			"platform linux/amd64 means x86_64, but its etc/apk/arch says aarch64"},
		{"no platform at all", "", v1.Platform{}, v1.Platform{}, "", "", "neither its config nor its etc/apk/arch names an architecture"},
		{"another architecture in etc/apk/arch", "", v1.Platform{OS: linux, Architecture: "amd64"}, v1.Platform{OS: linux, Architecture: "amd64"}, "x86",
			"linux/amd64", "platform linux/amd64 means x86_64, but its etc/apk/arch says x86"},
		{"an architecture without packages", "", v1.Platform{OS: linux, Architecture: "mips64le"}, v1.Platform{OS: linux, Architecture: "mips64le"}, "",
			"linux/mips64le", "platform linux/mips64le: Alpine has no packages for it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want Platform
			if c.want != "" {
				var err error
				if want, err = ParsePlatform(c.want); err != nil {
					t.Fatal(err)
				}
			}
			base := &Base{Config: v1.Image{Platform: c.config}}
			if err := base.setPlatform(c.index, "sha256:0", want); err != nil {
				t.Fatal(err)
			}
			arch, err := base.AlpineArch(c.own)
			if arch != c.arch && (err == nil || !strings.Contains(err.Error(), c.arch)) {
				t.Errorf("got %q, %v; want %s", arch, err, c.arch)
			}
			if got := base.Platform.String(); got != c.platform {
				t.Errorf("platform: got %q, want %q", got, c.platform)
			}
		})
	}
}

// TestPlatformOfTheNewImage: config and descriptor have Go's names and the variant; what the base says rightly stays.
func TestPlatformOfTheNewImage(t *testing.T) {
	for _, c := range []struct{ config, platform, want string }{
		{`{"architecture":"x86_64","os":"linux"}`, "linux/amd64", `{"architecture":"amd64","os":"linux"`},
		{`{"architecture":"arm","os":"linux"}`, "linux/arm/v6", `{"architecture":"arm","os":"linux","variant":"v6"`},
		{`{"architecture":"arm","os":"linux","variant":"v7"}`, "linux/arm/v6", `{"architecture":"arm","os":"linux","variant":"v6"`},
		{`{"architecture":"arm64","os":"linux","variant":"v8"}`, "linux/arm64", `{"architecture":"arm64","os":"linux","variant":"v8"`},
		{`{"architecture":"amd64","os":"linux","variant":"v3"}`, "linux/amd64/v3", `{"architecture":"amd64","os":"linux","variant":"v3"`},
		{`{"architecture":"","os":""}`, "linux/riscv64", `{"architecture":"riscv64","os":"linux"`},
	} {
		base := configBase(t, c.config, 0)
		var err error
		if base.Platform, err = ParsePlatform(c.platform); err != nil {
			t.Fatal(err)
		}
		image, err := base.Compose(ComposeOptions{Layer: testLayer})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(image.Config), c.want+",") {
			t.Errorf("%s for %s: got %s", c.config, c.platform, image.Config)
		}
		if got := platformOf(*image.ManifestDescriptor.Platform); got != base.Platform {
			t.Errorf("%s for %s: descriptor for %s", c.config, c.platform, got)
		}
	}
}
