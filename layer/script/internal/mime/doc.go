// Package mime makes the files that two programs of freedesktop.org write after packages were installed, without
// running them:
//
//   - [Database] is update-mime-database of shared-mime-info: the database of MIME types that is read from
//     packages/*.xml. The forms of its files are in the Shared MIME-info Database specification
//     (https://specifications.freedesktop.org/shared-mime-info-spec/).
//   - [DesktopCache] is update-desktop-database of desktop-file-utils: the file mimeinfo.cache, of which the
//     Desktop Entry and MIME Application Associations specifications tell.
//
// The result is equal, byte for byte, to what shared-mime-info 2.2 and desktop-file-utils 0.26 write. Details that the
// specifications leave open, such as the order of entries, were found by comparing with these programs; some files are
// in the order of a GLib hash table, which this package computes (package ghash).
//
// Warnings of the programs are not told. An input that they would refuse with a warning has here the same effect on
// the files; an input for which the effect is not known is an error.
package mime

// Limits of what is read: more is refused with an error.
const (
	maxFile     = 16 << 20 // bytes of one file
	maxTotal    = 64 << 20 // bytes of all files together
	maxEntries  = 1 << 16  // entries of any kind: files, types, elements of a list
	maxNodes    = 1 << 20  // nodes of all XML files together: one type has a hundred comments
	maxChildren = 1 << 12  // elements of one type
	maxPattern  = 1 << 10  // bytes of a glob pattern
	maxDepth    = 100      // nesting of directories
)
