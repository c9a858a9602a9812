package script

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/tree"
)

// muslRoot has every command as a program of its own, and musl, whose programs read UTF-8.
func muslRoot(t testing.TB) *tree.Tree {
	root := commandRoot(t)
	err := root.MkdirAll("lib", 0o755)
	if err == nil {
		err = root.WriteFile("lib/ld-musl-x86_64.so.1", nil, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// hostProgram skips a test where the machine does not have the version of a program that it compares with.
func hostProgram(t testing.TB, name, version string) {
	t.Helper()
	text, err := exec.Command(name, "--version").Output()
	if line, _, _ := strings.Cut(string(text), "\n"); err != nil || !strings.HasSuffix(line, version) {
		t.Skipf("%s is %q, %v, not %s", name, line, err, version)
	}
}

// compareWithHost runs each script by the machine's shell and programs in a directory of its own, and interpreted, and compares the output, with
// the status at its end. It returns how many were refused.
func compareWithHost(t *testing.T, root *tree.Tree, scripts []string) (refused int) {
	t.Helper()
	for _, script := range scripts {
		command := exec.Command("sh", "-c", "umask 022\n"+script+"\necho $?")
		command.Dir = t.TempDir()
		command.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
		want, _ := command.Output()
		copied := root.Clone()
		got, err := runCommands(t, Options{Tree: copied}, "mkdir -p /tmp/empty; cd /tmp/empty; unset TMPDIR\n{ "+script+"\n} 2>/dev/null\necho $?")
		switch {
		case errors.As(err, new(*UnsupportedError)):
			refused++
			if testing.Verbose() {
				t.Logf("%s: %v", script, err)
			}
		case err != nil || got != string(want):
			t.Errorf("%s\nhost   %q\nlamina %q, %v", script, want, got, err)
		}
	}
	return refused
}

// TestGNUOptions compares the long options of coreutils with the machine's programs.
func TestGNUOptions(t *testing.T) {
	hostProgram(t, "sort", "(GNU coreutils) 9.1")
	scripts := strings.Split(strings.Trim(coreutilsLines, "\n"), "\n")
	if refused := compareWithHost(t, muslRoot(t), scripts); refused > 0 {
		t.Errorf("%d are refused", refused)
	}
}

const coreutilsLines = `
echo hello > f; sha256sum f > s; sha256sum --check s; sha256sum --check --status s; echo $?; sha256sum --check --quiet s; echo x >> f; sha256sum --check s; echo $?; sha256sum --check --status s; echo $?; sha256sum --quiet -c s; echo $?
echo a > a; echo b > b; md5sum a b > s; sed -i 1d s; echo junk >> s; md5sum --check s; echo $?; md5sum --check --strict s; echo $?; md5sum -c --warn s; echo $?; printf '\n# x\n' > e; md5sum -c e; echo $?
echo a > a; sha1sum a > s; sha1sum s | sed 's/ s$/ none/' >> s; sha1sum --check s; echo $?; sha1sum --check --ignore-missing s; echo $?; sed -i 1d s; sha1sum --ignore-missing -c s; echo $?; sha1sum --ignore-missing --status -c s; echo $?
echo a > a; sum=$(sha512sum a | cut -d' ' -f1); echo "$sum a" | sha512sum -c; echo "$sum  a" | sha512sum --check -; echo "$sum *a" | sha512sum -c -; echo "$sum" | sha512sum -c; echo $?; printf '%s  a\n%s a\n' $sum $sum | sha512sum -c; echo $?; printf '%s a\n%s  a\n' $sum $sum | sha512sum -c; echo $?
echo a > a; sha256sum a | tr a-f A-F | sha256sum -c; sha256sum --binary a; sha256sum --text a; sha256sum -b --text a; sha256sum < a; sha256sum none a; echo $?; sha256sum none --check; echo $?; echo 'a  a' | sha256sum -c; echo $?; sha256sum a | sha256sum --strict -c; sha256sum a | sed 's/^/  /' | sha256sum -c
echo hello > f; chmod 640 f; stat --format=%a:%s:%n f; stat --printf='%a\t%n\n%%\\' f; stat --printf %s f; stat -c %A --dereference f; ln -s f l; stat --format='%F %n' f l .; stat -L --format=%F l; : > e; stat --printf='%F\n' e; stat --format=%s none; echo $?; stat -c %a --printf=%s f; touch -d @1000 f; stat --format=%Y f
mkdir -p a/b c; echo 1 > a/b/f; ln --symbolic --relative a/b/f c/l; readlink c/l; ln -sr a/b c; readlink c/b; ln -sr c/none x; readlink x; ln -srf . c/here; readlink c/here; cat c/l; ln -s a/b d; ln -sr a/b/f d/g; readlink d/g; ln -sr d/f e; readlink e; ln -srfn a d; readlink d; ln -sr / r; readlink r | grep -c '^[./]*$'; ln -sr a/b/f .; readlink f
echo 1 > f; ln --symbolic f l; ln --symbolic --force f l; ln --symbolic f l 2>/dev/null || echo no; mkdir d; ln --symbolic --no-dereference --force d l; readlink l; ln --force f h; stat -c %h f; ln --symbolic -t d ../f; readlink d/f; ln -s --target-directory=d ../g ../h; ls d; ln --no-target-directory --symbolic d q; readlink q; ln --no-target-directory -s f d; echo $?
mkdir a; echo 1 > a/f; chmod 600 a/f; touch -d @5000 a/f; cp --archive a b; stat -c '%a %Y' b/f; cp --recursive a c; stat -c %a c/f; cp --preserve a/f g; stat -c '%a %Y' g; cp --preserve=mode,ownership,timestamps a/f h; stat -c %Y h; mkdir p; cp --no-dereference a/f p; ls p; cp --force a/f p/f; cp --no-clobber a/f p; cp --target-directory=p g h; ls p; cp --update g h; cp --link g i; stat -c %h g; cp --symbolic-link g j; readlink j
mkdir --parents --mode=750 a/b/c; stat -c %a a a/b a/b/c; mkdir --mode=u=rwx,go= d; stat -c %a d; mkdir d 2>/dev/null || echo no; mkdir --parents d; rmdir --parents a/b/c; ls; echo > f; rm --force f none; echo $?; mkdir -p d/e; echo > d/e/f; rm --recursive d; rm --recursive --force none x; echo $?; ls; rm none; echo $?
mkdir -p d/e; echo > d/f; chmod --recursive 700 d; stat -c %a d d/e d/f; chmod --recursive u=rwX,go=rX d; stat -c %a d d/e d/f; touch r; chmod 4711 r; chmod --reference=r d/f; stat -c %a d/f; chmod --reference=r -R d; stat -c %a d d/e; mkdir s; chmod 2755 s; chmod --reference=r s; stat -c %a s; chmod --reference=none s; echo $?; chmod --quiet 755 none; echo $?; chmod --silent 600 r; stat -c %a r
echo > f; mkdir -p d/e; chown --recursive 5:6 d; stat -c %u:%g d d/e; chown --reference=d f; stat -c %u:%g f; chgrp --recursive 9 d; stat -c %u:%g d/e; chown 7:8 f; chgrp --reference=f d; stat -c %u:%g d d/e; chown --recursive --reference=f d; stat -c %u:%g d d/e; ln -s f l; chown --no-dereference 11 l; stat -c %u f l; chown --reference=none f; echo $?; chown --quiet 3 f; stat -c %u f
echo 1 > f; install --mode=600 --owner=5 --group=6 f g; stat -c '%a %u %g' g; install --directory --mode=711 --owner=7 a/b; stat -c '%a %u' a a/b; install -D --mode=644 f x/y/z; stat -c %a x x/y x/y/z; mkdir t; install --target-directory=t f g; ls t; touch -d @77 f; install --preserve-timestamps f k; stat -c %Y k; install -Dm755 f u/v; stat -c %a u/v; install -d q w; ls -d q w
echo 1 > a; echo 2 > b; mv --force a b; cat b; echo 3 > a; mv --no-clobber a b; cat a b; mkdir d; mv --target-directory=d a b; ls d; mkdir e; mv --no-target-directory d f; ls f; mv --no-target-directory f e; ls e; mv none x; echo $?
touch --date=@86400 f; stat -c %Y f; touch --date='2020-02-03 04:05:06' f; stat -c %y f; touch --date=2021-01-01 f; stat -c %Y f; touch --reference=f g; stat -c %Y g; touch --no-create none; ls; date --date=@0 --utc +%F; date --date='2020-02-03 04:05' --universal '+%F %T'; date --date=2020-02-03 --utc --iso-8601; date -u -d @86400 --iso-8601=seconds; date --utc --date=@0 --rfc-email; date --reference=f --utc +%s; date -u -d '2020-01-02 03:04:05' +%s; date -u -d @5 -R
printf 'b 2\na 10\nB 1\na 2\nb 2\n' > f; sort --unique f; sort --reverse f; sort --key=2 --numeric-sort f; sort --key=1,1 --stable f; sort -k2,2n --unique f; sort --field-separator=' ' --key=2,2 f; sort --output=o f; cat o; sort --key=1,1 --key=2,2nr f; printf '1.10\n1.9\n1.9-r1\n' | sort --version-sort; printf 'b\0a\0' | sort --zero-terminated | od -c
seq 20 > f; head --lines=3 f; head --lines=-17 f; head --bytes=5 f; tail --lines=2 f; tail --lines=+19 f; tail --bytes=3 f; head --quiet -n1 f f; head --verbose --lines=1 f; tail --quiet -n 1 f f; tail --verbose -n1 f; head --silent -n 1 f f; seq 12 | tail --lines 1; cat f | head --lines 1; tail -n1 f f; head -n1 f f
printf 'a:b:c\nd:e\nnone\n' > f; cut --delimiter=: --fields=2 f; cut --delimiter : --fields=1,3- --only-delimited f; cut --bytes=1-2 f; cut --characters=2- f; tr --delete a < f; tr --squeeze-repeats n < f; tr --complement --delete 'a-z\n' < f; tr --complement '\n' x < f; tr a-z A-Z < f; tr -d '[:lower:]' < f
printf 'a b\nc\n' > f; wc --lines f; wc --words --bytes f; wc f; wc --chars f; wc f f; cat f | wc; cat f | wc --lines; wc < f; wc -l f f; cat f | wc -lw; seq 2000 > g; wc f g; wc -l f g; cat f | wc - g; wc none f; echo $?; wc -c f; wc - < f
printf 'a\na\nb\nA\n' > f; uniq --count f; uniq --repeated f; uniq --unique f; uniq --ignore-case f; uniq --skip-chars=1 f; uniq --check-chars=1 f; printf 'x a\ny a\n' | uniq --skip-fields=1
basename --suffix=.txt a/b.txt c.txt; basename --multiple a/b c/d; basename a/b.txt .txt; dirname a/b/c d /e; seq --separator=, 3; seq --equal-width 8 10; seq -s' ' 1 2 5; printf a | tee --append f; printf b | tee --append f g >/dev/null; cat f g; nproc --all >/dev/null; echo $?; printf 'a\nb\n' > p; paste --delimiters=, --serial p; paste --delimiters=: p p; id --user; id --group --name; id --user --name; id --groups >/dev/null; id -u
mkdir -p a/b; ln -s a l; p=$(pwd -P); realpath --relative-to=a a/b/c l; realpath --relative-to=. a/b; realpath --relative-to="$p" .; realpath --relative-to=/etc / /etc/passwd /etc; realpath --canonicalize-missing none/x/../y | sed "s|$p|P|"; realpath none/x 2>/dev/null; echo $?; realpath none | sed "s|$p|P|"; realpath --canonicalize-existing none; echo $?; realpath l/b a | sed "s|$p|P|"; realpath a/b/ | sed "s|$p|P|"; realpath -q none/x; echo $?
mkdir -p a/b; ln -s a l; ln -s none n; p=$(pwd -P); readlink --canonicalize l n | sed "s|$p|P|"; readlink l n; readlink a; echo $?; readlink --canonicalize-missing x/y/../z l/q | sed "s|$p|P|"; readlink --canonicalize-existing n; echo $?; readlink --no-newline l; echo; readlink -f none/x; echo $?; readlink -e l/b | sed "s|$p|P|"; readlink -f l/b/none | sed "s|$p|P|"; readlink -m n/x | sed "s|$p|P|"
d=$(mktemp --directory); echo ${#d} >/dev/null; ls -d "$d" | wc -l; rmdir "$d"; mkdir t; d=$(mktemp --directory --tmpdir=t); case $d in t/tmp.*) echo in;; esac; f=$(mktemp --tmpdir=t x.XXXXXX); case $f in t/x.*) echo in;; esac; ls t | wc -l; mktemp --quiet --tmpdir=none; echo $?; f=$(mktemp -p t); stat -c %a "$f"; f=$(mktemp --dry-run --tmpdir=t); ls "$f" 2>/dev/null || echo no; TMPDIR=t; export TMPDIR; f=$(mktemp --tmpdir y.XXXXXX); case $f in t/y.*) echo in;; esac
printf 'hello\n' | base64 --wrap=0; echo; printf 'aGVsbG8K' | base64 --decode; seq 40 | base64 --wrap=20 | head -n 2; seq 50 | base64 | base64 --decode | tail -n1; seq 9 | split --lines=4 --suffix-length=3 - x; ls; split --bytes=5 xaaa y; ls y*; truncate --size=100 z; stat -c %s z; truncate --no-create --size=5 zz; ls zz; wc --bytes z; timeout --signal=TERM 5 echo in; timeout --kill-after=1 5 echo in
printf 'a\tb\n\001\n' | cat --show-all; printf 'a\n\n' | cat --number; printf 'a\n\nb\n' | cat --number-nonblank; printf '\001\n' | cat --show-nonprinting; mkdir -p d/e; touch d/.h d/f; ls --all d; ls --almost-all d; ls --directory d; ls --recursive d; ls --reverse d; echo > f; du --summarize f | cut -f2; env --ignore-environment A=1 env; A=1 env --unset=A env | grep -c ^A=
`

// TestGNUTools compares grep, sed, find, xargs and tar of GNU with those of the machine.
func TestGNUTools(t *testing.T) {
	hostProgram(t, "grep", "(GNU grep) 3.8")
	hostProgram(t, "find", "(GNU findutils) 4.9.0")
	hostProgram(t, "sed", "(GNU sed) 4.9")
	hostProgram(t, "tar", "(GNU tar) 1.34")
	scripts := strings.Split(strings.Trim(toolLines, "\n"), "\n")
	if refused := compareWithHost(t, muslRoot(t), scripts); refused > 0 {
		t.Errorf("%d are refused", refused)
	}
}

const toolLines = `
printf 'ab 1\nAB 2\nx\n' > f; grep --only-matching '[0-9]' f; grep --extended-regexp 'a+|x' f; grep --ignore-case --count ab f; grep --invert-match a f; grep --line-number x f; grep --quiet x f; echo $?; grep --silent none f; echo $?; grep --fixed-strings 'b 1' f; grep --word-regexp 1 f; grep --line-regexp x f; grep --max-count=1 '[12]' f; grep --regexp=x --regexp=ab f
printf 'a\nb\nc\nd\n' > f; grep --after-context=1 b f; grep --before-context=1 b f; grep --context=1 b f; grep --no-filename a f f; grep --with-filename a f; grep --no-messages a none; echo $?; grep --files-with-matches a f none; echo $?; grep --color=auto a f; grep --color=never a f; grep --colour a f; grep --color a f; printf 'c\nd' > p; grep --file=p f; grep --only-matching --perl-regexp '[a-c]$' f
mkdir -p d/sub d/skip; echo hit > d/a.txt; echo hit > d/b.md; echo hit > d/sub/c.txt; echo hit > d/skip/e.txt; echo hit > d/.h.txt; grep --recursive hit d | sort; grep --recursive --include='*.txt' hit d | sort; grep -r --include='*.md' --include='a.*' hit d | sort; grep -rl --exclude='*.txt' hit d; grep -rh --exclude-dir=skip hit d | wc -l; grep -rl --exclude-dir=sub --include='*.txt' hit d | sort; grep -rc --include=none hit d; echo $?; grep -rq --include='c.*' hit d; echo $?
printf 'ab\ncd\n' > f; sed --expression=s/a/X/ --expression=s/c/Y/ f; sed --quiet --regexp-extended 's/(a)(b)/\2\1/p' f; sed --in-place=.bak s/a/Z/ f; cat f f.bak; sed --in-place s/Z/Q/ f; cat f; ls; echo s/d/D/ > s; sed --file=s f; sed --silent 1p f; sed -n '$p' f; sed -E --expression='s/[a-z]+/<&>/' f; sed -i.orig -e 1d f; cat f f.orig
mkdir -p a/b; echo 1 > a/f; echo 22 > a/b/g; ln -s f a/l; chmod 640 a/f; touch -d @1000 a/f a/b/g; find a -printf '%p|%f|%h|%P|%y|%d\n' | sort; find a -type f -printf '%s %m %M %U:%G %T@\n' | sort; find a -type l -printf '%l %P\n'; find . -name g -printf '%P\0' | od -c; find . -type f -printf '%f\t%u:%g\\%%\n' | sort; find a -name f -printf '%TY-%Tm-%Td %TH:%TM\n'; find a -true -name f; find a -false; find a -maxdepth 0 -printf '%f %h\n'; find . -maxdepth 0 -printf '[%P][%f][%h]\n'
truncate -s 1500 s; truncate -s 1024 k; : > e; for x in +1k 2k -2k 1k -1k -1M 1M 3 +2 1500c +1023c -2c 0 -1; do echo "$x:" $(find s k e -size $x); done; find s -mmin -5; find s -mtime -1; find s -mtime +1; touch -d @5 o; find o -mmin +5; find o -mtime +3 -printf 'old\n'; find . -regex '.*/[sk]' | sort; find . -perm /444 -name s; find . -perm -600 -name s; find . -name 's' -o -name 'k' | sort; find . -mount -empty -name e; find nosuch; echo $?; find . -user nosuch; echo $?
printf 'a b\nc\n' | xargs --max-args=1 echo; printf 'a\0b c\0' | xargs --null --max-args=1 echo; printf '' | xargs --no-run-if-empty echo x; printf ' a \nb c\n' | xargs --delimiter='\n' -I{} echo '<{}>'; printf 'a\n\nb' | xargs -d '\n' printf '<%s>'; printf 'a:b:' | xargs -d: printf '<%s>'; printf ' x\0y' | xargs -0 -I{} echo '<{}>'; printf '' | xargs -d '\n' echo e; echo 1 2 3 > f; xargs --arg-file=f -n2 echo; seq 3 | xargs --max-procs=1 -I{} echo n{}; echo "a 'b c'" | xargs printf '<%s>'
mkdir -p d/sub; echo 1 > d/f; echo 2 > d/sub/g; echo 3 > d/x.log; tar --create --gzip --file=a.tgz --directory=d .; tar --list --file=a.tgz | sort; mkdir o; tar --extract --file=a.tgz --directory=o; cat o/f o/sub/g; mkdir p; tar --extract --gzip --file a.tgz -C p --exclude='*.log'; ls p; mkdir q; tar -cf b.tar d; tar --extract --file=b.tar --strip-components=1 --directory=q; ls q; tar -xOf b.tar d/f; mkdir r; tar xf b.tar --directory r d/sub; ls r/d; tar --get --file=b.tar --to-stdout d/sub/g; for p in x.log '*.log' sub d/sub './sub' 'sub/*' 'u*' '/d' 'd/*g' 's?b/g' 'd/' 'd?f' '*b/g' '*' '.' '[s]ub' 'd/sub/*'; do echo "$p:" $(tar --create --file=- --exclude="$p" d | tar -t | sort) '|' $(tar -tf b.tar --exclude="$p" | sort) '|' $(tar -C d -cf - --exclude "$p" . | tar -t | sort); done
`

// TestGNURefusals: what coreutils does otherwise than busybox, or alone, ends the build instead of doing what busybox does.
func TestGNURefusals(t *testing.T) {
	const other = " is not busybox's, and is interpreted as far as busybox goes: "
	for script, want := range map[string]string{
		"cp --preserve=all one x":             "cp: --preserve=all is not supported",
		"cp --preserve=links one x":           "cp: --preserve=links is not supported",
		"date -d tomorrow":                    `date: the date "tomorrow" is not supported: write it as @SECONDS, YYYY-MM-DD or YYYY-MM-DD hh:mm:ss`,
		"touch -d '2 days ago' x":             `touch: the date "2 days ago" is not supported: write it as @SECONDS, YYYY-MM-DD or YYYY-MM-DD hh:mm:ss`,
		"mktemp xXXX":                         "mktemp of a template that does not end with XXXXXX is not supported: xXXX",
		"stat -c %N one":                      `stat: the format "%N" is not supported for stat`,
		"stat --printf='\\x41' one":           `stat: the format "\\x41" is not supported`,
		"cut -d '' -f1 one":                   `cut: the delimiter "" is not supported`,
		"cut --complement -f1 one":            "cut" + other + "unrecognized option: complement",
		"ln -r one x":                         "ln: -r without -s is not supported",
		"dirname":                             "dirname" + other + "wrong usage",
		"head -n 1x one":                      "head" + other + "invalid number '1x'",
		"chmod u+x-X one":                     "chmod" + other + "invalid mode 'u+x-X'",
		"sha256sum --tag one":                 "sha256sum" + other + "unrecognized option: tag",
		"printf 'x\\r\\n' | sha256sum -c":     `sha256sum: the line "x\r" is not supported`,
		"echo > 'a\\b'; sha256sum 'a\\b'":     `sha256sum: the name "a\\b" is not supported`,
		"wc one - < one":                      "wc of standard input beside other files is not supported",
		"sort --parallel=2 one":               "sort" + other + "unrecognized option: parallel=2",
		"sed --version >v":                    `sed: option "--version" is not supported`,
		"sed --posix p one":                   "sed" + other + "unrecognized option: posix",
		"sed -i'*.bak' p one":                 `sed: the suffix "*.bak" is not supported`,
		"find . -regex 'a+'":                  `find: -regex "a+" is not supported: GNU's find takes Emacs' syntax`,
		"find . -perm +1":                     "find: -perm +1 is not supported: GNU's find has / for +",
		"find . -printf '%b'":                 `find: -printf "%b" is not supported`,
		"find . -printf '%s'":                 "find: -printf %s of a directory is not supported: use -type f before it",
		"find . -printf":                      "find" + other + "unrecognized: -printf",
		"find . -iregex a":                    "find" + other + "unrecognized: -iregex",
		"grep --color=always a one":           "grep: --color=always is not supported",
		"grep -r a":                           "grep -r without a file or a directory is not supported: give it one",
		"grep -r --include=a --exclude=b a .": "grep: --include together with --exclude is not supported",
		"grep --include=a a one":              "grep: --include, --exclude and --exclude-dir are supported with -r and directories only",
		"grep --null-data a one":              "grep" + other + "unrecognized option: null-data",
		"xargs -d ab echo < one":              `xargs: the delimiter "ab" is not supported`,
		"xargs --max-lines=1 echo < one":      "xargs" + other + "unrecognized option: max-lines=1",
		"tar -cf x --transform=s/a/b/ one":    `tar: option "--transform=s/a/b/" is not supported`,
		"rm --dir dir":                        "rm" + other + "unrecognized option: dir",
		"chmod --changes 600 one":             "chmod" + other + "unrecognized option: changes",
		"truncate -s +5 one":                  "truncate" + other + "invalid number '+5'",
	} {
		_, err := runCommands(t, Options{}, "{ "+script+"; } 2>/dev/null || true")
		if err == nil || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s: got %v, want %s", script, err, want)
		}
	}
}
