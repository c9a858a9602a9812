package script

import "testing"

// TestCheckedSums is about lists that -c reads: of other forms, of files that cannot be read, and what is no list.
func TestCheckedSums(t *testing.T) {
	compareWithBusybox(t, eachLine(`
md5sum one two | md5sum -c
md5sum one two | md5sum -c -
md5sum one two | md5sum -cs
md5sum one two | tr a-f A-F | md5sum -c
md5sum one dir/inner empty >s; echo x >>one; md5sum -c s
md5sum one dir/inner empty >s; rm one; md5sum -c s
md5sum one dir/inner empty >s; rm one; md5sum -cs s
md5sum one >s; sed -i 's/^/ /' s; md5sum -c s
md5sum one >s; sed -i 's/  / */' s; sha1sum one >>s; md5sum -c s
md5sum one >s; sed -i 's/  / /' s; md5sum -c s
md5sum one >s; sed -i 's/  /   /' s; md5sum -c s
md5sum one >s; sed -i 's/$/ /' s; md5sum -c s
md5sum one >s; echo garbage >>s; md5sum -c s
md5sum one >s; echo garbage >>s; md5sum -cw s
md5sum one >s; echo garbage >>s; md5sum -csw s
md5sum one >s; echo >>s; md5sum -c s
md5sum one >s; rm one; mkdir one; md5sum -c s
md5sum one >s; rm one; ln -s loop one; md5sum -c s
md5sum one >s; printf '%s' "$(cat s)" >s; md5sum -c s
md5sum one >s; md5sum -c s s
md5sum one >s; md5sum -c s missing s
md5sum one >s; md5sum -c dir s
md5sum -c empty
md5sum -c one
md5sum -c dir
md5sum -c missing
md5sum -c loop
md5sum -c </dev/null
md5sum -c -
printf ' one\n' | md5sum -c
printf ' missing\n' | sha256sum -c
printf '  missing\n' | sha256sum -c
printf ' *missing\n' | sha512sum -c
printf 'x  missing\n' | sha256sum -c
printf 'x  missing\n' | sha256sum -cs
printf '  \n' | sha1sum -c
printf ' \n' | sha1sum -c
sha1sum one | sha1sum -c
sha256sum one -dash 'a b' | sha256sum -c
sha512sum -- -dash | sha512sum -c
sha3sum one | sha3sum -c
sha3sum -a 512 one | sha3sum -c -a 512
sha3sum -a 512 one | sha3sum -c
sha256sum one | md5sum -c
(cd dir; md5sum ./inner ../one /w/two) | md5sum -c
(cd dir; md5sum ./inner ../one /w/two) >s; cd dir; md5sum -c ../s
echo x | md5sum | md5sum -c
echo x | md5sum >s; echo x | md5sum -c s
`))
}
