package busybox

import "strings"

// gnuOptions are the long options that GNU's program of a name has and busybox' has not, each with the letter of the same meaning. Those of which
// GNU's program prints or does something else than busybox with that letter are not among them. A letter that no applet has is for what only GNU's
// program does.
func gnuOptions(name string) string {
	switch name {
	case "base64":
		return "decode=d wrap=w"
	case "basename":
		return "multiple=a suffix=s"
	case "cat":
		return "number=n number-nonblank=b show-all=A show-nonprinting=v"
	case "chgrp", "chown":
		return "reference=\x01 preserve-root=\x02"
	case "chmod":
		return "recursive=R quiet=f silent=f reference=\x01 preserve-root=\x02"
	case "cp":
		return "preserve=\x04"
	case "cut":
		return "bytes=b characters=c delimiter=d fields=f only-delimited=s"
	case "date":
		return "iso-8601=I universal=u rfc-email=R"
	case "du":
		return "all=a summarize=s total=c"
	case "egrep", "fgrep", "grep":
		return "after-context=A before-context=B context=C count=c extended-regexp=E file=f files-with-matches=l fixed-strings=F ignore-case=i " +
			"invert-match=v line-number=n line-regexp=x max-count=m no-filename=h no-messages=s only-matching=o perl-regexp=P quiet=q " +
			"recursive=r regexp=e silent=q with-filename=H word-regexp=w color=\x01 colour=\x01 exclude=\x02 exclude-dir=\x03 include=\x04"
	case "head":
		return "bytes=c lines=n quiet=q silent=q verbose=v"
	case "id":
		return "group=g groups=G name=n real=r user=u"
	case "ln":
		return "force=f no-dereference=n no-target-directory=T relative=r symbolic=s target-directory=t"
	case "ls":
		return "all=a almost-all=A directory=d recursive=R reverse=r"
	case "md5sum", "sha1sum", "sha256sum", "sha512sum":
		return "binary=b check=c ignore-missing=\x01 quiet=\x02 status=s strict=\x03 text=t warn=w"
	case "mktemp":
		return "tmpdir=\x01"
	case "paste":
		return "delimiters=d serial=s"
	case "readlink":
		return "canonicalize=f canonicalize-existing=e canonicalize-missing=m no-newline=n quiet=q silent=q"
	case "realpath":
		return "canonicalize-existing=e canonicalize-missing=m quiet=q relative-to=\x01"
	case "rm":
		return "force=f recursive=R"
	case "seq":
		return "equal-width=w separator=s"
	case "sort":
		return "field-separator=t key=k numeric-sort=n output=o reverse=r stable=s unique=u version-sort=V zero-terminated=z"
	case "split":
		return "bytes=b lines=l suffix-length=a"
	case "stat":
		return "dereference=L format=c printf=\x01"
	case "tail":
		return "bytes=c lines=n quiet=q silent=q verbose=v"
	case "tee":
		return "append=a ignore-interrupts=i"
	case "timeout":
		return "kill-after=k signal=s"
	case "tr":
		return "complement=c delete=d squeeze-repeats=s"
	case "truncate":
		return "no-create=c size=s"
	case "uniq":
		return "check-chars=w count=c ignore-case=i repeated=d skip-chars=s skip-fields=f unique=u"
	case "wc":
		return "bytes=c chars=m lines=l words=w"
	case "xargs":
		return "arg-file=a delimiter=d max-args=n max-procs=P null=0 verbose=t"
	}
	return ""
}

// gnuOption returns the letter of a long option of GNU's program.
func (c *Call) gnuOption(name string) (letter byte, ok bool) {
	if !c.isOther() {
		return 0, false
	}
	for word := range strings.FieldsSeq(gnuOptions(c.applet().name)) {
		if known, is, _ := strings.Cut(word, "="); known == name {
			return is[0], true
		}
	}
	return 0, false
}
