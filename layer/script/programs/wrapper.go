package programs

import "strings"

// wrapper is a command that runs another one, for certain.
type wrapper struct {
	options  string // options that may come before it, those with a value followed by a colon
	operands int    // that come before it
	settings bool   // NAME=VALUE may come before it
}

var wrappers = map[string]wrapper{
	"busybox":   {},
	"command":   {options: "p"},
	"doas":      {options: "nu:"},
	"dumb-init": {options: "cvr:"},
	"env":       {options: "iu:", settings: true},
	"flock":     {options: "sxn", operands: 1},
	"gosu":      {operands: 1},
	"ionice":    {options: "c:n:"},
	"nice":      {options: "n:"},
	"nohup":     {},
	"setsid":    {options: "c"},
	"sudo":      {options: "EHnSu:", settings: true},
	"su-exec":   {operands: 1},
	"time":      {options: "pao:"},
	"timeout":   {options: "s:k:", operands: 1},
	"tini":      {options: "e:gp:svw"},
	"xargs":     {options: "0toxpn:s:I:L:P:d:"}, // not -r, with which it may run none
}

// wrapped returns the position of the command that a wrapper runs, 0 if that is not certain.
func wrapped(name string, words []pattern) int {
	wrapper, ok := wrappers[name]
	if !ok {
		return 0
	}
	i := 1
	for ; i < len(words); i++ {
		word, ok := words[i].literal()
		if !ok || !strings.HasPrefix(word, "-") || word == "--" {
			break
		}
		if word == "-" {
			continue
		}
		at := strings.IndexByte(wrapper.options, word[1])
		if at < 0 || word[1] == ':' {
			return 0
		}
		if strings.HasPrefix(wrapper.options[at+1:], ":") && len(word) == 2 {
			i++
		}
	}
	if i < len(words) && words[i].matches("--") && len(words[i]) == 1 {
		i++
	}
	for wrapper.settings && i < len(words) && strings.Contains(words[i][0], "=") {
		i++
	}
	return i + wrapper.operands
}
