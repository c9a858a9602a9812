package script

import (
	"strings"
	"testing"
)

// TestGitConfig: git config writes the file that git 2.39.5 wrote with these commands, and says what it said.
func TestGitConfig(t *testing.T) {
	const commands = "git config --global user.email \"a@b\"; git config --global user.name 'A B'; git config --global --add safe.directory '*'; git config --global --add " +
		"safe.directory '/x y'; git config --global url.\"https://github.com/\".insteadOf git@github.com: ; git config --global http.sslVerify false; git config " +
		"--global user.email c@d; git config --global x.y ' lead \"q\" \\ # ; '; git config --global core.Editor vi; git config --global User.Name Z; git config " +
		"--global x.a 'tab\tt'; git config --global init.defaultBranch main; git config --global safe.directory /z; echo $?; git config --global " +
		"'url.ssh://git@h/.insteadOf' https://h/; git config --global bad 1; echo $?; git config --global x. 1; echo $?; git config --global a.b_c 1; echo $?; " +
		"git config --global empty.v ''; git config --global Sec.Sub.Key v;  git config --global sec.Sub.other v2; git config --global core.editor nano; git " +
		"config --global x.bs 'a\\'"
	const want = "warning: safe.directory has multiple values\n" +
		"error: cannot overwrite multiple values with a single value\n" +
		"       Use a regexp, --add or --replace-all to change safe.directory.\n" +
		"5\n" +
		"error: key does not contain a section: bad\n" +
		"2\n" +
		"error: key does not contain variable name: x.\n" +
		"2\n" +
		"error: invalid key: a.b_c\n" +
		"1\n" +
		"[user]\n" +
		"\temail = c@d\n" +
		"\tName = Z\n" +
		"[safe]\n" +
		"\tdirectory = *\n" +
		"\tdirectory = /x y\n" +
		"[url \"https://github.com/\"]\n" +
		"\tinsteadOf = git@github.com:\n" +
		"[http]\n" +
		"\tsslVerify = false\n" +
		"[x]\n" +
		"\ty = \" lead \\\"q\\\" \\\\ # ; \"\n" +
		"\ta = tab\\tt\n" +
		"\tbs = a\\\\\n" +
		"[core]\n" +
		"\teditor = nano\n" +
		"[init]\n" +
		"\tdefaultBranch = main\n" +
		"[url \"ssh://git@h/\"]\n" +
		"\tinsteadOf = https://h/\n" +
		"[empty]\n" +
		"\tv = \n" +
		"[Sec \"Sub\"]\n" +
		"\tKey = v\n" +
		"\tother = v2\n"
	got, err := runCommands(t, Options{}, "export HOME=/tmp\n"+commands+"\ncat /tmp/.gitconfig")
	if err != nil || got != want {
		t.Errorf("%v\ngot:\n%s\nwant:\n%s", err, got, want)
	}
	got, err = runCommands(t, Options{}, "git config --system core.autocrlf false; stat -c %a /etc/gitconfig; cat /etc/gitconfig")
	if err != nil || got != "644\n[core]\n\tautocrlf = false\n" {
		t.Errorf("--system: %q, %v", got, err)
	}
	for _, command := range []string{"git clone x", "git", "git config user.name x", "git config --global --unset a.b", "git config --global a.b",
		"printf '# mine\n' >/tmp/.gitconfig; HOME=/tmp git config --global a.b c"} {
		if _, err := runCommands(t, Options{}, command+" || true"); err == nil || !strings.Contains(err.Error(), "git is a program that cannot be interpreted") {
			t.Errorf("%s: %v", command, err)
		}
	}
}
