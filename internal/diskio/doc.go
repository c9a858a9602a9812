// Package diskio has what the standard library lacks of files: opening only those that have an end, sharing their bytes,
// starting to write them to the disk, and telling whether one can stand for another. Where a system cannot do it, the functions say so or do nothing.
package diskio
