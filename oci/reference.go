package oci

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/oci/internal/imagedoc"
)

// Transport is the part of a reference before its first colon: where an image is kept, and in which form.
type Transport string

// The transports. The first four are skopeo's, with skopeo's meaning.
const (
	TransportLayout        Transport = "oci"
	TransportArchive       Transport = "oci-archive"
	TransportDockerArchive Transport = "docker-archive"
	TransportRegistry      Transport = "docker"
	TransportRootfs        Transport = "rootfs"
	TransportScratch       Transport = "scratch"
)

// A Reference names an image, or a place for one. It is comparable.
type Reference struct {
	Transport Transport
	// Path is the directory of a layout or the file of an archive or root file system, as it was written.
	// It is empty for TransportRegistry and TransportScratch.
	Path string
	// Name is the tag in a layout or archive (org.opencontainers.image.ref.name), what follows the file of a
	// docker-archive, or what follows docker://. It may be empty except for TransportRegistry. In a layout or an archive
	// that is read it may be @N.
	Name string
}

const acceptedReferences = "oci:DIR[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:REF], docker://HOST/NAME[:TAG], " +
	"rootfs:FILE.tar[.gz] or scratch"

// ParseReference reads a reference as the command line and the spec have it:
//
//	oci:DIR[:TAG]  oci-archive:FILE[:TAG]  docker-archive:FILE[:REF]  docker://HOST/NAME[:TAG][@DIGEST]
//	rootfs:FILE.tar[.gz]  scratch
//
// As with skopeo the first colon after the transport ends the path, so a path cannot contain one; the colon of a
// Windows drive (C:\ or C:/) does not count, on any system: a tag cannot begin with a slash. A tag follows the
// grammar of image-spec annotations.md for ref.name. Nothing is looked up. An error is a [ReferenceError]: what is
// wrong with it and, where the transport is in doubt, the accepted forms.
//
// In place of a TAG or REF, @N means the image at position N of the list, from 0, with or without a name. It is for
// reading only.
func ParseReference(s string) (Reference, error) {
	if shown := redact.URL(s); shown != s {
		return Reference{}, &ReferenceError{shown, errSecret}
	}
	ref, err := parseReference(s)
	if err != nil {
		return Reference{}, &ReferenceError{s, err}
	}
	return ref, nil
}

// ReferenceError is the error of an invalid reference; where possible it suggests a valid one.
type ReferenceError struct {
	Reference string // as it is written, but without a password
	Err       error
}

// errSecret is the error of a reference with a password: references are printed, logged and stored.
var errSecret = errors.New("has a user or password, which a reference cannot have; log in to a registry with podman login or docker login")

func (e *ReferenceError) Error() string { return fmt.Sprintf("reference %q: %v", e.Reference, e.Err) }
func (e *ReferenceError) Unwrap() error { return e.Err }

func parseReference(s string) (Reference, error) {
	if strings.ContainsAny(s, "\x00\n\r") {
		return Reference{}, errors.New("control character")
	}
	if s == string(TransportScratch) {
		return Reference{Transport: TransportScratch}, nil
	}
	transport, rest, found := strings.Cut(s, ":")
	if !found {
		return Reference{}, errWithoutTransport(s)
	}
	ref := Reference{Transport: Transport(transport)}
	switch ref.Transport {
	case TransportLayout, TransportArchive, TransportDockerArchive:
		ref.Path, ref.Name = splitPath(rest)
		if ref.Path == "" {
			return Reference{}, errors.New("the path is missing")
		}
		if strings.HasPrefix(ref.Path, "//") && ref.Transport == TransportLayout {
			return Reference{}, fmt.Errorf("oci: takes a path, not a URL: write oci:%s, or docker:%s for a registry",
				strings.TrimLeft(ref.Path, "/"), "//"+fullName(strings.TrimLeft(rest, "/")))
		}
		if ref.Name == "" {
			if strings.HasSuffix(rest, ":") {
				return Reference{}, errors.New("empty tag after the last colon")
			}
			return ref, nil
		}
		if _, isIndex, err := imagedoc.SourceIndex(ref.Name); isIndex {
			return ref, err
		}
		if ref.Transport == TransportDockerArchive {
			return ref, checkRegistryName(ref.Name)
		}
		return ref, checkTag(ref.Name)
	case TransportRegistry:
		name, ok := strings.CutPrefix(rest, "//")
		if !ok {
			return Reference{}, fmt.Errorf("write docker://%s", fullName(strings.TrimLeft(rest, "/")))
		}
		ref.Name = name
		if err := checkRegistryName(name); err != nil {
			return ref, err
		}
		_, err := ParseName(name)
		return ref, err
	case TransportRootfs:
		if ref.Path = rest; rest == "" {
			return Reference{}, errors.New("the file is missing")
		}
		return ref, nil
	case TransportScratch:
		return Reference{}, errors.New("scratch takes no path, name or tag")
	}
	return Reference{}, errWithoutTransport(s)
}

