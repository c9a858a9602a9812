// Package atomicfile replaces files in one step: the content is written under a temporary name in the same
// directory and renamed when it is complete.
//
// # Promises
//
// No reader sees a part of a file. After an error the file is what it was before, and the temporary file is
// gone; only a killed process leaves one behind: of [Write], until the next one in the same directory (see package tempdir), of
// [Create], under the prefix that its caller gave. With [Write], the content is on the disk before the name refers to it. A new
// file has mode 0644, whatever the umask.
//
// Devices and pipes are never replaced; [WriteOutput] writes to them.
package atomicfile
