package busybox

import (
	"archive/zip"
	"fmt"
)

// list is "unzip -l". The number of files is that of all in the archive, whatever names are asked for.
func (u *unzipCall) list(archive *zip.Reader) (int, error) {
	var total uint64
	for _, f := range archive.File {
		if err := u.spend(pathCost + len(f.Name)); err != nil {
			return 0, err
		}
		name := u.safe(f.Name, &u.warned)
		if !u.isWanted(name) {
			continue
		}
		total += f.UncompressedSize64
		fmt.Fprintf(&u.Out, "%9d  %s   %s\n", f.UncompressedSize64, dateInZip(f), name)
	}
	if !u.isPlain() {
		fmt.Fprintf(&u.Out, " --------%21s-------\n%9d%21s%d files\n", "", total, "", len(archive.File))
	}
	return 0, u.Bounded()
}

// listHeader is printed before the archive is read.
func (u *unzipCall) listHeader() {
	if !u.isPlain() {
		u.Out.WriteString("  Length      Date    Time    Name\n---------  ---------- -----   ----\n")
	}
}

func (u *unzipCall) isPlain() bool { return len(u.opts.all('q')) > 1 }

// dateInZip writes the time that a zip has for a file in MS-DOS' format, which has no time zone.
func dateInZip(f *zip.File) string {
	date, time := f.ModifiedDate, f.ModifiedTime // not Modified, which another field may hold
	return fmt.Sprintf("%02d-%02d-%04d %02d:%02d", date>>5&15, date&31, date>>9+1980, time>>11, time>>5&63)
}
