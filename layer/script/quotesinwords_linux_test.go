package script

import "testing"

// Within double quotes and in here-documents the word of an expansion has other rules than outside: single quotes are letters
// there, and a backslash takes the meaning from a brace.
func TestQuotesInTheWordsOfExpansions(t *testing.T) {
	compareWithBusybox(t, eachLine(`
echo "${u:-\}}" "${u:-a\}b}" ${u:-\}} "${u-\"}" "${u:-\\}" "${u:-\$x}" "${u:-\a}"
x=1; echo "${x:+\}}" "x${x:+{\}}y" "${x+\"q\"}"
x=v; echo "${u:-'$x'}" "${u:-'a b'}" "${u:-'`+"`echo c`"+`'}" "${x:+'$x' and '$x'}"
x=v; printf '<%s>' "${u:-'\$x'}" "${u:-'\\'}" "${x+''}"; echo
x='a b'; printf '<%s>' ${u:-'$x'} ${u:-"$x"} ${u:-$x} "${u:-"$x"}" "${u:-'${x}c'}"; echo
x="${u:-'$HOME'}"; echo "$x"; case "${u:-'a'}" in "'a'") echo quotes;; esac
echo "${u='a'}" "$u"; unset u; echo ${u='a'} "$u"
x=abcb; echo "${x#'a'}" "${x%"b"}" "${x#\a}" "${x%'b}'}" "${x/'b'/"c"}"
x='a}b'; echo "${x%\}*}" ${x%\}*} "${x#*\}}" "${x%'}b'}"
x='"a"'; echo "${x#\"}" "${x%'"'}" ${x#'"'}
f() { echo "${1:-'default'}"; }; f; f ''; f x
`))
	compareWithBusybox(t, inFixture(
		"cat <<E\n${u:-'a'} ${u:-\"b\"} ${u:-c d} ${u:-\\\"} ${u:-\\}} ${u:-\\$x} ${u:-\\\\}\nE",
		"x=v\ncat <<E\n${u:-'$x'} '$x' \"$x\" ${x:+'$x'} ${x:+\"$x\"} '${x}'\nE",
		"x=v\ncat <<'E'\n${u:-'$x'} $x `echo a` \\$x\nE",
		"x=v\ncat <<-E\n\t${u:-'$x'}\n\t\t$(echo \"a  b\")\n\tE",
		"name=web\ncat > unit <<EOF\n[Service]\nExecStart=/usr/bin/${name} --user='${user:-nobody}' ${opts:-'--quiet'}\n"+
			"Environment=\"HOME=${home:-/var/lib/$name}\"\nEOF\ncat unit",
		"x='a\"b'\ncat <<E\n${x%\\\"*} ${x#*'\"'} \"${x}\"\nE",
	))
}
