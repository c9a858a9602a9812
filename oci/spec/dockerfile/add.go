package dockerfile

import (
	"archive/tar"
	"errors"
	"net/url"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/lamina-oci/lamina/internal/decompress"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci/spec/internal/buildcontext"
)

// addURL downloads a file. Without a checksum it is pinned by the lock and the record, as what commands download.
func (t *translation) addURL(c *copied, source string) error {
	scheme, _, _ := strings.Cut(source, "://")
	switch {
	case strings.HasPrefix(source, "git@"), scheme == "git", scheme == "ssh", strings.HasSuffix(source, ".git"), strings.Contains(source, ".git#"):
		return hint.Errorf("ADD %s: git repositories are not supported", source).With(
			"clone it into the context directory and COPY it, or ADD its archive from the server with --checksum")
	case scheme != "http" && scheme != "https":
		return hint.Errorf("ADD %s: only http and https are supported", source).With("download the file into the context directory, and COPY it")
	}
	sum, ok := strings.CutPrefix(c.add.Checksum, "sha256:")
	if c.add.Checksum != "" && !(ok && digest.SHA256.Validate(sum) == nil) {
		return hint.Errorf("ADD --checksum=%s: is not a SHA-256", c.add.Checksum).With(
			"give sha256: and 64 lower-case hexadecimal digits, as sha256sum prints them")
	}
	file := c.file(urlName(source))
	file.Origin = &stage.Origin{URL: source, SHA256: sum}
	if file.Mode == nil {
		mode := uint16(0o600) // as docker has it for downloads
		file.Mode = c.chmod(&mode, 0, false)
	}
	to, unpacks := c.to, c.add.Unpack != nil && *c.add.Unpack
	switch {
	case unpacks && sum == "":
		return hint.With(errors.New("ADD --unpack "+source+": without a checksum is not supported"),
			"give --checksum=sha256:…, or unpack it with RUN, wget and tar")
	case unpacks:
		to = path.Clean(to)
		file.Path, file.Name, file.Mode, file.Origin.Archive, file.Origin.Copied = to, "", nil, true, true
	case strings.HasSuffix(to, "/"):
		to += file.Name
	}
	t.step.Files = append(t.step.Files, file)
	t.copied(c, Copy{Path: to, Source: source, SHA256: sum, Mode: file.Mode, IsArchive: unpacks})
	return nil
}

// urlName returns what a download is called: the last name of the URL's path.
func urlName(source string) string {
	if u, err := url.Parse(source); err == nil && strings.Trim(u.Path, "/.") != "" {
		return path.Base(u.Path)
	}
	return "__unnamed__" // as BuildKit calls it
}

// isTar says whether a file is a tar, plain or compressed, as ADD looks at it.
func isTar(file buildcontext.File) bool {
	content, err := file.Open()
	if err != nil {
		return false
	}
	defer content.Close()
	plain, _, err := decompress.Detect(content)
	if err != nil {
		return false
	}
	defer plain.Close()
	_, err = tar.NewReader(plain).Next()
	return err == nil
}