// String returns the reference as ParseReference reads it.
func (r Reference) String() string {
	switch r.Transport {
	case TransportScratch:
		return string(r.Transport)
	case TransportRegistry:
		return "docker://" + r.Name
	}
	s := string(r.Transport) + ":" + r.Path
	if r.Name != "" {
		s += ":" + r.Name
	}
	return s
}

// SharesArchive reports whether two references name the file of one archive, in which an image that is written replaces any other.
func (r Reference) SharesArchive(other Reference) bool {
	for _, ref := range [...]Reference{r, other} {
		if ref.Transport != TransportArchive && ref.Transport != TransportDockerArchive {
			return false
		}
	}
	a, err := filepath.Abs(r.Path)
	b, err2 := filepath.Abs(other.Path)
	return err == nil && err2 == nil && a == b
}

// At returns a permanent name of an image that was written there: its digest, or HOST/NAME@DIGEST in a registry.
func (r Reference) At(dgst digest.Digest) string {
	if r.Transport != TransportRegistry {
		return dgst.String()
	}
	name, err := ParseName(r.Name)
	if err != nil {
		return dgst.String()
	}
	return name.InRegistry() + "@" + dgst.String()
}

// splitPath cuts PATH[:NAME] at the first colon that is not a Windows drive's.
func splitPath(s string) (path, name string) {
	drive := 0
	if len(s) >= 3 && isLetter(s[0]) && s[1] == ':' && (s[2] == '\\' || s[2] == '/') {
		drive = 2
	}
	path, name, _ = strings.Cut(s[drive:], ":")
	return s[:drive] + path, name
}

// errBuildx is about an output in the form that docker buildx has, such as type=oci,dest=image.tar.
func errBuildx(s string) error {
	given := make(map[string]string)
	for _, field := range strings.Split(s, ",") {
		name, value, _ := strings.Cut(field, "=")
		given[name] = value
	}
	archive := map[string]Transport{"oci": TransportArchive, "docker": TransportDockerArchive}[given["type"]]
	switch {
	case archive == TransportArchive && given["tar"] == "false":
		archive = TransportLayout
	case given["name"] != "" && archive == "":
		return fmt.Errorf("that is the form of docker buildx: did you mean docker://%s?", given["name"])
	}
	if archive == "" || given["dest"] == "" {
		return fmt.Errorf("that is the form of docker buildx; want %s", acceptedReferences)
	}
	return fmt.Errorf("that is the form of docker buildx: did you mean %s:%s?", archive, given["dest"])
}

// IsForeignTransport reports whether skopeo has a transport of a name that is not among those of this package.
func IsForeignTransport(name string) bool {
	switch name {
	case "containers-storage", "dir", "docker-daemon", "ostree", "sif":
		return true
	}
	return false
}

