package script

import "testing"

// These were made with OpenSSL for the tests. Their private keys are not kept.
const (
	testCertificate = `-----BEGIN CERTIFICATE-----
MIIBxDCCAWugAwIBAgIUNYUjtcbjzNeFGKSlh+ISfRfNLnQwCgYIKoZIzj0EAwIw
NzELMAkGA1UEBhMCWFgxEjAQBgNVBAoMCVRlc3QgIE9yZzEUMBIGA1UEAwwLTGFt
aW5hIFRlc3QwIBcNMjYxMTI5MTcyNzIyWhgPMjEyNjExMDUxNzI3MjJaMDcxCzAJ
BgNVBAYTAlhYMRIwEAYDVQQKDAlUZXN0ICBPcmcxFDASBgNVBAMMC0xhbWluYSBU
ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH7DJsiW7Q426wodB54RH8vvu
Maq24wlXUz7ul6lPIaXv7mH/KFgwmJoTpJM6sUTp+AVU3S2osy61aY+8q0EEvKNT
MFEwHQYDVR0OBBYEFEeB3WDDyEiMcVKGwUjPydPwGS0kMB8GA1UdIwQYMBaAFEeB
3WDDyEiMcVKGwUjPydPwGS0kMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwID
RwAwRAIgDEIrx6GqiP+ngtISkJUjPwr9CmyJJVGb7w+HdaBji+4CICTeQV9eZqHW
AUSLyxpoJP7dHOBZXNOu5os8fTCFfaXC
-----END CERTIFICATE-----`

	testRevocations = `-----BEGIN X509 CRL-----
MIHRMHgCAQEwCgYIKoZIzj0EAwIwNzELMAkGA1UEBhMCWFgxEjAQBgNVBAoMCVRl
c3QgIE9yZzEUMBIGA1UEAwwLTGFtaW5hIFRlc3QXDTI2MTEyOTE3MjcyMloYDzIx
MjYxMTA1MTcyNzIyWqAOMAwwCgYDVR0UBAMCAQEwCgYIKoZIzj0EAwIDSQAwRgIh
ANFukoIqZikK5eHU/Qs+bZI/SM4SmR1/rjszBppyw1nUAiEA9JOgdrSShtQZZgE7
hBHpU33tri8DeBzcYicD9wB6cR8=
-----END X509 CRL-----`

	testRSAKey = `-----BEGIN PUBLIC KEY-----
MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALH+5QAJ1Zixkn1rJ7G6RI2dswlvOJeY
jj7GAfhgNSZfVP0qswWEZJ96pzUrT/tACSTQiSJ6v4pu/reqlo1XHyMCAwEAAQ==
-----END PUBLIC KEY-----`

	testRSAKeyOfOddLength = `-----BEGIN PUBLIC KEY-----
MFswDQYJKoZIhvcNAQEBBQADSgAwRwJCALGs0sWOCU5LBaVeNzezsXoQoi63i04U
QoLoojkdWK52pF2ULAeD/kUUaFmJgBR1xLZtfaMHGYrPA/Nyg4GMkDxfAgED
-----END PUBLIC KEY-----`

	testRSAKeyAlone = `-----BEGIN RSA PUBLIC KEY-----
MEgCQQCx/uUACdWYsZJ9ayexukSNnbMJbziXmI4+xgH4YDUmX1T9KrMFhGSfeqc1
K0/7QAkk0Ikier+Kbv63qpaNVx8jAgMBAAE=
-----END RSA PUBLIC KEY-----`

	testECKey = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEH7DJsiW7Q426wodB54RH8vvuMaq2
4wlXUz7ul6lPIaXv7mH/KFgwmJoTpJM6sUTp+AVU3S2osy61aY+8q0EEvA==
-----END PUBLIC KEY-----`
)

// TestCertificateDirectories compares c_rehash on directories with files of all kinds. Which of several files with the same certificate gets a link
// depends on the order of the directory on the disk: then only the number of links is compared.
func TestCertificateDirectories(t *testing.T) {
	root := newProgramsRoot(t)
	const files = "mkdir /tmp/c; cd /tmp/c; cat > a.pem <<E\n" + testCertificate + "\nE\ncat > l.crl <<E\n" + testRevocations + "\nE\n" +
		"cat > k.pem <<E\n" + testRSAKey + "\nE\nM=/usr/share/ca-certificates/mozilla\n" +
		"h() { c_rehash \"$@\" 2>/tmp/said; echo $?; sort /tmp/said; for f in *.*; do [ -L $f ] && echo $f $(readlink $f); done; }\n" +
		"d() { c_rehash \"$@\" 2>/tmp/said; echo $?; sed 's/ in file .*//' /tmp/said | sort | uniq -c; ls | grep -c '[.]r*[0-9]$'; }\n"
	for _, test := range []struct{ name, script string }{
		{"kinds of files", `h .; h .; cp $M/GTS_Root_R1.crt b.crt; cp $M/GTS_Root_R2.crt c.cer; cp $M/GTS_Root_R3.crt d.PEM; cp $M/GTS_Root_R4.crt e.txt
			cp $M/GTS_Root_R4.crt .hidden.pem; h .; : > empty.pem; echo text > text.crt; mkdir dir.pem; ln -s no broken.pem; h /tmp/c/; rm .hidden.pem; h .`},
		{"same certificate",
			`cp a.pem b.crt; cp l.crl m.pem; cat a.pem l.crl > both.pem; cat l.crl a.pem > both2.pem; cat l.crl k.pem > key.crl; ln -s a.pem link.pem
			cp a.pem other.txt; d .; d .; rm a.pem link.pem *.0 *.r0; d .; cat b.crt b.crt > two.pem; cat m.pem m.pem > two.crl; ` +
				`cat two.pem m.pem > three.pem; d .; rm -r /tmp/c`},
		{"texts around", `{ echo before; cat a.pem; echo behind; } > b.pem; rm a.pem; h .; sed 's/$/\r/' b.pem > r.pem; rm b.pem; h .; rm r.pem
			sed 's/CERTIFICATE/TRUSTED CERTIFICATE/' $M/GTS_Root_R1.crt > t.pem; sed 's/CERTIFICATE/X509 CERTIFICATE/' $M/GTS_Root_R2.crt > x.pem; h .
			cat k.pem $M/GTS_Root_R3.crt > key.pem; cat $M/GTS_Root_R4.crt k.pem > key2.pem; h .`},
		{"damaged", `sed 3d a.pem > b.pem; sed '4s/^./*/' a.pem > c.pem; head -n 5 a.pem > d.pem; sed 's/END/end/' a.pem > e.pem; sed '$d' l.crl > m.crl
			sed 2d l.crl > n.crl; cat a.pem d.pem > o.pem; cat d.pem a.pem > p.pem; sed 's/BEGIN/begin/' a.pem > q.pem; h .`},
		{"links before", `h . >/dev/null; l=$(ls *.0); n=${l%.0}; ln -s a.pem $n.1; ln -s a.pem $n.7; ln -s x $n.r0; ln -s x $n.r3; ln -s x 00000000.0
			ln -s x 0000000.0; ln -s x zzzzzzzz.0; ln -s x 00000000.x; : > 11111111.0; mkdir 22222222.0; ln -s x AAAAAAAA.0; ln -s x bbbbbbbb.00; h .
			rm $n.0; ln -s other $n.0; h .; rm $n.0; : > $n.0; h .; ls`},
		{"names of folders",
			`cd /tmp; h c; h ./c/; h c/../c nosuch c/a.pem c; cd c; ln -s /tmp/c /tmp/d; h /tmp/d; rm *.0; mv a.pem 'a b.pem'; mv l.crl -l.crl; h .; cd /; h
			mkdir /tmp/e; h /tmp/e`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, files+test.script+"\nrm -f /tmp/said") })
	}
}

// TestUpdatingCertificates compares update-ca-certificates with other lists, links and hooks than those of the package.
func TestUpdatingCertificates(t *testing.T) {
	root := newProgramsRoot(t)
	const functions = `cd /etc/ssl/certs; C=/etc/ca-certificates.conf; L=/usr/local/share/ca-certificates; M=/usr/share/ca-certificates/mozilla
u() { update-ca-certificates 2>/tmp/said; echo $?; sort /tmp/said; ls | wc -l; md5sum < ca-certificates.crt; }
`
	for _, test := range []struct{ name, script string }{
		{"lists",
			`head -n 9 $C | tail -n 3 > c; cat c > $C; u; sed 's/$/ /' c > $C; u; sed 's/$/\r/' c > $C; u; sed 's/^/ /' c > $C; u; printf %s "$(cat c)" > $C; u
			printf 'mozilla/../mozilla/GTS_Root_R1.crt\nmozilla\n/etc/passwd\n../../../etc/passwd\n # x\n' > $C; u; : > $C; u; rm $C; u; mkdir $C; u; rm c`},
		{"local names",
			`: > $C; cp $M/GTS_Root_R1.crt "$L/a,b c(d).crt"; u; ls; mv $L/a* $L/plain; u; mv $L/plain $L/x.crt.crt; u; ls; mv $L/x* $L/.hidden.crt; ` +
				`u; rm $L/.hidden.crt
			mkdir $L/sub; cp $M/GTS_Root_R2.crt $L/sub/y.crt; u; rm -r $L/sub; cp $M/GTS_Root_R2.crt $L/GTS_Root_R1.crt; echo mozilla/GTS_Root_R1.crt > $C; ` +
				`u; u; rm -r $L; u`},
		{"links", `echo mozilla/GTS_Root_R1.crt > $C; n=ca-cert-GTS_Root_R1.pem; rm $n; : > $n; u; rm $n; mkdir $n; u; rmdir $n; ` +
			`ln -s $M/GTS_Root_R2.crt $n; u; readlink $n
			ln -s $M/nosuch.crt .hidden.pem; ln -s $M/nosuch.crt own.pem; ln -s $L/nosuch.crt own2.pem; ln -s ../../x own3.pem; ` +
			`ln -s /usr/share/ca-certificates own4.pem; u; ls -a | grep own`},
		{"bundle", `echo mozilla/GTS_Root_R1.crt > $C; rm ca-certificates.crt; ln -s /tmp/b ca-certificates.crt; u; ls -l ca-certificates.crt | cut -c 1-10; ` +
			`chmod 600 ca-certificates.crt; u
			ls -l ca-certificates.crt | cut -c 1-10
			cd ..; mv certs other; ln -s other certs; update-ca-certificates 2>&1; echo $?; ls other | wc -l; rm certs; : > certs; ` +
			`update-ca-certificates 2>/dev/null; echo $?`},
		{"hooks", `: > $C; cd /etc/ca-certificates/update.d; h() { printf '#!/bin/sh\necho $0 "$@" $(pwd)\n'"$2\n" > $1; chmod 755 $1; }; h b true; ` +
			`h a true; u() { update-ca-certificates 2>&1; echo $?; }; u
			h a 'exit 3'; u; chmod 644 a; u; mv b b.sh; u; h 'c d' true; u; h _-1 true; u; mkdir e; u; ln -s nosuch g; u; rm *; u; cd /; ` +
			`rmdir /etc/ca-certificates/update.d; u`},
		{"options", `echo mozilla/GTS_Root_R1.crt > $C; update-ca-certificates --fresh 2>&1; echo $?; update-ca-certificates -v x 2>&1; echo $?; ls | wc -l`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, functions+test.script+"\nrm -f /tmp/said") })
	}
}

// TestOpenSSL compares sums and keys in more forms. Messages on standard error differ between OpenSSL's versions.
func TestOpenSSL(t *testing.T) {
	root := newProgramsRoot(t)
	const functions = `cd /tmp; t() { openssl "$@" 2>/dev/null; echo $?; }; echo hi > f; : > empty; printf 'a\0b' > 'x y'; cp f -; cp f ./-r
`
	const keys = "cat > k <<E\n" + testRSAKey + "\nE\ncat > k3 <<E\n" + testRSAKeyOfOddLength + "\nE\ncat > k1 <<E\n" + testRSAKeyAlone +
		"\nE\ncat > ec <<E\n" + testECKey + "\nE\ncat > cert <<E\n" +
		testCertificate + "\nE\n"
	for _, test := range []struct{ name, script string }{
		{"sums", `t sha1 f empty 'x y' nosuch /tmp; t sha256 ./f; t sha512 -r 'x y' nosuch empty; t dgst -r -md5 f f; t dgst -md5 -sha1 f; ` +
			`t md5 -hex f; t sha224 -r -hex f
			cat f | t dgst -r; cat f | t md5; cat empty | t sha384 -r; t dgst -sha224; t dgst -md5 -r < empty; t sha256 -binary f | od -An -tx1; ` +
			`t md5 -binary f empty | od -An -tx1
			t dgst -sha256 f; t dgst -sha512 -hex < f; t sha256 -sha1 f; t sha256 -md5 -r f`},
		{"names of files", `t md5 -; t md5 -r -; t sha256 f -r; t sha256 ./-r`},
		{"keys", `r() { t rsa -pubin "$@"; }; for k in k k3; do r -in $k -text -noout; r -in $k -modulus; r -in $k -text; done; r -in k -pubout; ` +
			`r -inform PEM -in k; r -noout -in k; r -modulus -noout < k3
			openssl rsa -pubin -in k -noout -text -modulus 2>&1; r -text -modulus -noout -text -in k -in k3`},
		{"other files as keys", `r() { echo "$*"; t rsa -pubin -noout -modulus "$@"; }; r -in k1; r -in ec; r -in cert; r -in empty; r -in f; r -in nosuch; ` +
			`r -in /tmp; cat f k f > around; r -in around; cat k k3 > two; r -in two
			sed 's/$/\r/' k > cr; r -in cr; sed 2d k > short; r -in short; sed 's/PUBLIC/OTHER/' k > other; r -in other; cat ec k > mixed; r -in mixed; ` +
			`cat cert k > mixed; r -in mixed
			sed 's/^/ /' k > indented; r -in indented; tr -d '\n' < k > line; r -in line; head -n 3 k > cut; r -in cut`},
	} {
		t.Run(test.name, func(t *testing.T) { root.compare(t, functions+keys+test.script) })
	}
}
