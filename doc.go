// Package lamina puts Alpine packages on top of a base image as exactly one layer: in pure Go, with no daemon, no root and no
// external program, and with the same bytes on every machine.
//
// A [Spec] says what to build, an [Env] what to build with; [ReadSpec] and [ReadDockerfile] read specs from files. [Resolve]
// turns a spec into a [Plan] and [Plan.Write] a plan into an [Image]; [Build] does both. [Lock] pins what a spec resolves to.
// [Inspect], [Diff] and [Verify] look at images that exist, wherever they are: in a layout, an archive or a registry.
//
//	env := lamina.NewEnv("/var/cache/lamina")
//	defer env.Close()
//	spec, err := lamina.ReadSpec("lamina.yaml")
//	…
//	image, err := lamina.Build(ctx, spec, env, output, lamina.WriteOptions{})
//
// Inputs are verified before the image becomes visible: signatures of indexes, package identities and data hashes, base
// digests. A lock says which packages are wanted, and each of them must still be signed by a trusted key, or be listed in an
// index that is ([Env].AllowUntrusted gives that up). A failed or interrupted call leaves its output as it was. No call runs
// a program, prints, or changes the file system outside its output, its cache, the directory for temporary files and one file
// in the user's configuration directory, the key of the cache. All functions may be called concurrently, also with one Env.
//
// Errors say what failed and why, in one line without secrets; [Hint] returns what to do about them.
//
// # Stability
//
// Stable, from version 0.1.0: this package; the lock file, version 1; the record beside an image, version 1; the text of
// recipes; the command line of cmd/lamina with its exit codes and JSON. Fields and flags may be added. A new version of the
// module may give an image other bytes than an older one only with another recipe in its annotation. The packages below this
// one, under apk, layer and oci, may change between minor versions; the layout of the cache may change at any time.
package lamina
