package stage

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lamina-oci/lamina/layer/stage/internal/accounts"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Group is a group of the image.
type Group struct {
	Name    string   `json:"name"`
	GID     *uint32  `json:"gid,omitempty"`    // nil for the next free one
	System  bool     `json:"system,omitempty"` // the next free one is below 1000
	Members []string `json:"members,omitempty"`
}

// User is a user of the image.
type User struct {
	Name   string   `json:"name"`
	UID    *uint32  `json:"uid,omitempty"`    // nil for the next free one
	Group  string   `json:"group,omitempty"`  // main group; empty for one of the user's own name, or nogroup for a system user
	Groups []string `json:"groups,omitempty"` // further groups of the user
	Home   string   `json:"home,omitempty"`   // default /home/NAME
	Shell  string   `json:"shell,omitempty"`  // default: that of root, or /sbin/nologin for a system user
	Gecos  *string  `json:"gecos,omitempty"`  // default as busybox has it: "Linux User,,,"
	System bool     `json:"system,omitempty"` // the next free uid is below 1000
	NoHome bool     `json:"noHome,omitempty"` // the home directory is not created

	// Password is what /etc/shadow gets: "!" or "*" for none that fits, or a hash as crypt(3) makes it. Empty means "!".
	Password string `json:"password,omitempty"`
}

// An AccountError is about a group or a user of a request.
type AccountError struct {
	IsUser bool
	Index  int // in the list of its kind
	Name   string
	Err    error
}

func (e *AccountError) Error() string {
	what := "group"
	if e.IsUser {
		what = "user"
	}
	return fmt.Sprintf("%s %s: %v", what, e.Name, e.Err)
}

func (e *AccountError) Unwrap() error { return e.Err }

// AddAccounts adds groups, then users, then their memberships, as busybox' addgroup and adduser do, ids chosen
// included. Existing accounts stay as they are if they fit; others are an error. Missing
// files etc/passwd and etc/group are created. The error is an [*AccountError].
func (s *Stage) AddAccounts(ctx context.Context, groups []Group, users []User) error {
	if len(groups)+len(users) == 0 {
		return nil
	}
	for _, name := range []string{accounts.Passwd().Path, accounts.Groups().Path} {
		if err := s.createEmpty(name); err != nil {
			return err
		}
	}
	for i := range groups {
		if err := s.addGroup(ctx, &groups[i]); err != nil {
			return &AccountError{Index: i, Name: groups[i].Name, Err: err}
		}
	}
	for i := range users {
		if err := s.addUser(ctx, &users[i]); err != nil {
			return &AccountError{IsUser: true, Index: i, Name: users[i].Name, Err: err}
		}
	}
	for i, g := range groups {
		for _, member := range g.Members {
			if err := s.addMember(ctx, member, g.Name); err != nil {
				return &AccountError{Index: i, Name: g.Name, Err: err}
			}
		}
	}
	for i, u := range users {
		for _, group := range u.Groups {
			if err := s.addMember(ctx, u.Name, group); err != nil {
				return &AccountError{IsUser: true, Index: i, Name: u.Name, Err: err}
			}
		}
	}
	return nil
}

func (s *Stage) createEmpty(name string) error {
	if _, err := s.tree.Stat(name); !errors.Is(err, tree.ErrNotExist) {
		return err
	}
	return s.AddFiles(context.Background(), []File{{Path: name, Type: tree.Regular}})
}

func (s *Stage) addGroup(ctx context.Context, g *Group) error {
	table := accounts.Groups()
	if line := table.Read(s.tree)[g.Name]; line.Exists {
		if g.GID != nil && *g.GID != line.ID {
			return fmt.Errorf("exists with gid %d, not %d", line.ID, *g.GID)
		}
		return nil
	}
	words := []string{"addgroup"}
	if g.GID != nil {
		words = append(words, "-g", strconv.FormatUint(uint64(*g.GID), 10))
	}
	if g.System {
		words = append(words, "-S")
	}
	return s.applet(ctx, append(words, "--", g.Name)...)
}

func (s *Stage) addUser(ctx context.Context, u *User) error {
	line, fields := s.account(u.Name)
	if line.Exists {
		return s.fits(u, line, fields)
	}
	words := []string{"adduser", "-D"}
	for _, option := range [...]struct {
		name string
		set  bool
	}{{"-S", u.System}, {"-H", u.NoHome}} {
		if option.set {
			words = append(words, option.name)
		}
	}
	if u.UID != nil {
		words = append(words, "-u", strconv.FormatUint(uint64(*u.UID), 10))
	}
	for _, option := range [...]struct{ name, value string }{{"-G", u.Group}, {"-h", u.Home}, {"-s", u.Shell}} {
		if option.value != "" {
			words = append(words, option.name, option.value)
		}
	}
	if u.Gecos != nil {
		words = append(words, "-g", *u.Gecos)
	}
	if err := s.applet(ctx, append(words, "--", u.Name)...); err != nil {
		return err
	}
	if u.Password == "" || u.Password == "!" {
		return nil
	}
	return s.setPassword(u.Name, u.Password)
}

// account returns a user's line in etc/passwd, with its fields.
func (s *Stage) account(name string) (line accounts.Line, fields []string) {
	table := accounts.Passwd()
	if line = table.Read(s.tree)[name]; !line.Exists {
		return line, nil
	}
	text, err := s.tree.ReadFile(table.Path, accounts.MaxFile)
	if err != nil {
		return accounts.Line{}, nil
	}
	for text := range strings.Lines(string(text)) {
		if fields = strings.Split(strings.TrimSuffix(text, "\n"), ":"); fields[0] == name && len(fields) > 6 {
			return line, fields
		}
	}
	return accounts.Line{}, nil
}

// fits says in what an existing user differs from the one that is wanted.
func (s *Stage) fits(u *User, line accounts.Line, fields []string) error {
	switch {
	case u.UID != nil && *u.UID != line.ID:
		return fmt.Errorf("exists with uid %d, not %d", line.ID, *u.UID)
	case u.Home != "" && u.Home != fields[5]:
		return fmt.Errorf("exists with home %s, not %s", fields[5], u.Home)
	case u.Shell != "" && u.Shell != fields[6]:
		return fmt.Errorf("exists with shell %s, not %s", fields[6], u.Shell)
	case u.Gecos != nil && *u.Gecos != fields[4]:
		return fmt.Errorf("exists with gecos %q, not %q", fields[4], *u.Gecos)
	}
	if u.Group != "" {
		groups := accounts.Groups()
		if group := groups.Read(s.tree)[u.Group]; !group.Exists || group.ID != line.GID {
			return fmt.Errorf("exists with gid %d, which is not that of group %s", line.GID, u.Group)
		}
	}
	if u.Password != "" {
		return s.setPassword(u.Name, u.Password)
	}
	return nil
}

func (s *Stage) addMember(ctx context.Context, user, group string) error {
	return s.applet(ctx, "addgroup", "--", user, group)
}

// setPassword writes the second field of a user's line in etc/shadow.
func (s *Stage) setPassword(user, password string) error {
	const shadow = "etc/shadow"
	text, err := s.tree.ReadFile(shadow, accounts.MaxFile)
	if errors.Is(err, tree.ErrNotExist) {
		return errors.New("has a password, and the image has no /etc/shadow to keep it in")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", shadow, err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i, line := range lines {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) == 3 && fields[0] == user {
			lines[i] = fields[0] + ":" + password + ":" + fields[2]
			return s.tree.WriteFile(shadow, []byte(strings.Join(lines, "")), 0o640)
		}
	}
	return errors.New("has a password, but no line in /etc/shadow")
}
