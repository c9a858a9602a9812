package lock

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
)

// Platform is the result of the request on one platform.
type Platform struct {
	Platform string        `json:"platform"` // such as linux/amd64
	Arch     string        `json:"arch"`     // Alpine's name of the architecture
	Base     digest.Digest `json:"base"`     // of the base's manifest; empty for scratch
	Indexes  []Index       `json:"indexes"`  // that the packages were chosen from
	World    []string      `json:"world"`    // etc/apk/world afterwards

	// Changes are in apk's order, with the packages of the base that stay: their
	// place decides in which order triggers run.
	Changes []Change `json:"changes"`

	// Images are those that files of the request come from.
	Images []Image `json:"images,omitempty"`

	// Stages are those that files of the request come from, in the order in which they were built.
	Stages []Stage `json:"stages,omitempty"`

	// Downloads are what commands of the request read from the network, in the order in which they first did.
	Downloads []Download `json:"downloads,omitempty"`

	// Transactions are those that commands of the request make after that, in their order.
	Transactions []Transaction `json:"transactions,omitempty"`
}

// Image is an image that files come from.
type Image struct {
	Reference string        `json:"reference"` // as in the spec
	Digest    digest.Digest `json:"digest"`    // of the platform's manifest
}

// Stage is what a stage of a Dockerfile is made of. It has no stages of its own: all are those of the image.
type Stage struct {
	Name string `json:"name"` // the number in the Dockerfile
	Platform
}

// Download is what a URL led to.
type Download struct {
	URL    string `json:"url"`              // without credentials and query
	Query  string `json:"query,omitempty"`  // SHA-256 of the parameters, in which a token may be: the query, or from ; in the path on; hexadecimal
	Accept string `json:"accept,omitempty"` // header of the request

	SHA256 string `json:"sha256,omitempty"` // of the content, hexadecimal; none if there was none
	Size   int64  `json:"size,omitempty"`   // of the content in bytes
	Status int    `json:"status,omitempty"` // of HTTP, where the server answered without content
}

func (d *Download) check() error {
	if d.Status == 0 && len(d.SHA256) != 64 {
		return fmt.Errorf("download %s: sha256 %q is not 64 hexadecimal digits", d.URL, d.SHA256)
	}
	return nil
}

// Transaction is what one more run of apk does, or what it answers from the indexes.
type Transaction struct {
	Command string   `json:"command"`           // such as "apk add curl"
	Root    string   `json:"root,omitempty"`    // the directory of the image that is its root (apk --root); "" for the image's own
	Failure string   `json:"failure,omitempty"` // why it was not done: the packages cannot be had together
	Indexes []Index  `json:"indexes"`
	World   []string `json:"world"`
	Changes []Change `json:"changes"`
	Answer  *Answer  `json:"answer,omitempty"` // of "apk info", "list" or "query", which change nothing, and of a failure; nil for others
}

// Answer is what apk printed: on standard output, or on standard error if it failed to find packages.
type Answer struct {
	Status int    `json:"status,omitempty"` // apk's exit status
	Output string `json:"output"`
}

// Index is a repository in the state that packages were chosen from.
type Index struct {
	Repository string        `json:"repository"` // URL without credentials, or a directory
	Tag        string        `json:"tag,omitempty"`
	Digest     digest.Digest `json:"digest"` // of the APKINDEX.tar.gz
}

func (l *Platform) check() error {
	if err := checkChanges(l.Changes, len(l.Indexes)); err != nil {
		return err
	}
	for i := range l.Downloads {
		if err := l.Downloads[i].check(); err != nil {
			return err
		}
	}
	for _, t := range l.Transactions {
		if err := checkChanges(t.Changes, len(t.Indexes)); err != nil {
			return fmt.Errorf("%s: %w", t.Command, err)
		}
	}
	return nil
}

// Digest identifies what a platform is locked to, independent of its sources:
// repositories, URLs, indexes and signatures are left out.
func (l *Platform) Digest() digest.Digest {
	what := l.withoutSources()
	for i, s := range what.Stages {
		what.Stages[i].Platform = s.withoutSources()
	}
	text, err := json.Marshal(what)
	if err != nil {
		return "" // it has nothing that cannot be encoded
	}
	return digest.FromBytes(text)
}

// withoutSources returns the entry without what says where its parts are; its stages are as they are.
func (l *Platform) withoutSources() Platform {
	what := *l
	what.Indexes, what.Changes, what.Transactions, what.Stages = nil, withoutPlaces(l.Changes), nil, slices.Clone(l.Stages)
	for _, t := range l.Transactions {
		t.Indexes, t.Changes = nil, withoutPlaces(t.Changes)
		if t.Answer != nil {
			t.Failure = "" // which names the repositories
		}
		what.Transactions = append(what.Transactions, t)
	}
	return what
}

// Stage returns the entry of a stage, or nil.
func (l *Platform) Stage(name string) *Platform {
	for i := range l.Stages {
		if l.Stages[i].Name == name {
			return &l.Stages[i].Platform
		}
	}
	return nil
}

func withoutPlaces(changes []Change) []Change {
	var out []Change
	for _, c := range changes {
		if c.Package != nil {
			pkg := *c.Package
			pkg.Repository, pkg.URL, pkg.SHA256 = 0, "", ""
			c.Package = &pkg
			c.Size = 0 // with the signature
		}
		out = append(out, c)
	}
	return out
}
