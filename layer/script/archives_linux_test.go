package script

import (
	"strings"
	"testing"
)

// Archives to unpack, in base64.

// sampleTar is a tar.gz with entries of every kind, all of the time 1234567890: the directory top (2750, 33:34), top/file (644, 1000:1000), top/named
// (600, 7:7, called daemon:bin), top/unknown (666, 8:9, called nosuchuser:nosuchgroup), top/bin/program (4755, without an entry for top/bin), the
// symbolic links top/bin/link and top/absolute (to /w/one), top/hard (a hard link of top/file), top/empty (400), the FIFO top/pipe, and other.
const sampleTar = `
H4sIAAAAAAAA/+yZ366jIBDGud6ncLMP4MyI8Dy2datpBeOfdPftN2ht92g1OacHjJHfzVxgHMrHV4ax0WXILAMAJGMwEYDjPVIfexgi8pgDRkQMEIBLFsS2
J2Zo6yapGMC77xl+yBA3gtH/d35NbeYw6yE4NxHv+wAf+8GAE/0lEQucLOLO9T9q1aSq+bH2PDzrYPyvkiI9WczR+f9hDTmK3ejI/yQpduz/U5IWWs0/d8gX
Brfr/0577/7dYvzfqovSt+Xt/Q6dw4Vgw1nfR/zP/zjyvwAZOfa/0nV7zNo6rV4/14+fK92WL8c36v8/a0/AsyrG/4dchWWlz1VSWMlhbnsyjicWedqfxuc/
Afr63wW/fnby15mvAXbJ4P9rri62cnTVvpTz/p/0fyKIBQvI5p/SwM79b/RPDrW+to21HtBH/YdzQCzoT4IjCyi8hVpZbU15/XUZZkll8/r/Bf9TxIEF6KI5
6fUP06Js/lrMYdaDT3Vf0B9Bcl//ucDoX+alg/7/Z/QHCZIFwuakBnauv26yuY7HtwHP7z8z+o/7v0DSdf/33fdsWX9/9/N4PJ7d8S8AAP//AtfIJQAkAAA=
`

// unsafeTar is a tar.gz with the entries ./, ./here, /abs/file, a/../b, ../../up and x/../../y.
const unsafeTar = `
H4sIAAAAAAAA/+yUQQ7CIBBF5yg9wcwfoHIemtRo4sK0NtHbG3GnKzFDYpy3GVZ84P3AQuYAQAbqxPusa1VNY4LGEAjIcQcaRvujEW3rpSwEfLvP6+V+BJbD
vMy2GR/7VwTNNHR5xD/3L2VaZX88WVagwX9GcP89KMIsk21Gg39odP89YH4UYDtbZjT9/+r+e3CVZwNuhhkN/iOS+3ccx7HkHgAA//+4k6I8ABAAAA==
`

// sampleZip has dir/ (750), dir/file (640), program (755), plain (of no mode) and deep/er/file (600).
const sampleZip = `
UEsDBBQAAAAAAIMYIlAAAAAAAAAAAAAAAAAEAAkAZGlyL1VUBQABpl0NXlBLAwQUAAgACACDGCJQAAAAAAAAAAAAAAAACAAJAGRpci9maWxlVVQFAAGmXQ1e
Ss7PK0nNK+ECBAAA//9QSwcI79gjnQ4AAAAIAAAAUEsDBBQACAAIAIMYIlAAAAAAAAAAAAAAAAAHAAkAcHJvZ3JhbVVUBQABpl0NXiooyk8vSszlGqUHBw0I
AAD//1BLBwhsZKc1EgAAAJABAABQSwMEFAAIAAgAgxgiUAAAAAAAAAAAAAAAAAUACQBwbGFpblVUBQABpl0NXirISczM4wIEAAD//1BLBwjQ+RU5DAAAAAYA
AABQSwMEFAAIAAgAgxgiUAAAAAAAAAAAAAAAAAwACQBkZWVwL2VyL2ZpbGVVVAUAAaZdDV5KSU0t4AIEAAD//1BLBwiCuJ4nCwAAAAUAAABQSwECFAMUAAAA
AACDGCJQAAAAAAAAAAAAAAAABAAJAAAAAAAAABAA6EEAAAAAZGlyL1VUBQABpl0NXlBLAQIUAxQACAAIAIMYIlDv2COdDgAAAAgAAAAIAAkAAAAAAAAAAACg
gSsAAABkaXIvZmlsZVVUBQABpl0NXlBLAQIUAxQACAAIAIMYIlBsZKc1EgAAAJABAAAHAAkAAAAAAAAAAADtgXgAAABwcm9ncmFtVVQFAAGmXQ1eUEsBAhQA
FAAIAAgAgxgiUND5FTkMAAAABgAAAAUACQAAAAAAAAAAAAAAyAAAAHBsYWluVVQFAAGmXQ1eUEsBAhQDFAAIAAgAgxgiUIK4nicLAAAABQAAAAwACQAAAAAA
AAAAAICBEAEAAGRlZXAvZXIvZmlsZVVUBQABpl0NXlBLBQYAAAAABQAFADcBAABeAQAAAAA=
`

