package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/busybox"
)

// TestUnknownOptions: an option that busybox lacks is refused in its words and with its
// status, and no other option is.
func TestUnknownOptions(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ5@"
	var cases []scriptCase
	for _, name := range busybox.Names() {
		known, ok := busybox.OptionLetters(name)
		if !ok {
			continue
		}
		var b strings.Builder
		for _, letter := range letters {
			if !strings.ContainsRune(known, letter) && (letter > '9' || !strings.Contains(" head pkill tail ", " "+name+" ")) {
				fmt.Fprintf(&b, "%s -%c one two </dev/null; echo $?\n", name, letter)
			}
		}
		fmt.Fprintf(&b, "%s --no-such-option one; echo $?\n%s --no-such=option; echo $?\n", name, name)
		cases = append(cases, scriptCase{name: name, script: "cd /w\n" + b.String()})
	}
	compareWithBusybox(t, cases)
}

func TestLongOptions(t *testing.T) {
	compareWithBusybox(t, eachLine(`
sort --reverse one
sort --unique one
sort --key=1 one
sort --help
sort --numeric-sort one
cut --delimiter=: -f1 one
cut --fields=1 one
head --lines=1 one
head --bytes=1 one
tail --lines=1 one
grep --quiet one one
grep --extended-regexp one one
grep --count one one
grep --only-matching one one
grep --recursive one dir
grep --include='*' -r inner dir
grep --exclude='*' -r inner dir
wc --lines one
uniq --count one
sed --expression=p one
sed --regexp-extended p one
sed --in-place s/o/x/ one
sed --quiet p one
sed --silent p one
sed --null-data p one
tr --delete a < one
cat --number one
ls --all
mkdir --parents a/b
mkdir --mode=700 a
mkdir --verbose a
rm --force nothing
rm --recursive dir
rm --verbose one
cp --archive one a
cp --recursive dir a
cp --preserve=mode one a
cp --no-dereference link a
cp --force one a
cp --target-directory=void one
mv --force one a
mv --no-clobber one two
chown --recursive 1 dir
chown --reference=one two
chown --no-dereference 1 link
chown --from=0 1 one
touch --date=@1 one
touch --reference=one two
touch --no-create x
readlink --canonicalize link
readlink --no-newline link
stat --format=%a one
stat --dereference link
stat --printf=%a one
date --utc -d @0 +%s
date --date=@0 -u +%s
date --reference=one -u +%s
id --user
id --group
id --name -u
env --ignore-environment env
env --null true
tee --append one < two
touch --time=atime one
xargs --max-args=1 echo < one
xargs --null echo < one
xargs --no-run-if-empty echo < empty
find --help
basename --suffix=.c a.c
dirname --zero a
realpath --no-symlinks link
truncate --size=3 one
sync --data one
md5sum --check one
sha256sum --status one
md5sum --binary one
diff --brief one two
cmp --silent one two
cmp --quiet one one
seq --separator=, 3
seq --equal-width 3
expr --version
expr --help
test --help; echo $?
printf --help
printf --version
echo --help
echo --version
true --help
false --version; echo $?
which --all sh
mv --backup one two
tac --separator=a one
rev --help
sleep --help
awk --version
awk --re-interval 'BEGIN{}'
awk --field-separator=: '{print $1}' one
awk --assign=a=1 'BEGIN{print a}'
awk --file=one
rmdir --parents dir/sub
rmdir --ignore-fail-on-non-empty dir
unlink --help
cp --verbose --no-clobber one c
mv --verbose --no-clobber one c
chown --verbose --recursive 1 void
chown --changes 1 one
chown --quiet 1 nothing
mkdir --verbose --parents a/b
rmdir --verbose --ignore-fail-on-non-empty dir
`))
}
