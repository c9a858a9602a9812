package programs

import "strings"

// isKnown reports whether a name is that of a program that no distribution has as a script of the shell, other than one which only
// starts such a program.
func isKnown(name string) bool {
	for known := range strings.FieldsSeq(known) {
		if name == known {
			return true
		}
	}
	return false
}

// known are programs that Dockerfiles call. A test compares them with Alpine's packages.
const known = `
	python python2 python3 pip pip3 pipx pipenv poetry uv virtualenv
	node npm npx yarn pnpm corepack bun deno
	ruby gem bundle bundler rake
	perl cpan cpanm php composer lua
	java javac jar keytool mvn gradle
	go gofmt cargo rustc rustup dotnet ghc cabal elixir mix erl
	gcc g++ cc c++ clang clang++ ld ar strip make gmake cmake ninja meson
	git hg svn rsync jq gpg gpg2 openssl ssh ssh-keygen ssh-keyscan
	curl wget tar gzip bzip2 xz zstd unzip zip 7z
	bash zsh fish sudo doas su su-exec gosu tini
	apt apt-get dpkg yum dnf microdnf rpm zypper pacman
	mysqld mariadbd mariadb mysql postgres initdb psql sqlite3 redis-server
	nginx httpd named unbound dovecot postfix squid sshd
	aws kubectl helm terraform ansible ansible-galaxy ansible-playbook systemctl
`