// "hello\n" by three programs.
const (
	helloGzip  = "H4sIAAAAAAAA/8pIzcnJ5wIEAAD//yAwOjYGAAAA"
	helloBzip2 = "QlpoOTFBWSZTWcHAgOIAAAFBAAAQAkSgADDNAMNGKZcXckU4UJDBwIDi"
	helloXz    = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAFaGVsbG8KAAAApWCX8ZT2/eAAAR4GwS+kHR+2830BAAAAAARZWg=="
)

// archiveCases makes a case of each line, with an archive in the file of that name. A tar is unpacked before.
func archiveCases(name, archive, lines string) []scriptCase {
	unpack := ""
	if strings.HasSuffix(name, ".tar") {
		unpack = " | gunzip"
	}
	var cases []scriptCase
	for line := range strings.SplitSeq(strings.TrimSpace(lines), "\n") {
		unpacked := "cd /w && base64 -d <<E" + unpack + " > " + name + "\n" + strings.TrimSpace(archive) + "\nE\n"
		cases = append(cases, scriptCase{name: name + ": " + line, script: unpacked + line})
	}
	return cases
}

func TestTar(t *testing.T) {
	compareWithBusybox(t, archiveCases("a.tar", sampleTar, `
tar xf a.tar
tar -xf a.tar
tar -x -f a.tar -C void
tar xf a.tar -C /w/void top/file
tar xf a.tar -C nosuch
tar xf a.tar -C one
tar xf a.tar top/bin
tar xf a.tar top
tar xf a.tar top/
tar xf a.tar top/bin/
head -c 512 a.tar > b.tar; tar xf b.tar
head -c 1500 a.tar > b.tar; tar xf b.tar
tar xf a.tar 'top/f*'
tar xf a.tar nosuch other
tar xvf a.tar
tar xf a.tar --strip-components=1
tar xf a.tar --strip-components 1 -C void
tar xf a.tar --strip=1 -C void
tar xf a.tar --strip 1
tar xfv a.tar -C void
tar -xfv a.tar
tar fx a.tar
tar cfv new.tar void && tar tf new.tar
tar fxf a.tar
tar xf a.tar --strip-components=2
tar xf a.tar --strip-components=1 top/bin
tar xof a.tar
tar xpf a.tar
tar xmf a.tar; stat -c %Y top/file | grep -c 1234567890
tar xf a.tar --exclude top/bin
tar xf a.tar --exclude=bin
tar xf a.tar -O top/file top/named
tar xOf a.tar other
tar tf a.tar
tar tf a.tar top/bin
tar xf - < a.tar
tar x < a.tar
cat a.tar | tar xf - -C void
cat a.tar | tar x -C void
umask 077; tar xf a.tar
umask 077; tar xf a.tar top/bin/program
mkdir -m 700 top; echo old > top/file; tar xf a.tar
mkdir -p top/file; tar xf a.tar
ln -s void top; tar xf a.tar
ln -s /w/one other; tar xf a.tar
echo x > other; tar xkf a.tar other; cat other
tar xf nosuch.tar
tar xf one
tar xf empty
head -c 700 a.tar > b.tar; tar xf b.tar
tar
tar f a.tar
tar xtf a.tar
tar -C void -xf a.tar
tar xf a.tar --no-same-permissions
tar xf a.tar --overwrite
tar xzf a.tar
tar xf a.tar && rm a.tar && cat top/file top/hard && echo more >> top/file && cat top/hard
`))
	compareWithBusybox(t, archiveCases("a.tgz", sampleTar, `
tar xzf a.tgz
tar xf a.tgz
tar -zxvf a.tgz -C void --strip-components 1
tar xvfz a.tgz -C void --strip 1
tar tfz a.tgz
tar xaf a.tgz
cat a.tgz | tar xz
cat a.tgz | tar -xzf - -C void
gunzip a.tgz; ls
gunzip -c a.tgz | tar x
zcat a.tgz | tar x
gzip -dc a.tgz | tar x
`))
}