// errWithoutTransport guesses what was meant: an image name, or a path.
func errWithoutTransport(s string) error {
	if s == "" {
		return errors.New("empty; want " + acceptedReferences)
	}
	first, rest, _ := strings.Cut(s, ":")
	for _, t := range []Transport{TransportLayout, TransportArchive, TransportDockerArchive, TransportRootfs} {
		if strings.EqualFold(first, string(t)) && rest != "" {
			return fmt.Errorf("transports are lower case: did you mean %s:%s?", t, rest)
		}
	}
	if IsForeignTransport(first) {
		return fmt.Errorf("transport %s is not supported; want %s", first, acceptedReferences)
	}
	if strings.HasPrefix(s, "type=") {
		return errBuildx(s)
	}
	isPath := strings.HasPrefix(s, ".") || strings.HasPrefix(s, "/") || strings.ContainsRune(s, '\\')
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.zst"} {
		if strings.HasSuffix(first, end) {
			return fmt.Errorf("no transport: did you mean rootfs:%s (a root file system) or oci-archive:%s (an image)?", s, s)
		}
	}
	switch {
	case isPath:
		return fmt.Errorf("no transport: did you mean oci:%s?", s)
	case checkRegistryName(s) == nil:
		return fmt.Errorf("no transport: did you mean docker://%s? Accepted are %s", fullName(s), acceptedReferences)
	}
	return fmt.Errorf("unknown transport; want %s", acceptedReferences)
}

// checkTag holds a tag to the grammar of ref.name (image-spec annotations.md#pre-defined-annotation-keys):
//
//	ref       ::= component ("/" component)*
//	component ::= alphanum (separator alphanum)*
//	separator ::= [-._:@+] | "--"
func checkTag(tag string) error {
	separator := "start" // what stands before the current byte, "" inside an alphanum
	for i := range len(tag) {
		c := tag[i]
		switch {
		case isLetter(c) || '0' <= c && c <= '9':
			separator = ""
		case c == '-' && separator == "-":
			separator = "--"
		case strings.IndexByte("-._:@+/", c) >= 0 && separator == "":
			separator = string(c)
		case strings.IndexByte("-._:@+/", c) >= 0:
			return fmt.Errorf("tag %q: %q at position %d must be between letters or digits", tag, c, i+1)
		default:
			return fmt.Errorf("tag %q: character %q at position %d; a tag has letters, digits and - . _ : @ + / between them",
				tag, []rune(tag[i:])[0], i+1)
		}
	}
	if separator != "" {
		return fmt.Errorf("tag %q must end with a letter or digit", tag)
	}
	return nil
}

// checkRegistryName holds [HOST[:PORT]/]REPOSITORY[:TAG][@DIGEST] to the grammar of
// distribution-spec (names are lower case; a first part with a dot, a colon or "localhost" is a host).
func checkRegistryName(s string) error {
	name, dgst, hasDigest := strings.Cut(s, "@")
	if hasDigest {
		if err := digest.Digest(dgst).Validate(); err != nil {
			return fmt.Errorf("digest %q: %w", dgst, err)
		}
	}
	if host, repository, ok := strings.Cut(name, "/"); ok && isRegistryHost(host) {
		if !validRegistryHost(host) {
			return fmt.Errorf("invalid host %q: want HOST or HOST:PORT", host)
		}
		name = repository
	}
	repository, tag, hasTag := strings.Cut(name, ":")
	if hasTag && !validRegistryTag(tag) {
		return fmt.Errorf("invalid tag %q: want letters, digits, _ . -, at most 128", tag)
	}
	for part := range strings.SplitSeq(repository, "/") {
		if !validRepositoryPart(part) {
			return fmt.Errorf("invalid repository %q: want lower-case letters and digits with . _ __ or - between them", repository)
		}
	}
	return nil
}

func validRegistryTag(tag string) bool {
	if tag == "" || len(tag) > 128 || tag[0] == '.' || tag[0] == '-' {
		return false
	}
	for i := range len(tag) {
		if c := tag[i]; !isLetter(c) && (c < '0' || c > '9') && c != '_' && c != '.' && c != '-' {
			return false
		}
	}
	return true
}

func validRepositoryPart(part string) bool {
	isAlphanumeric := func(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }
	for i := 0; i < len(part); {
		if isAlphanumeric(part[i]) {
			i++
			continue
		}
		start := i
		for i < len(part) && !isAlphanumeric(part[i]) {
			i++
		}
		separator := part[start:i]
		isValid := separator == "." || separator == "_" || separator == "__" || strings.Trim(separator, "-") == ""
		if start == 0 || i == len(part) || !isValid {
			return false
		}
	}
	return part != ""
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
