// Package version says which Lamina this is.
package version

import "runtime/debug"

// Info describes a build of Lamina.
type Info struct {
	Version  string `json:"version"`            // of the module, such as v0.1.0; "devel" if it was built from a checkout without tags
	Revision string `json:"revision,omitempty"` // of the source, as git names it
	Modified bool   `json:"modified,omitempty"` // the source had changes that were not committed
	Go       string `json:"go"`                 // version of the toolchain
}

// release is the version that the linker writes into a release (.ci/release), which is built from source without git's history:
// -ldflags "-X github.com/lamina-oci/lamina/internal/version.release=v0.1.0". It is "" in all other builds.
var release string

const module = "github.com/lamina-oci/lamina"

// Read returns what the linker and the Go toolchain have written into the program, whose main package or dependency Lamina is.
func Read() Info {
	info := Info{Version: "devel"}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return info
	}
	if release != "" {
		return Info{Version: release, Go: build.GoVersion}
	}
	info.Go = build.GoVersion
	for _, m := range append(build.Deps, &build.Main) {
		if m.Path == module && m.Version != "" && m.Version != "(devel)" {
			info.Version = m.Version
		}
	}
	if build.Main.Path != module {
		return info // the revision is that of another module
	}
	for _, s := range build.Settings {
		switch s.Key {
		case "vcs.revision":
			info.Revision = s.Value
		case "vcs.modified":
			info.Modified = s.Value == "true"
		}
	}
	return info
}
