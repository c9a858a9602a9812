package record

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/version"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/oci"
	"github.com/lamina-oci/lamina/oci/lock"
)

// ProvenanceType is the artifact type of the record that is stored with an image.
const ProvenanceType = "application/vnd.in-toto+json"

const (
	statementType = "https://in-toto.io/Statement/v1"
	predicateType = "https://slsa.dev/provenance/v1"
	buildType     = "https://github.com/lamina-oci/lamina/build/v1"
	builderID     = "https://github.com/lamina-oci/lamina"
)

// Statement is an in-toto statement v1 whose predicate is an SLSA provenance v1: what
// the image was made of and how. It contains neither time nor place, so equal builds
// have equal records; of directories, it records only the content.
type Statement struct {
	Type          string               `json:"_type"`
	Subject       []ResourceDescriptor `json:"subject"`
	PredicateType string               `json:"predicateType"`
	Predicate     struct {             // the part of an SLSA provenance that is used here
		BuildDefinition struct {
			BuildType            string               `json:"buildType"`
			ExternalParameters   Request              `json:"externalParameters"`
			InternalParameters   Plan                 `json:"internalParameters"`
			ResolvedDependencies []ResourceDescriptor `json:"resolvedDependencies"`
		} `json:"buildDefinition"`
		RunDetails struct {
			Builder struct {
				ID      string            `json:"id"`
				Version map[string]string `json:"version,omitempty"` // of lamina
			} `json:"builder"`
		} `json:"runDetails"`
	} `json:"predicate"`
}

