package busybox

import (
	"crypto/sha1"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/tree"
)

// The directories and files of Alpine's ca-certificates.
const (
	packagedCertificates = "/usr/share/ca-certificates/"
	localCertificates    = "/usr/local/share/ca-certificates/"
	trustedCertificates  = "/etc/ssl/certs/"
	certificateBundle    = "ca-certificates.crt"
	certificateList      = "/etc/ca-certificates.conf"
	certificateHooks     = "/etc/ca-certificates/update.d/"
)

// trusted are the certificates to trust in the order in which they were found, and
// the links to them that belong into trustedCertificates.
type trusted struct {
	c      *Call
	bundle []byte
	links  map[string]string // name to target
	names  []string          // of links, in order

	replaced [][2]string // targets and names of links for which another file has the same name
}

// updateCACertificates is update-ca-certificates: it writes the bundle, makes the
// links, and runs the hooks, of which the package ships one: c_rehash.
func updateCACertificates(c *Call) (int, error) {
	if n, err := c.Tree.Stat(trustedCertificates); err != nil || n.Type != tree.Directory {
		fmt.Fprintf(&c.Err, "Failed to open temporary file %sbundleXXXXXX for ca bundle\n", trustedCertificates)
		return 1, nil
	}
	t := &trusted{c: c, links: make(map[string]string)}
	packaged, err := c.Tree.ReadFile(certificateList, MaxInput)
	if Fatal(err) {
		return 0, err
	}
	listed, err := c.lines(packaged)
	if err != nil {
		return 0, err
	}
	for _, line := range listed {
		name := string(chomp(line))
		if strings.HasPrefix(name, "#") || strings.HasPrefix(name, "!") {
			continue
		}
		if err := t.add(packagedCertificates + name); err != nil {
			return 0, err
		}
	}
	// The real program takes these in the order of the directory on the disk.
	names, _ := c.Tree.ReadDir(localCertificates)
	for _, name := range names {
		if strings.HasPrefix(name, ".") {
			continue
		}
		if err := t.add(localCertificates + name); err != nil {
			return 0, err
		}
	}
	if err := t.link(); err != nil {
		return 0, err
	}
	n := &tree.Node{Type: tree.Regular, Mode: 0o644, ModTime: c.Now}
	if err := c.Tree.Put(trustedCertificates+certificateBundle, n); err != nil {
		return c.complain("%s", Reason(err)), nil
	}
	if err := c.Tree.WriteFile(trustedCertificates+certificateBundle, t.bundle, 0o644); err != nil {
		return 0, err
	}
	hooks := c.with([]string{"run-parts", certificateHooks})
	return c.adopt(hooks, func() (int, error) { return runParts(hooks) })
}

// add takes one file into the bundle and plans the link to it.
func (t *trusted) add(file string) error {
	name := strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".crt")
	name = "ca-cert-" + strings.NewReplacer(",", "_", " ", "_", "(", "=", ")", "=").Replace(name) + ".pem"
	if before, ok := t.links[name]; ok {
		t.replaced = append(t.replaced, [2]string{before, name})
	} else {
		t.names = append(t.names, name)
	}
	t.links[name] = file
	content, err := t.c.Tree.ReadFile(file, MaxInput)
	switch {
	case Fatal(err):
		return err
	case err != nil:
		fmt.Fprintf(&t.c.Err, "Warning! Cannot copy to bundle: %s\n", file)
	}
	if len(t.bundle)+len(content) > MaxInput {
		return t.c.exceeded("update-ca-certificates: more than %d bytes of certificates", MaxInput)
	}
	t.bundle = append(append(t.bundle, content...), '\n')
	return nil
}

// link brings the links up to date: those into the two directories that nothing asks for
// go, those that lead elsewhere than they should are replaced.
func (t *trusted) link() error {
	names, err := t.c.Tree.ReadDir(trustedCertificates)
	if err != nil {
		return err
	}
	right := make(map[string]bool)
	for _, name := range names {
		n, err := t.c.Tree.Lstat(trustedCertificates + name)
		if err != nil || n.Type != tree.Symlink || strings.HasPrefix(name, ".") {
			continue
		}
		target, wanted := t.links[name]
		if right[name] = wanted && target == n.Target; right[name] {
			continue
		}
		if wanted || strings.HasPrefix(n.Target, packagedCertificates) || strings.HasPrefix(n.Target, localCertificates) {
			if err := t.c.Tree.Remove(trustedCertificates + name); err != nil {
				return err
			}
		}
	}
	for _, name := range t.names {
		if right[name] {
			continue
		}
		if err := t.c.Tree.Symlink(t.links[name], trustedCertificates+name); err != nil {
			t.replaced = append(t.replaced, [2]string{t.links[name], name})
		}
	}
	for _, link := range t.replaced {
		fmt.Fprintf(&t.c.Err, "Warning! Cannot symlink %s -> %s\n", link[0], trustedCertificates+link[1])
	}
	return nil
}

