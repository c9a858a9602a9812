package script

import "testing"

// Archives to unpack, in base64.

// oddTar is a tar.gz with a directory and two devices in it, first, a hard link again to it and one, lost, to nothing, the symbolic links
// out (to ../../etc) and up (to ..), up/through, first/below, which is below a file, and the contiguous file last.
const oddTar = `
H4sIAAAAAAACA+2XUW6EIBCGee4pOMHKCAznsdVVUyKN4vb6pe6mD26yaZvASpgvJhhfDHz+40zbXSoWGREwWm9rYL9u9wCgtBIg6zo8R60l45olYF18M4dXsjJpg/9p
tTa2f0T8vX8QBoBxmZP/6z7gtsqc/Lfj8h7f/947PvKPRjCusvMP4uc7yITzOC8+Qf1HpR7kH3f13wgV6r/IyX+mbP5fGFEoTd+M09Pzf1f/hUTGIUVxKjz/1kU/4f/4
r7UJ/ifnh3HqyX883Bpd/9/9C4Mq9P/16VSFq/Nv5D/a9j/YAf2j+u7/g3/q/6L7r/wwu7Ufnugf7v//QP1/Em7yaQIoef6rXjvrPo8z/4MATflPwmae0l8stjnC/Kf3
/R+iZtxQ/pP4p/gTBEEQBEEQRBl8Aa0DXCwAKAAA
`

// longTar is a tar.gz with a file whose path of 151 bytes is in two fields of its header.
const longTar = `
H4sIAAAAAAACA+3OOwoCQRRE0Re7CpfQP3U9gi2YyTgDLt/G0EhkFIRzkpsV1fvn4k1p2Lf27PDa4RA557ZrKddSIrVaS4ptih9YbvNxGlfW3j19zao3r1M/X+6bAAAA
AAAAAAAA4L88AAKb4ZIAKAAA
`

// gnuTar is a tar.gz with a file, links and targets of more than 100 bytes, in entries of their own as GNU has them.
const gnuTar = `
H4sIAAAAAAACA+3XTQrCMBAF4Fl7ipwgnfy02bq3lyhYVNQItt7fSEEoUlwlDc37Ng2l0MXkzTCyktW+ffhTe/FXioMnS0/WbL7n6b1zNZNoKYHXMHZPIahQfnUEG6//
J9SNtYv5Z6VJKWVry8poTWyM0SH/jPxHdwutX/ju3u+QhRLJDOa/cup3/hsSB+Q/unElSF4ehgT/+Dv/w3k+/21jNAmd4iIWnn+Z6f5nHfo/9j+I7Zxl/w8DoCGhUly/
wvPf+2MG9bfz+oevsf8nqz82fwAAAAAAAACADXsDF01NlAAoAAA=
`

// paxTar is a tar.gz with a name of 110 bytes, one of UTF-8 and a link of 120 bytes, in extended headers.
const paxTar = `
H4sIAAAAAAACA+3XTQ6CMBAF4K49RU8AM20tK6NLl16hiRiNShBrwoG8iReTn4VRQ1xRiLxvA2HTkPL6mCiO4tXGlevUbdNC9IJaXVfi5HXfPGdSrIUsRQC3q3dFtbyY
JlYkc+f3izyomYBRCLHZdaitMZ35J2bBzGZuiLVSgrS2NhGSkP/+99+VMnPnFIGcpmgE/V+l/qv/KUH/B+l/buv/cccJMEXLAGv87H8y7/1PlqqRAP0f4vX9DsFH/w/a
/4os5v+h+l8beTpkx+YnwA8EJ9BgLqPof/qY/42t+1+F+PYmnn8AAAAAAAAAAPhvT/K+DM8AKAAA
`

// oddZip has the symbolic link link, a/../../up, /abs (600), big (640, of 5000 bytes), noname (made on another system), dir/ (700) and
// dir/x (444, empty).
const oddZip = `
UEsDBBQAAAAAAIMYIlD8L29GBgAAAAYAAAAEAAAAbGlua3RhcmdldFBLAwQUAAAAAACDGCJQQeORYgMAAAADAAAACgAAAGEvLi4vLi4vdXB1cApQSwMEFAAAAAAAgxgi
UB+TSg0EAAAABAAAAAQAAAAvYWJzYWJzClBLAwQUAAAACACDGCJQJvDbABYAAACIEwAAAwAAAGJpZ+3BMQEAAADCoNqLbwo/oAAAAACAtwFQSwMEFAAAAAAAgxgiUMi9
cloCAAAAAgAAAAYAAABub25hbWVuClBLAwQUAAAAAACDGCJQAAAAAAAAAAAAAAAABAAAAGRpci9QSwMEFAAAAAAAgxgiUAAAAAAAAAAAAAAAAAUAAABkaXIveFBLAQIU
AxQAAAAAAIMYIlD8L29GBgAAAAYAAAAEAAAAAAAAAAAAAAD/oQAAAABsaW5rUEsBAhQDFAAAAAAAgxgiUEHjkWIDAAAAAwAAAAoAAAAAAAAAAAAAAKSBKAAAAGEvLi4v
Li4vdXBQSwECFAMUAAAAAACDGCJQH5NKDQQAAAAEAAAABAAAAAAAAAAAAAAAgIFTAAAAL2Fic1BLAQIUAxQAAAAIAIMYIlAm8NsAFgAAAIgTAAADAAAAAAAAAAAAAACg
gXkAAABiaWdQSwECFAAUAAAAAACDGCJQyL1yWgIAAAACAAAABgAAAAAAAAAAAAAAgAGwAAAAbm9uYW1lUEsBAhQDFAAAAAAAgxgiUAAAAAAAAAAAAAAAAAQAAAAAAAAA
AAAAAMBB1gAAAGRpci9QSwECFAMUAAAAAACDGCJQAAAAAAAAAAAAAAAABQAAAAAAAAAAAAAAJIH4AAAAZGlyL3hQSwUGAAAAAAcABwBmAQAAGwEAAAAA
`

