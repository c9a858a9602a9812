package script

import (
	"fmt"
	"testing"
)

// TestBytesBehindCompressedFiles: what follows a file in gzip and is not another is left out, as is what does not begin as xz.
func TestBytesBehindCompressedFiles(t *testing.T) {
	var scripts []string
	for _, trash := range []string{"", "j", "junk", `\37`, `\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0`} {
		for _, unpack := range []string{"gunzip f.gz && cat f", "gunzip -c f.gz", "zcat f.gz", "zcat <f.gz", "gunzip -t f.gz", "gzip -d f.gz && cat f", "gzip -dc f.gz"} {
			scripts = append(scripts, fmt.Sprintf("gzip -c one >f.gz; printf '%s' >>f.gz; %s; echo $?; ls f*; rm -f f f.gz", trash, unpack))
		}
		scripts = append(scripts, fmt.Sprintf("tar czf f.tgz one dir; printf '%s' >>f.tgz; tar tzf f.tgz; echo $?; tar tf f.tgz; echo $?; rm f.tgz", trash))
	}
	for _, content := range []string{"", "abc", "garbage of some length", `\37\213`, `BZh9`, `\3757zXX\0abcdefghijklmno`, `\375aa`} {
		for _, unpack := range []string{"unxz -c f.xz", "xzcat f.xz", "unxz f.xz", "xz -d f.xz", "xzcat <f.xz", "xz -dc <f.xz | wc -c"} {
			scripts = append(scripts, fmt.Sprintf("printf '%s' >f.xz; %s; echo $?; ls f*; rm -f f f.xz", content, unpack))
		}
	}
	compareWithBusybox(t, batched(scripts))
}

// TestDamagedGzip: what is said of a file that ends early, or is not what its checksum says. Zcat's status is 0 once the file has begun.
func TestDamagedGzip(t *testing.T) {
	var scripts []string
	for _, damage := range []string{
		"head -c 3 z", "head -c 9 z", "head -c 12 z", "head -c 20 z", "head -c -8 z", "head -c -1 z", "{ head -c -8 z; printf 12345678; }",
		"{ cat z; head -c 20 z; }", "{ cat z; head -c -8 z; printf 12345678; }",
	} {
		for _, unpack := range []string{"zcat f.gz", "zcat f.gz one", "gunzip -c f.gz", "gunzip -t f.gz", "gunzip f.gz", "gzip -d f.gz", "zcat <f.gz", "gzip -dc <f.gz", "gunzip -t <f.gz"} {
			scripts = append(scripts, fmt.Sprintf("{ gzip -c one >z; %s >f.gz; %s >/dev/null; echo $?; ls f*; rm -f z f f.gz; } 2>&1", damage, unpack))
		}
	}
	compareEach(t, "cd /w; exec </dev/null; ", scripts)
}

func TestListsOfWhatIsNoZip(t *testing.T) {
	compareWithBusybox(t, batches(`
unzip -l one
unzip -lq one
unzip -lqq one
unzip -l empty
unzip -l nothing
unzip -l dir
unzip one
unzip -q one
unzip -p one
`))
}