// rehash is c_rehash: links named after the hash of each certificate's subject, by
// which OpenSSL finds it.
func rehash(c *Call) (int, error) {
	_, directories, err := c.getopt("", "")
	if err != nil {
		return 0, err
	}
	if len(directories) == 0 {
		directories = []string{strings.TrimSuffix(trustedCertificates, "/")}
	}
	status := 0
	for _, directory := range directories {
		if n, err := c.look(directory, true); err != nil || n.Type != tree.Directory {
			fmt.Fprintf(&c.Err, "ERROR: Access denied '%s'\n", directory)
			status = 2
			continue
		}
		if err := c.rehashDirectory(directory); err != nil {
			return 0, err
		}
	}
	return status, nil
}

func (c *Call) rehashDirectory(directory string) error {
	names, err := c.Tree.ReadDir(c.Path(directory))
	if err != nil {
		return err
	}
	links := make(map[string][]*hashLink) // by hash
	linkOf := func(hash, file string) *hashLink {
		for _, l := range links[hash] {
			if l.file == file {
				return l
			}
		}
		l := &hashLink{file: file, number: math.MaxInt}
		links[hash] = append(links[hash], l)
		return l
	}
	for _, name := range names {
		if hash, number, ok := hashName(name); ok {
			if n, err := c.look(join(directory, name), false); err == nil && n.Type == tree.Symlink {
				l := linkOf(hash, n.Target)
				l.number = min(l.number, number)
				continue
			}
		}
		ext := strings.ToLower(path.Ext(name))
		if ext != ".pem" && ext != ".crt" && ext != ".cer" && ext != ".crl" {
			continue
		}
		file := join(directory, name)
		if file == trustedCertificates+certificateBundle {
			continue
		}
		if n, err := c.look(file, true); err != nil || n.Type != tree.Regular && n.Type != tree.Directory {
			continue
		}
		content, err := c.Tree.ReadFile(c.Path(file), MaxInput)
		if Fatal(err) {
			return err
		}
		one, isOne, isDamaged := certificateOf(content)
		switch {
		case isDamaged:
		case !isOne:
			fmt.Fprintf(&c.Err, "WARNING: %s does not contain exactly one certificate or CRL: skipping\n", name)
		case slices.ContainsFunc(links[one.hash], func(l *hashLink) bool { return l.isNeeded && l.digest == one.digest }):
			fmt.Fprintf(&c.Err, "WARNING: Skipping duplicate certificate in file %s\n", name)
		default:
			l := linkOf(one.hash, name)
			l.isNeeded, l.digest = true, one.digest
		}
		if err := c.spend(1); err != nil {
			return err
		}
	}
	for hash, list := range links {
		if err := c.relink(join(directory, hash), list); err != nil {
			return err
		}
	}
	return nil
}

// hashLink is a link to a file that is named after a hash.
type hashLink struct {
	file     string
	number   int // of the link that exists; math.MaxInt if it does not
	isNeeded bool
	digest   [sha1.Size]byte
}

// relink brings the links of one hash up to date. Those whose number is less than the number of certificates stay, wherever they lead;
// others are removed, and new ones take the numbers between, in place of any file of that name.
func (c *Call) relink(prefix string, list []*hashLink) error {
	count := 0
	taken := make(map[int]bool)
	for _, l := range list {
		if l.isNeeded {
			count++
		}
	}
	for _, l := range list {
		taken[l.number] = l.number < count
	}
	number := 0
	for _, l := range list {
		if l.number < count {
			continue
		}
		old := l.number
		if l.isNeeded {
			for taken[number] {
				number++
			}
			old = number
			number++
		}
		link := c.Path(prefix + strconv.Itoa(old))
		if n, err := c.Tree.Lstat(link); err == nil && n.Type != tree.Directory {
			if err := c.Tree.Remove(link); err != nil {
				return err
			}
		}
		if !l.isNeeded {
			continue
		}
		if err := c.Tree.Symlink(l.file, link); err != nil && !errors.Is(err, tree.ErrExist) {
			return err
		}
	}
	return nil
}

// hashName takes a name like "0a775a30.0" apart: "0a775a30." and 0.
func hashName(name string) (hash string, number int, ok bool) {
	at := strings.IndexByte(name, '.')
	if at != 8 || strings.Trim(name[:at], "0123456789abcdefABCDEF") != "" || strings.Trim(name[at+1:], "0123456789") != "" {
		return "", 0, false
	}
	number, err := strconv.Atoi(name[at+1:])
	return strings.ToLower(name[:at+1]), number, err == nil
}