// TestTarCreate compares archives byte for byte, where a directory has no more than one file and so one order; others by what comes out of them.
func TestTarCreate(t *testing.T) {
	compareWithBusybox(t, archiveCases("a.tar", sampleTar, `
tar xf a.tar; cd top; touch -h -d @9 bin/link; tar cf ../b.tar file named unknown bin/link empty pipe
tar xf a.tar; touch -h -d @9 top/absolute; rm top/bin/link; touch -d @3 top/bin; tar cf b.tar top/hard top/file top/bin top/absolute
tar xf a.tar; tar cvf b.tar -C top file ./named ../other; tar tf b.tar
tar xf a.tar; tar cvf - -C top/bin . > b.tar 2>said; tar tf b.tar | sort > list; rm b.tar said
tar xf a.tar; tar c top/file | tar x -C void; cd void; tar -cf - top | tar t
tar xf a.tar; tar czf b.tgz top/file other; tar xzf b.tgz -C void; tar tzf b.tgz; gunzip -c b.tgz > b.tar; rm b.tgz
tar xf a.tar; tar cf b.tar top; mkdir out; tar xf b.tar -C out; tar tf b.tar | sort > list; rm b.tar
tar xf a.tar; tar cf b.tar --exclude 'f*' top/file top/named --exclude=bin top/bin /w/other; tar tf b.tar
tar cf b.tar nosuch one; echo $?; tar tf b.tar
tar cf b.tar; echo $?
tar cf b.tar -C nosuch one; echo $?
tar cf b.tar one b.tar; echo $?
tar cf nosuch/b.tar one; echo $?
tar cxf b.tar one; echo $?
touch -d @8 a.tar; tar cf b.tar a.tar; head -c 512 b.tar
mkdir -p d/e; touch -d @8 d/e; cd d; tar cf ../b.tar e/; cd ..; tar cf c.tar d/e/../e ./d//e
L=0123456789012345678901234567890123456789; L=$L$L$L; echo x > $L; touch -d @4 $L; tar cf b.tar $L; mkdir $L.d; touch -d @5 $L.d; tar cf c.tar $L.d; `+
		`ln -s $L s; touch -h -d @7 s; tar cf d.tar s
L=0123456789; L=$L$L$L$L$L$L$L$L$L$L; touch -d @1 $L; tar cf b.tar $L; touch -d @1 ${L#0}; tar cf c.tar ${L#0}; chown 12345:54321 one; `+
		`chmod 7777 one; tar cf d.tar one
tar cf b.tar /w/one /w/../w/one; tar tf b.tar
`))
}

// TestGzip compares what comes out: the compressed bytes are another library's.
func TestGzip(t *testing.T) {
	compareWithBusybox(t, archiveCases("f", "aGVsbG8K", `
base64 -d f > g; gzip g; ls; gunzip g.gz
gzip f; zcat f.gz; ls; rm f.gz
gzip -k f; zcat f.gz; rm f.gz
chmod 4640 f; chown 5:6 f; gzip f; stat -c '%a %u %g %Y' f.gz | cut -d' ' -f1-3; rm f.gz
cat f f | gzip | gunzip
gzip -c f | zcat; gzip -9 < f | zcat; gzip -1c - < f | zcat
gzip -c f one | zcat
touch f.gz; gzip f; echo $?; gzip -f f; echo $?; zcat f.gz; rm f.gz
gzip nosuch; echo $?; gzip nosuch f; echo $?; ls; rm f.gz
cp f x.gz; gzip x.gz; ls; zcat x.gz.gz; rm x.gz.gz
gzip -d f; echo $?
gzip -n f; zcat f.gz; rm f.gz
gzip -c f | head -c 10 | base64
`))
}

