package script

import "testing"

// TestLongListings lists directories, with sizes as on a disk with blocks of 4 KiB.
func TestLongListings(t *testing.T) {
	compareWithBusybox(t, eachLine(`
ls -R dir
ls -R
ls -R one dir void
ls -lR dir | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -l dir | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -la dir | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -ld dir void | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -l void
ls -lA dir one | sed 's/ [A-Z][a-z][a-z] .* / - /'
head -c 5000 /bin/busybox > big; head -c 100000 /bin/busybox > bigger; ls -l | sed 's/ [A-Z][a-z][a-z] .* / - /'
head -c 1023 /bin/busybox > a; head -c 1024 /bin/busybox > b; head -c 1500 /bin/busybox > c; head -c 102399 /bin/busybox > d; ls -lh a b c d | sed 's/ [A-Z][a-z][a-z] .* / - /'
head -c 400000 /bin/busybox > e; cat e e e > f; ls -lh e f dir | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -lh void; mkdir many; head -c 400000 /bin/busybox > many/e; ls -lh many | head -1; for n in 1 2 3 4; do cp many/e many/$n; ls -lh many | head -1; ls -sh many | head -1; done
ls -sh dir one
ls -laR dir/sub | sed 's/ [A-Z][a-z][a-z] .* / - /'
ls -Rd dir
ls -lR nosuch dir/sub | sed 's/ [A-Z][a-z][a-z] .* / - /'
`))
}
