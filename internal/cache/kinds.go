package cache

import "slices"

// Kind is what an entry is: the name of the directory that it is in.
type Kind string

const (
	Segments Kind = "segments"
	Tars     Kind = "tars"
	Chains   Kind = "chains"
	Layers   Kind = "layers"
	Blobs    Kind = "blobs"
	Listings Kind = "listings"
	Trees    Kind = "trees"

	// Pulled are blobs of registries, and References what tags stood for when they were pulled.
	Pulled     Kind = "pulled"
	References Kind = "references"

	// Answers are what servers said of the URLs that commands read.
	Answers Kind = "answers"
)

// Kinds that only [Directory.Usage] and [Directory.Prune] know.
const (
	// Packages, Indexes and Files are what apk/repository keeps.
	Packages Kind = "packages"
	Indexes  Kind = "indexes"
	Files    Kind = "files"

	// Unfinished is what is being written, or was when a process was killed.
	Unfinished Kind = "unfinished"
)

// KindInfo describes a kind.
type KindInfo struct {
	Kind        Kind
	Description string // a phrase for users

	isEntry  bool // a Directory opens and creates entries of the kind
	isShared bool // a file may be a hard link of an output's, and its name is its digest
}

// Kinds returns all kinds, in the order in which they are shown.
func Kinds() []KindInfo { return slices.Clone(kinds[:]) }

var kinds = [...]KindInfo{
	{Kind: Packages, Description: "package files as they were downloaded"},
	{Kind: Indexes, Description: "indexes of repositories"},
	{Kind: Files, Description: "files that specs name or commands read by their URLs"},
	{Segments, "compressed parts of layers, one for each package", true, false},
	{Tars, "the same parts before compression", true, false},
	{Chains, "hash states: a changed layer is not hashed from its start, and a known one by all processors", true, false},
	{Layers, "digests and sizes of whole layers", true, false},
	{Blobs, "the last few whole layers, as hard links", true, true},
	{Listings, "file lists of packages", true, false},
	{Trees, "file trees of base layers", true, false},
	{Pulled, "blobs and manifests from registries", true, true},
	{References, "digests of tags in registries", true, false},
	{Answers, "what URLs that commands read led to", true, false},
	{Kind: Unfinished, Description: "files being written, or left by a killed process"},
}

func isEntryKind(kind Kind) bool {
	return slices.ContainsFunc(kinds[:], func(k KindInfo) bool { return k.Kind == kind && k.isEntry })
}

// isSealed says whether entries of the kind can only be believed by their seal: all that have no digest that somebody
// else vouches for.
func (k Kind) isSealed() bool { return isEntryKind(k) && !k.isShared() }

// isDerived says whether entries of the kind are made of others, so that they are as good as the shared cache that some of these may be from.
func (k Kind) isDerived() bool { return k == Chains || k == Layers }

func (k Kind) isShared() bool {
	return slices.ContainsFunc(kinds[:], func(info KindInfo) bool { return info.Kind == k && info.isShared })
}
