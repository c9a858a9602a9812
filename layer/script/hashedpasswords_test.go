package script

import (
	"strings"
	"testing"

	"github.com/lamina-oci/lamina/layer/script/internal/crypt"
)

// TestOpenSSLPassword expects what OpenSSL 3.1.4 of Alpine 3.19 prints.
func TestOpenSSLPassword(t *testing.T) {
	for script, want := range map[string]string{
		"openssl passwd -1 -salt abcdefghijkl secret":          "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1\n",
		"openssl passwd -apr1 -salt abcdefghijkl secret":       "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/\n",
		"openssl passwd -5 -salt abcdefghijklmnopqrst secret":  "$5$abcdefghijklmnop$i7zHaTeYqXlesRXJ8dXj6o.MEFQdzfIJpJpcWAtszs6\n",
		"echo p1 | openssl passwd -stdin -1 -salt x":           "$1$x$.l0Rpu53IzdoDY.zhdThW1\n",
		"printf 'p1\np2' >f; openssl passwd -1 -salt x -in f":  "$1$x$.l0Rpu53IzdoDY.zhdThW1\n$1$x$w3LI0A2oDIAucPE7X0WAy.\n",
		"openssl passwd -1 -salt x -table a b":                 "a\t$1$x$P8VObTrxaqT4VBmnH06P8.\nb\t$1$x$uTcaoE2vJUbzyKq1.YZ4h1\n",
		"openssl passwd -1 -salt x -table -reverse a":          "$1$x$P8VObTrxaqT4VBmnH06P8.\ta\n",
		"openssl passwd -salt xy -noverify -quiet abc":         "$1$xy$RZY8qkLk4POQ.JoAZLLJK.\n",
		"openssl passwd -1 -salt x ''":                         "$1$x$fwjfZtMwarkdetsjiQreU1\n",
		"openssl passwd -1 -salt x -stdin </dev/null; echo $?": "0\n",
		"openssl passwd -6 -5 -salt x a; echo $?":              "passwd: Use -help for summary.\n1\n",
		"openssl passwd -1 -stdin a; echo $?":                  "passwd: Use -help for summary.\n1\n",
		"openssl passwd -salt; echo $?":                        "passwd: Option -salt needs a value\npasswd: Use -help for summary.\n1\n",
	} {
		if got, err := runCommands(t, Options{}, script); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", script, got, err, want)
		}
	}
}

// TestSaltsOfPasswords: without one that a command names, the salt is the same each time, and what is printed belongs to it.
func TestSaltsOfPasswords(t *testing.T) {
	for script, method := range map[string]*crypt.Method{
		"openssl passwd -6 secret": crypt.SHA512, "openssl passwd secret": crypt.MD5, "mkpasswd secret": crypt.SHA512,
		"echo secret | mkpasswd -m SHA256": crypt.SHA256, "cryptpw -m md5 secret": crypt.MD5,
	} {
		first, err := runCommands(t, Options{}, script)
		again, _ := runCommands(t, Options{}, script)
		fields := strings.Split(strings.TrimSuffix(first, "\n"), "$")
		if err != nil || first != again || len(fields) != 4 || first != method.Encrypt("secret", fields[2])+"\n" {
			t.Errorf("%s: got %q, then %q, %v", script, first, again, err)
		}
	}
}