// damagedZip has a, b, whose checksum is wrong, and c.
const damagedZip = `
UEsDBBQAAAAIAIMYIlBM/FpmCwAAAHgAAAABAAAAYctIzcnJ58qgOwkAUEsDBBQAAAAAAIMYIlCoYTjdBgAAAAYAAAABAAAAYldvcmxkClBLAwQUAAAAAACDGCJQdmnv
awUAAAAFAAAAAQAAAGNtb3JlClBLAQIUAxQAAAAIAIMYIlBM/FpmCwAAAHgAAAABAAAAAAAAAAAAAACkgQAAAABhUEsBAhQDFAAAAAAAgxgiUKhhON0GAAAABgAAAAEA
AAAAAAAAAAAAAKSBKgAAAGJQSwECFAMUAAAAAACDGCJQdmnvawUAAAAFAAAAAQAAAAAAAAAAAAAApIFPAAAAY1BLBQYAAAAAAwADAI0AAABzAAAAAAA=
`

// Links that lead out, and hard links, are made when all else is extracted: nothing is written through them.
func TestOddTar(t *testing.T) {
	compareWithBusybox(t, archiveCases("o.tar", oddTar, `
tar tf o.tar
tar xf o.tar -C void dev; ls -l void/dev | cut -c1-10
tar xf o.tar -C void again; echo $?
tar xf o.tar -C void lost last; echo $?; ls void
tar xf o.tar -C void up up/through; echo $?; ls; ls void
tar xf o.tar -C void out last; ls -l void/out | cut -c1
tar xf o.tar -O first last; echo $?
tar xOf o.tar dev/null again out; echo $?
mkdir -p void/first/full; tar xf o.tar -C void first; echo $?
mkdir void/last; tar xf o.tar -C void last; echo $?; ls -l void | cut -c1
ln -s nothing void/up; tar xf o.tar -C void up; readlink void/up
echo x > void/up; tar xf o.tar -C void up; readlink void/up
tar xf o.tar --exclude=first -C void first last; ls void
tar xf o.tar -C void 'l*'; echo $?; ls void
tar xf o.tar -C void ./first; echo $?; ls void
tar xf o.tar -C void //first; echo $?; ls void
dd if=o.tar of=x.tar bs=512 count=5 2>/dev/null; tar xf x.tar -C void; echo $?; ls void
dd if=o.tar of=x.tar bs=512 skip=1 2>/dev/null; tar tf x.tar | head -n 2; echo $?
(head -c 1536 o.tar; echo garbage) > x.tar; tar tf x.tar; echo $?
cat o.tar o.tar > x.tar; tar tf x.tar | wc -l
tar xzf o.tar -C void; echo $?
tar xjf o.tar -C void; echo $?
`))
}

func TestNamesInTar(t *testing.T) {
	compareWithBusybox(t, archiveCases("l.tar", longTar, `
tar tf l.tar
tar xf l.tar -C void; find void -type f -exec cat {} \;
tar xf l.tar -C void --strip-components=1; ls void
`))
	compareWithBusybox(t, archiveCases("g.tar", gnuTar, `
tar tf g.tar
tar xf g.tar -C void end; ls void
`))
	compareWithBusybox(t, archiveCases("p.tar", paxTar, `
tar tf p.tar
tar xf p.tar -C void; cat void/p*; cat void/ä; echo $?; readlink void/q | wc -c
`))
}

// The part of a name that leads out of the directory is removed. Only regular files are replaced.
func TestOddZip(t *testing.T) {
	compareWithBusybox(t, archiveCases("z.zip", oddZip, `
unzip z.zip -d void; echo $?; find void | sort; ls up
unzip -q z.zip -d void; readlink void/link; stat -c '%a %s' void/big void/noname
unzip -q z.zip link -d void; unzip -q z.zip link -d void; echo $?
unzip -qo z.zip big -d void; unzip -qo z.zip big -d void; wc -c void/big
unzip -qn z.zip big -d void; echo x > void/big; unzip -qn z.zip big -d void; cat void/big
unzip -p z.zip noname big | wc -c
unzip -p z.zip link; echo
unzip -p z.zip nosuch; echo $?
unzip -q z.zip 'n*' -d void; ls void
unzip -q z.zip -x big link -d void; ls void
unzip -qj z.zip dir/x -d void; ls -l void | cut -c1-10
unzip -qj z.zip -d void; ls void
mkdir void/big; unzip -q z.zip big -d void; echo $?
mkdir -p void/dir/x; unzip -q z.zip dir/x -d void; echo $?
unzip -q z.zip -d one; echo $?
unzip -q z.zip -d new/deep; echo $?; ls new
unzip -q z -d void; echo $?; ls void
mv z.zip z.ZIP; unzip -q z -d void; echo $?; ls void
mv z.zip z.x; unzip -q z.x -d void; ls void
unzip z.zip nosuch -d void; echo $?
head -c 200 z.zip > x.zip; unzip -q x.zip -d void; echo $?; ls void
head -c 20 z.zip > x.zip; unzip -q x.zip -d void; echo $?
unzip -q z.zip z.zip; echo $?
unzip -x; echo $?
unzip -d; echo $?
unzip -z z.zip; echo $?
umask 077; unzip -q z.zip -d void; stat -c '%a %n' void/*
unzip -K -q z.zip -d void; stat -c '%a' void/big
`))
	compareWithBusybox(t, archiveCases("b.zip", damagedZip, `
unzip -q b.zip c; echo $?; cat c
`))
}