func TestUnsafeTar(t *testing.T) {
	compareWithBusybox(t, archiveCases("u.tar", unsafeTar, `
tar xf u.tar -C void
tar tf u.tar
tar xvf u.tar -C void 2>/dev/null
tar xf u.tar -C void --strip-components=1
`))
}

func TestGunzip(t *testing.T) {
	compareWithBusybox(t, archiveCases("f.gz", helloGzip, `
gunzip f.gz
gunzip -k f.gz
gunzip -c f.gz
gunzip -f f.gz
echo old > f; gunzip f.gz
echo old > f; gunzip -f f.gz
gzip -d f.gz
gzip -dc f.gz
gzip -dk f.gz
zcat f.gz
zcat < f.gz
gunzip < f.gz
cat f.gz | gunzip
cat f.gz | gunzip -c > out
mv f.gz f.x; gunzip f.x
mv f.gz f.x; gunzip -c f.x
chmod 640 f.gz; chown 33:34 f.gz; gunzip f.gz
gunzip nosuch.gz
gunzip one
gunzip f.gz nosuch.gz
zcat one
umask 077; gunzip f.gz
`))
	compareWithBusybox(t, archiveCases("f.bz2", helloBzip2, `
bunzip2 f.bz2
bunzip2 -k f.bz2
bzcat f.bz2
bunzip2 -c < f.bz2
`))
	compareWithBusybox(t, archiveCases("f.xz", helloXz, `
unxz f.xz
unxz -k f.xz
xzcat f.xz
cat f.xz | unxz
`))
}

func TestUnzip(t *testing.T) {
	compareWithBusybox(t, archiveCases("a.zip", sampleZip, `
unzip a.zip
unzip a
unzip -q a.zip
unzip -q a.zip -d new/dir
unzip -qd void a.zip
unzip a.zip program
unzip a.zip 'd*'
unzip a.zip -x program
unzip -j a.zip
unzip -p a.zip dir/file
unzip -qp a.zip > all
echo old > program; unzip -o a.zip
echo old > program; unzip -n a.zip
mkdir -m 700 dir; unzip -q a.zip
unzip nosuch
unzip one
unzip
umask 077; unzip -q a.zip
unzip -l a.zip; echo $?; unzip -ql a; unzip -qql a.zip; unzip -l a.zip program; unzip -l a.zip 'd*' nosuch; unzip -l a.zip -x program; unzip -l -d void a.zip; unzip -lo a.zip | awk '{ print $NF }'; ls
echo UEsDBBQAAAAAAKYoZFIgMDo2BgAAAAYAAAABAAAAYWhlbGxvClBLAQIUAxQAAAAAAKYoZFIgMDo2BgAAAAYAAAABAAAAAAAAAAAAAACAAQAAAABhUEsFBgAAAAABAAEALwAAACUAAAAAAA== | base64 -d > b.zip; unzip -l b.zip; rm b.zip
`))
}

func TestChecksums(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sha256sum one two > list; sha256sum -c list
sha256sum one two > list; echo x >> one; sha256sum -c list
md5sum one | md5sum -c
md5sum one | md5sum -c -
sha1sum one | sed 's/  / */' | sha1sum -c
sha512sum one > list; sha512sum -cs list; echo $?
sha512sum one > list; echo x >> one; sha512sum -cs list; echo $?
sha256sum one > list; rm one; sha256sum -c list
echo nonsense | sha256sum -c
echo nonsense | sha256sum -cw
sha256sum -c empty
sha256sum -c nosuch
sha256sum -s one
sha256sum one nosuch dir
sha256sum < one
sha256sum - < one
sha256sum -b one
sha256sum --check list
echo "$(sha256sum one | cut -d' ' -f1)  one" | sha256sum -c -
echo "$(sha256sum one | cut -d' ' -f1) one" | sha256sum -c -
sha256sum one | tr a-f A-F | sha256sum -c
base64 one
base64 one | base64 -d
base64 -w 4 one
base64 -w 0 one
base64 -d one
echo aGk | base64 -d
base64 nosuch
base64 one two
base64 --decode one
base64 -i one
base64 < dir/inner
`))
}
