package script

import (
	"errors"
	"strings"
	"testing"
)

// Lists in the words of expansions, and directories by "~+" and "~-".
func TestBashListsInWords(t *testing.T) {
	compareBash(t, linesOf(`
bash -c 'p() { printf '\''<%s>'\'' "$@"; echo; }; IFS='\'' '\''; set -- a b; y=1; p ${y:+$@}; p ${y+$*}; p "${y:+$@}"; p ${z-$@}; p ${z:-$*}; v=$*; p "$v"; v=$@; p "$v"' 2>/dev/null
bash -c 'p() { printf '\''<%s>'\'' "$@"; echo; }; IFS=,; set -- a b; v=$*; p "$v"; v=$@; p "$v"; export w=$*; p "$w"; export w=$@; p "$w"; v="$@"; p "$v"; v=${z-$*}; p "$v"; v=${z-$@}; p "$v"; declare u=$*; p "$u"; f() { local q=$*; p "$q"; local r=$@; p "$r"; }; f 1 2' 2>/dev/null
bash -c 'p() { printf '\''<%s>'\'' "$@"; echo; }; set --; p "${@:+}"; p "${@:+x}"; p "${@+x}"; p "${@:-}"; p "${@-}"; set -- a; p "${@:+}"; p "${@:-}"; p "${@+}"; set -- '\'''\''; p "${@:+}" 1; p "${@:-}" 2; p "${@+}" 3; p "${@-}"; p "x${@:+}"' 2>/dev/null
bash -c 'p() { printf '\''<%s>'\'' "$@"; echo; }; a=(); p "${a[@]:+}"; p "${a[@]:+x}"; p "${a[@]+x}"; p "${a[@]:-}"; p "${a[@]-}"; a=(1); p "${a[@]:+}"; p "${a[@]:-}"; p "${a[@]+}"; p "${a[@]:1}"; p "${a[@]:+${a[@]}}"' 2>/dev/null
bash -c 'cd /etc; cd /w; echo ~- ~+ ~-/x ~+/y a~- "~-" ~-x; v=~-:~+/z; echo $v; unset OLDPWD; echo ~- ~+' 2>/dev/null
bash -c 'case ~+ in $PWD) echo same;; esac; cat < ~+/one | head -1; echo ~-/one > /dev/null; unset PWD; echo ~+' 2>/dev/null
bash -c 'set --; set -- "${@:+}"; echo $#; set --; set -- "${@:+x}"; echo $#; set --; set -- "${@+x}"; echo $#; set --; set -- "${@+}"; echo $#; set --; set -- "${@:-}"; echo $#; set --; set -- "${@-}"; echo $#' 2>/dev/null
bash -c 'set -- '\'''\''; set -- "${@:+}"; echo $#; set -- '\'''\''; set -- "${@:+x}"; echo $#; set -- '\'''\''; set -- "${@+x}"; echo $#; set -- '\'''\''; set -- "${@+}"; echo $#; set -- '\'''\''; set -- "${@:-}"; echo $#; set -- '\'''\''; set -- "${@-}"; echo $#' 2>/dev/null
bash -c 'set -- a; set -- "${@:+}"; echo $#; set -- a; set -- "${@:+x}"; echo $#; set -- a; set -- "${@+x}"; echo $#; set -- a; set -- "${@+}"; echo $#; set -- a; set -- "${@:-}"; echo $#; set -- a; set -- "${@-}"; echo $#' 2>/dev/null
bash -c 'set -- a b; set -- "${@:+}"; echo $#; set -- a b; set -- "${@+}"; echo $#; set -- '\'''\'' '\'''\''; set -- "${@:+}"; echo $#;  set -- '\'''\'' '\'''\''; set -- "${@+}"; echo $#' 2>/dev/null
bash -c 'a=(); set -- "${a[@]:+}"; echo $#; set -- "${a[@]:+x}"; echo $#; set -- "${a[@]+x}"; echo $#; set -- "${a[@]:-}"; echo $#; set -- "${a[@]-}"; echo $#; a=('\'''\''); set -- "${a[@]:+}"; echo $#; set -- "${a[@]+}"; echo $#; set -- "${a[@]:-}"; echo $#; a=(1 2); set -- "${a[@]:+}"; echo $#; set -- "${a[@]+}"; echo $#; set -- "${a[@]:5}"; echo $#' 2>/dev/null
`))
}

// Quotes in patterns within here-documents quote, otherwise than in ash.
func TestBashPatternsInDocuments(t *testing.T) {
	compareBash(t, []string{
		"IFS=:; set -- a b; cat <<E\n$*|$@|${*}|${@}|${*:-z}|${@:-z}|${*%y}|${@%y}\nE",
		"y='a*b'; p='*'; cat <<E\n${y##\"*\"} ${y#\"$p\"} ${y##a\"$p\"} ${y##a$p} ${y#'a'} ${y##\"$p\"b} ${y%\"b\"} ${y##*\"b\"} ${y/\"*\"/-} ${y/\"$p\"/-} ${y//$p/-} ${y#\\a} ${y##a\\*}\nE",
		"y='a*b'; p='*'; echo \"${y##\"*\"} ${y#\"$p\"} ${y##a\"$p\"} ${y##a$p} ${y#'a'} ${y##\"$p\"b} ${y%\"b\"} ${y##*\"b\"} ${y/\"*\"/-} ${y/\"$p\"/-} ${y//$p/-} ${y#\\a} ${y##a\\*}\"",
		"y='[a]'; cat <<E\n${y#\"[\"} ${y#'['} ${y#\"[a]\"} ${y#[a]} ${y#\\[} ${y%\"]\"} ${y#\"${y%a]}\"} ${y#${y%a]}}\nE",
	})
}

// Bash joins the words of a list in ways of its own where IFS does not begin with a space, and in here-documents: these are refused.
func TestBashListsThatAreRefused(t *testing.T) {
	const (
		unquoted = "line 1: a list without quotes here, where IFS does not begin with a space, is not supported"
		document = "line 1: ${*} of words with spaces in a here-document is not supported in bash: use ${@}"
	)
	for line, want := range map[string]string{
		"IFS=,; set -- a b; echo ${none-$@}":     unquoted,
		"IFS=,; set -- a b; echo x${1:+y$@}":     unquoted,
		"IFS=,; a=(1 2); echo ${a[0]:+x${a[@]}}": unquoted,
		"IFS=; set -- a b; export x=$*":          unquoted,
		"set -- a '' b; cat <<E\n$*\nE":          document,
		"a=(' a' b); cat <<E\n${a[*]}\nE":        document,
	} {
		_, err := runCommands(t, Options{}, "bash -c "+Quote(line))
		if !errors.As(err, new(*UnsupportedError)) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}
