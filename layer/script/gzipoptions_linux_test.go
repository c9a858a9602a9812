package script

import "testing"

// TestGzipOptions is about options of gzip and its like, with files that other programs compressed.
func TestGzipOptions(t *testing.T) {
	const files = `cd /w; seq 999 > s; echo hi > h; echo H4sIAAAAAAACA8vI5AIAenpv7QMAAAA= | base64 -d > h.gz; gzip -c s > g.gz
echo text > n.gz; head -c 20 g.gz > cut.gz; echo H4sIAAAAAAACA0tMHAWDCSQlp6SmpWdkZmXn5OblF3AR4gMA9IofJ8ABAAA= | base64 -d > a.gz
t() { "$@" 2>e; echo "$? $*"; head -n 1 e; rm e; ls; }
`
	var cases []scriptCase
	for _, test := range []struct{ name, script string }{
		{"long options", `for o in best fast force no-name quiet test stdo to-stdo no forc; do gzip --$o < h > x; echo $?; gzip -dc x; done
			gzip --best s; ls; gzip --keep h; ` +
			`gzip --decompress g.gz; gzip --silent h; gzip --name h; gzip --recursive h; gzip --rsyncable h; gzip --list h; gzip --suffix .x h; ls`},
		{"long options to decompress", `t gunzip --force h.gz; t gunzip --test g.gz; gunzip --stdout g.gz | wc -l
			gunzip --to-stdout g.gz | wc -l; t gunzip --no-name g.gz; ` +
			`gzip -n < s > g.gz; for o in keep quiet verbose decompress fast silent; do t gunzip --$o g.gz; done; zcat --force g.gz | wc -l
			zcat --stdout g.gz | wc -l; zcat --no-name g.gz | wc -l`},
		{"said", `rm h; gunzip -v h.gz a.gz; gzip -v h; gzip -kv s; gzip -v9 s; gzip -vf s; ls; : > e; gzip -v e; gunzip -v e.gz
			gzip -v nosuch; gzip -vc h.gz | wc -l; gzip -vq n.gz; ` +
			`gzip --verbose e`},
		{"tested", `t gzip -t g.gz h.gz; t gunzip -t h.gz; t zcat -t h.gz; t gunzip -t n.gz; t gunzip -t n.gz h.gz n.gz; t gunzip -t nosuch
			t gunzip -t nosuch h.gz; ` +
			`t gunzip -tk h.gz; t gunzip -tc h.gz; t gzip -dt h.gz; t gzip -tv h.gz; mv h.gz x; t gunzip -t x; t gzip -t x; t gzip -t h
			gunzip -t < x; echo $?; gunzip -t - < h; echo $?; gzip -t < x
			echo $?; t zcat -t h; t bunzip2 -t x; t bzcat -t x; gunzip -t cut.gz 2>/dev/null; echo $?; t gzip --test x; t gzip -t`},
		{"kept", `t gzip -k9 s; t gzip -9k h; t gunzip -k g.gz; t gzip -dk g.gz; t gunzip -fk g.gz; gunzip -c s.gz | wc -l`},
		{"archives by their names", `for e in tar tgz tar.gz gz taz tbz tar.Z GZ agz .tgz tgz.x; do tar -caf x.$e one two; echo $?
			tar -tf x.$e; gunzip -t x.$e 2>/dev/null; echo $? $e; rm x.$e; done; ` +
			`tar --auto-compress -cf x.tgz one; gunzip -t x.tgz; echo $?; tar -acf - one | tar t; tar caf x.tar.gz dir; tar taf x.tar.gz
			mv x.tar.gz x.tar; tar xaf x.tar -C void; find void; rm x.tar`},
	} {
		cases = append(cases, scriptCase{name: test.name, script: files + test.script + "\ncd /w; rm -f *.gz *tgz tgz x"})
	}
	compareWithBusybox(t, cases)
}
