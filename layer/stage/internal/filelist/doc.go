// Package filelist holds the files that a package has in one directory, encoded, since a database may list a hundred thousand.
package filelist
