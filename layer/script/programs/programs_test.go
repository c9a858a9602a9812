package programs_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lamina-oci/lamina/layer/script/programs"
)

// TestRun: the programs are marked in the text with a ^ before each that is needed for certain.
func TestRun(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"one", "^make"},
		{"path", "^/usr/bin/make -j4; ./make; /opt/bin/make"},
		{"quotes", `"^make" 'all'`},
		{"no program that is known", "frobnicate && rc-update add x"},
		{"applets and builtins", "cd /x && cp a b && sed -n p c | sort"},
		{"chain", "^git clone x && cd x && ^make && ^make install"},
		{"last of a list", "set -e; ^git clone x; ^make"},
		{"list", "^npm ci; ^npm run build; true"},
		{"right side that the list does without", "[ -f x ] && make; true"},
		{"left side that the list does without", "^make && true; true"},
		{"right side that the list needs", "true; [ -f x ] && ^make"},
		{"several lines", "set -ex\n^git clone x\n# make\ncd x\n^make \\\n  install"},
		{"groups", "{ ^make; } && ( ^npm ci )"},
		{"pipe", "^git log | head -n 1 | ^jq ."},
		{"other side that does without", "git fetch || true"},
		{"other side that needs one", "^make -j4 || make"},
		{"other side that is not needed", "make -j4 || make; true"},
		{"other side that ends", "^make || exit 1; true"},
		{"other side that says so and ends", "apk info && ^make || { echo no >&2; exit 1; }; true"},
		{"other side that ends well", "make || exit 0; make"},
		{"other side that fails", "^make || false"},
		{"left side that is installed", "apk add --no-cache git\n^git fetch || true"},
		{"left side that is installed in a version", "apk add git=2.43.4-r0 && { ^git fetch || true; }"},
		{"long chain", "make || true" + strings.Repeat(" || make || true", 500)},
		{"condition", "if git status; then make; else npm ci; fi"},
		{"condition that is installed", "apk add 'git>2'; if ^git status; then make; fi"},
		{"after a condition", "if [ -f x ]; then echo; fi; ^make"},
		{"after a condition that ends", "if [ -f x ]; then exit; fi; make"},
		{"after a condition that ends badly", "if [ ! -f x ]; then echo no; exit 1; fi; ^make"},
		{"after what ends a subshell", "if [ -f x ]; then (exit); fi; ^make"},
		{"not", "! make"},
		{"case", `case "$(^git rev-parse HEAD)" in a*) make ;; esac`},
		{"while", "while make; do npm ci; done"},
		{"loop over words", "for x in a b; do ^make $x; done"},
		{"loop over words that may be none", "for x in $list *.c; do make $x; done"},
		{"loop that the shell leaves", "while true; do if x; then exit; fi; done; make"},
		{"loop in a branch", "if x; then while true; do break; done; fi; ^make"},
		{"loop that is left", "for x in a b; do [ $x = a ] && continue; make $x; done; ^npm ci"},
		{"substitution", `x=$(^git describe) y="a $(^node -v)"; export Z=$(^go version)`},
		{"substitution without messages", "x=$(git describe 2>/dev/null)"},
		{"substitution with another side", "x=$(git describe || echo 1)"},
		{"substitution in a default value", "echo ${x:-$(git describe)}"},
		{"document", "cat > x <<EOF\n$(^git log)\nmake\nEOF"},
		{"function", "f() { ^make \"$1\"; return; npm ci; }\nf a && ^npm ci"},
		{"function that is not called", "f() { make; }; true"},
		{"function that ends", "f() { if true; then exit 0; fi; }; f; make"},
		{"function of that name", "make() { true; }; make; ^npm ci"},
		{"functions that call each other", "f() { g; g; }; g() { f; f; }; f"},
		{"after the end", "exit; make"},
		{"in place of the shell", "exec ^make; npm ci"},
		{"redirection of the shell", "exec 2>&1; ^make"},
		{"other text", ". ./x; make"},
		{"unknown command", "$x; make"},
		{"background", "make & ^npm ci"},
		{"wrappers", "env A=b C=$x ^make && nice -n 5 ^make && timeout -s INT 5 ^make && nohup ^make && su-exec app ^make && busybox ^make && time -p ^make"},
		{"su", "su app -s /bin/sh -c '^make' && su -c '^npm i' app && su app -s /bin/false -c 'make'"},
		{"wrapper of the wrapper", "env -i nice ^make"},
		{"wrapper with an option that is not known", "env -S make"},
		{"command", "command ^make; command -v make"},
		{"xargs", "cat x | xargs -n 1 ^pip install; cat x | xargs -r npm install"},
		{"found", `find . -exec make {} \;`},
		{"text", `sh -c '^make && npm ci'; ash -ec "^make && ^npm ci"`},
		{"text in words", `sh -c "make $x"`},
		{"text that ends", "sh -c 'exit 0; make'; ^npm ci"},
		{"evaluated", "eval '^make'; eval \"$x\"; npm ci"},
		{"download that is run", "cat x | sh; make"},
		{"no commands", "set -n; make"},
		{"unknown syntax", "true; ^make ("},
		{"another shell's syntax", "make; ^a=(1 2); make"},
		{"another shell's syntax in a branch", "if true; then\n  echo ^${a[0]}\nfi; make"},
		{"syntax of a text within", "sh -c 'if'; make"},

		// Programs that may be scripts.
		{"file of that name", "cp x /usr/local/bin/make; make; ^npm ci"},
		{"file that is copied later", "^make; cp make /usr/local/bin/"},
		{"link", "ln -s python3 /usr/bin/python; ^python3 x; python x"},
		{"files in a directory", "cp a b /usr/local/bin; ^make; cp a make /usr/bin/; make"},
		{"any files", "cp -r x/. /usr/local/bin; make"},
		{"any files above", "cp -r x /usr/local; make"},
		{"any files elsewhere", "cp -r x/. /opt; ^make"},
		{"name with a variable", "cp x /usr/local/bin/$name; make"},
		{"name with an end", "cp x $dir/make.sh; ^make"},
		{"directory with a variable", "cp x $dir/; make"},
		{"redirection", "echo x > /usr/bin/make; make; ^npm ci"},
		{"redirection elsewhere", "echo x > make; ^make"},
		{"redirection in the directory", "cd /usr/bin; echo x > make; make"},
		{"download", "frob -o /usr/local/bin/make x; make"},
		{"in a branch", "if true; then cp x /bin/make; fi; make"},
		{"unpacked", "frob -C /usr/local; make"},
		{"installer", "./configure; make"},
		{"installer that is a file", "sh x.sh; make"},
		{"PATH", "export PATH=/x:$PATH; make"},
		{"PATH for one", "PATH=/x make; make"},
		{"text of Bash", "bash -ec 'a=({1..2}); (( ${#a[@]} )); ^make'; ^npm ci"},
		{"text that is not of Bash any more", "bash -c 'a=(1)'; eval 'a=(1)'; make"},
		{"text that makes it", "sh -c 'echo > /bin/make'; make"},
		{"text that makes it in a branch", "if true; then env sh -c 'echo > /bin/make'; fi; make"},
		{"programs do nothing", "^pip install -t /usr/local/bin x; ^make"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, want := strings.ReplaceAll(test.text, "^", ""), test.text
			got := text
			list := new(programs.Survey).Run(text)
			for i := len(list) - 1; i >= 0; i-- {
				if list[i].Name == "" {
					got = got[:list[i].Offset] + "^" + got[list[i].Offset:]
					continue
				}
				if p := list[i]; !strings.HasPrefix(text[p.Offset:], p.Name) {
					t.Errorf("%q is not at %d", p.Name, p.Offset)
				} else {
					got = got[:p.Offset] + "^" + got[p.Offset:]
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzRun: whatever the text is, each program is one that the text has there, and the way through it ends.
func FuzzRun(f *testing.F) {
	f.Add("set -e; make || exit 1; f() { npm ci; }; f && sh -c 'git log' | xargs -n 1 pip install $(go version)")
	f.Add("for x in a; do case $x in a) exit ;; esac; env A=b timeout 5 make; done; cp -r a/. /usr/bin; eval \"make\"")
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range new(programs.Survey).Run(text) {
			if p.Offset < 0 || p.Offset > len(text) || !programs.IsKnown(path.Base(p.Name)) && (p.Name != "" || p.Reason == "") {
				t.Errorf("%+v", p)
			}
		}
	})
}
