package spec

import (
	"fmt"
	"strings"

	"github.com/lamina-oci/lamina/layer/stage"
)

// groupEntry is an item of groups.
type groupEntry struct {
	Name    string   `yaml:"name"`
	GID     *uint32  `yaml:"gid"`
	System  bool     `yaml:"system"`
	Members []string `yaml:"members"`
}

// userEntry is an item of users.
type userEntry struct {
	Name       string   `yaml:"name"`
	UID        *uint32  `yaml:"uid"`
	Group      string   `yaml:"group"`
	Groups     []string `yaml:"groups"`
	Home       string   `yaml:"home"`
	CreateHome *bool    `yaml:"createHome"`
	Shell      string   `yaml:"shell"`
	Gecos      *string  `yaml:"gecos"`
	System     bool     `yaml:"system"`
	Password   string   `yaml:"password"`
}

func (g *groupEntry) group() stage.Group {
	return stage.Group{Name: g.Name, GID: g.GID, System: g.System, Members: g.Members}
}

func (u *userEntry) user() stage.User {
	return stage.User{
		Name: u.Name, UID: u.UID, Group: u.Group, Groups: u.Groups, Home: u.Home, Shell: u.Shell, Gecos: u.Gecos,
		System: u.System, NoHome: u.CreateHome != nil && !*u.CreateHome, Password: u.Password,
	}
}

// maxID is the highest uid and gid that busybox gives and takes.
const maxID = 256_000

// check says what is wrong with the entry, or "".
func (g *groupEntry) check() string {
	if message := checkAccount("group", g.Name, g.GID); message != "" {
		return message
	}
	for _, member := range g.Members {
		if message := checkAccount("member", member, nil); message != "" {
			return message
		}
	}
	return ""
}

// check says what is wrong with the entry, or "".
func (u *userEntry) check() string {
	if message := checkAccount("user", u.Name, u.UID); message != "" {
		return message
	}
	for _, group := range append([]string{u.Group}, u.Groups...) {
		if group != "" {
			if message := checkAccount("group", group, nil); message != "" {
				return message
			}
		}
	}
	for _, field := range [...]struct{ name, value string }{{"home", u.Home}, {"shell", u.Shell}, {"password", u.Password}} {
		switch {
		case strings.ContainsAny(field.value, ":\n\x00"):
			return fmt.Sprintf("%s of user %s contains a colon, a newline or a zero byte", field.name, u.Name)
		case field.name != "password" && field.value != "" && !strings.HasPrefix(field.value, "/"):
			return fmt.Sprintf("%s %q of user %s is not an absolute path", field.name, field.value, u.Name)
		}
	}
	switch {
	case u.Gecos != nil && strings.ContainsAny(*u.Gecos, ":\n\x00"):
		return fmt.Sprintf("gecos of user %s contains a colon, a newline or a zero byte", u.Name)
	case u.Password != "" && u.Password != "!" && u.Password != "*" && !strings.HasPrefix(strings.TrimLeft(u.Password, "!"), "$"):
		return fmt.Sprintf(`password of user %s is neither "!" nor "*" nor a hash that begins with $: write what mkpasswd prints`, u.Name)
	}
	return ""
}

func checkAccount(what, name string, id *uint32) string {
	switch {
	case name == "":
		return fmt.Sprintf("a %s needs a name", what)
	case len(name) > 256 || strings.HasPrefix(name, "-") || strings.ContainsAny(name, ": \t\n\x00/,"):
		return fmt.Sprintf("%s %q: a name has at most 256 characters, does not begin with a hyphen, and contains no space, colon, comma or slash", what, name)
	case id != nil && *id > maxID:
		return fmt.Sprintf("%s %s: the id %d is above %d", what, name, *id, maxID)
	}
	return ""
}