// ResourceDescriptor is in-toto's description of something by its digest.
type ResourceDescriptor struct {
	Name        string            `json:"name,omitempty"`
	URI         string            `json:"uri,omitempty"`
	Digest      map[string]string `json:"digest,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// NewStatement returns the statement about an image: its request, the resolved plan, and all inputs by their digests.
func NewStatement(image digest.Digest, request Request, plan Plan, inputs []ResourceDescriptor) *Statement {
	s := &Statement{Type: statementType, PredicateType: predicateType, Subject: []ResourceDescriptor{{Digest: DigestSet(image)}}}
	s.Predicate.RunDetails.Builder.ID = builderID
	s.Predicate.RunDetails.Builder.Version = map[string]string{toolName: version.Read().Version}
	definition := &s.Predicate.BuildDefinition
	definition.BuildType = buildType
	definition.ExternalParameters = request
	definition.InternalParameters = plan
	definition.ResolvedDependencies = inputs
	return s
}

// Referrer returns the referrer that puts the statement, in JSON, beside its image.
func (s *Statement) Referrer(image v1.Descriptor) (oci.Referrer, error) {
	text, err := json.Marshal(s)
	return oci.Referrer{
		Subject: image, ArtifactType: ProvenanceType, Data: text,
		Annotations: map[string]string{"in-toto.io/predicate-type": predicateType, "io.github.lamina-oci.record": "1"},
	}, err
}

// Request is the request that an image was built for.
type Request struct {
	Base            string            `json:"base,omitempty"` // unless it was a file or directory
	Platform        string            `json:"platform"`
	Packages        []string          `json:"packages"`
	Upgrade         lock.Upgrade      `json:"upgrade,omitempty"`     // what else was upgraded
	Before          []File            `json:"filesBefore,omitempty"` // that were there before the packages
	OSRelease       map[string]string `json:"osRelease,omitempty"`   // variables that are set after them
	Groups          []stage.Group     `json:"groups,omitempty"`
	Users           []stage.User      `json:"users,omitempty"`
	Files           []File            `json:"files"`
	Run             []string          `json:"run,omitempty"`
	Remove          []string          `json:"remove,omitempty"`
	Steps           []Step            `json:"steps,omitempty"`
	StepsOnly       bool              `json:"stepsOnly,omitempty"` // apk had nothing to do before them
	Config          oci.ConfigChanges `json:"config"`
	Annotations     map[string]string `json:"annotations"`
	SkipScripts     []string          `json:"skipScripts"`
	LeaveOut        []string          `json:"leaveOut,omitempty"`        // programs that do nothing
	Keys            []Key             `json:"keys,omitempty"`            // trusted in addition to the base's own, by name
	SourceDateEpoch *int64            `json:"sourceDateEpoch,omitempty"` // if it was given
}

// Step is a step of the request.
type Step struct {
	Packages []string      `json:"packages,omitempty"`
	Upgrade  lock.Upgrade  `json:"upgrade,omitempty"`
	Groups   []stage.Group `json:"groups,omitempty"`
	Users    []stage.User  `json:"users,omitempty"`
	Files    []File        `json:"files,omitempty"`
	Run      []string      `json:"run,omitempty"`
	Remove   []string      `json:"remove,omitempty"`
	Env      []string      `json:"env,omitempty"`    // of run; none for the image's
	User     string        `json:"user,omitempty"`   // of run; none for root
	Bash     []string      `json:"bash,omitempty"`   // the shell for run with its options, up to the text, if that is Bash; none for sh
	Dir      string        `json:"dir,omitempty"`    // where run begins; none for the root
	Mounts   []string      `json:"mounts,omitempty"` // paths that only run sees

	IsContainer bool `json:"container,omitempty"` // run sees a container's own /etc/hosts, /etc/resolv.conf, /dev, /proc and /sys
}

// Key is a public key.
type Key struct {
	Name string `json:"name"` // file name that signatures name it by
	PEM  string `json:"pem"`
}

// File is a file of the request, with its content's hash.
type File struct {
	Path      string  `json:"path"`
	Name      string  `json:"name,omitempty"` // below the path, if that is a directory
	Type      string  `json:"type"`           // file, directory, symlink, hardlink, append, permissions or absent
	Target    string  `json:"target,omitempty"`
	Mode      *uint16 `json:"mode,omitempty"`
	ModeText  string  `json:"modeText,omitempty"` // of permissions, as chmod takes it
	Recursive bool    `json:"recursive,omitempty"`
	Owner     string  `json:"owner,omitempty"`
	IfMissing bool    `json:"ifMissing,omitempty"`
	Size      int64   `json:"size,omitempty"`
	SHA256    string  `json:"sha256,omitempty"`  // of the content, hexadecimal
	Content   []byte  `json:"content,omitempty"` // of files that may not be in the image as they are, up to 64 KiB
}

// Plan is the resolved request.
type Plan struct {
	Recipe string        `json:"recipe"`
	Lock   lock.Platform `json:"lock"`

	// BaseManifest and BaseConfig are the base's documents: its layers are in the
	// image, these are not.
	BaseManifest []byte `json:"baseManifest,omitempty"`
	BaseConfig   []byte `json:"baseConfig"`
}

// Annotate adds the annotations of a manifest that say what the image was made of: the text of a layer.Recipe and the digest of the
// lock's entry. Neither changes with the places that the inputs came from.
func Annotate(annotations map[string]string, recipe string, locked *lock.Platform) {
	annotations["io.github.lamina-oci.recipe"] = recipe
	annotations["io.github.lamina-oci.lock.digest"] = locked.Digest().String()
}

// DigestSet returns a digest as in-toto writes it.
func DigestSet(d digest.Digest) map[string]string {
	return map[string]string{d.Algorithm().String(): d.Encoded()}
}

// Epoch returns the time given for files without a time of their own.
func (r *Request) Epoch() time.Time {
	if r.SourceDateEpoch == nil {
		return time.Time{}
	}
	return time.Unix(*r.SourceDateEpoch, 0).UTC()
}

// AllFiles returns the files of the request in the order in which they are added.
func (r *Request) AllFiles() []File {
	all := slices.Concat(r.Before, r.Files)
	for _, s := range r.Steps {
		all = append(all, s.Files...)
	}
	return all
}

// ReadStatement reads Lamina's record of an image from its referrers (see [oci.ListReferrers]). The record is not
// verified. Of several, it is the last. The result is nil if the image has no record.
func ReadStatement(ctx context.Context, store oci.Store, referrers []oci.ListedReferrer) (*Statement, error) {
	for _, r := range slices.Backward(referrers) {
		if r.ArtifactType != ProvenanceType {
			continue
		}
		data, err := oci.ReadBlob(ctx, store, r.Document)
		s := new(Statement)
		if err == nil {
			err = jsontext.Unmarshal(data, s)
		}
		if err != nil {
			return nil, fmt.Errorf("read provenance: %w", err)
		}
		if s.PredicateType == predicateType && s.Predicate.BuildDefinition.BuildType == buildType {
			return s, nil
		}
	}
	return nil, nil
}
