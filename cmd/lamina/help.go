package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/manpage"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/oci/spec"
)

// specHelp is the topic "lamina help spec": a command that only has a text.
func specHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "spec",
		Short: "The keys of a spec file",
		Long:  "A spec file says in YAML what to build. These are all its keys:\n\n" + indent(spec.Example),
	}
}

// indent sets a text apart from prose, in help and in man pages.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("  " + line)
	}
	return b.String()
}

// environmentHelp is the topic "lamina help environment".
func environmentHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "environment",
		Short: "Exit codes and environment variables",
		Long:  environmentText,
	}
}

// progressHelp is the topic "lamina help progress".
func progressHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "progress",
		Short: "Forms of --progress, and the events of --progress json",
		Long:  progressText,
	}
}

// manCommand is "lamina man".
func manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write man pages to a directory",
		Long: `Write man pages of all commands to a directory, generated from their help: lamina.1,
lamina-build.1 and so on.`,
		Example: `  lamina man man1`,
		Args:    usage.ExactlyOne("a directory"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o777); err != nil {
				return hint.Errorf("write man pages: %w", err).With("give a directory that can be created or written to")
			}
			return manpage.Write(cmd.Root(), args[0])
		},
	}
}

const progressText = `Progress is shown on stderr: on a terminal as a line that is updated, elsewhere as one line per
stage when it ends (--progress plain), or not at all (none, or -q).

With --progress json, each line on stderr is a JSON object. Events come at most ten times per
second and whenever a stage completes:

  {"stage":"write","done":51002413,"total":480857395,"unit":"bytes"}

  stage   fetch (indexes and packages), verify (packages are read to their end), write
          (the layer), pull and push (blobs from and to a registry), share (entries
          to a shared cache)
  done    progress so far; it decreases if a transfer restarts
  total   the expected end; 0 while unknown, and it may grow
  unit    bytes or packages

Stages may overlap. Other lines have one of these members instead: warning, message (the closing
line of a build, for example), output (of a script, with -v) or error, to which hint may be
added. The result is on stdout.`

const environmentText = `Exit codes:

  0   success; for diff, verify and lock --check: equal
  1   failure, with a line that says why; for diff, verify and lock --check: something differs
  2   invalid command line
  3   for diff, verify and lock --check: could not be determined
  4   for build --if-changed: nothing was written, since the outputs have the image already
  129 terminal closed (SIGHUP, unless ignored as with nohup), 130 interrupted (Ctrl-C, SIGINT),
      141 nobody reads what it prints (SIGPIPE), 143 terminated (SIGTERM); an output is the old or the new one

Environment variables:

  SOURCE_DATE_EPOCH          time of everything that has no time of its own, in seconds since
                             1970 (default: the build time of the newest package)
  XDG_CACHE_HOME, HOME       location of the cache: lamina in the user's cache directory
  LAMINA_CACHE_KEY           secret that cache entries are sealed with, at least 16 characters, for
                             machines that share a cache (default: lamina/cache.key in
                             XDG_CONFIG_HOME or ~/.config, which is created). Of shared caches on
                             servers, only what was written with it is read
  LAMINA_CACHE_FROM, LAMINA_CACHE_TO
                             URLs for --cache-from and --cache-to, separated by blanks, where these
                             are not given; ignored with --no-cache and --offline
  DOCKER_DEFAULT_PLATFORM    platform of a Dockerfile's image where the base leaves it open and there
                             is no --platform (default: this machine's, linux/amd64 or the like)
  TMPDIR                     directory for temporary files, such as downloads without a cache
  GOMAXPROCS                 number of processors to use; it does not affect the image
  GOGC                       percentage of the heap that may be garbage before it is collected
                             (default: 16 MiB of garbage, or a third of the heap if that is more)
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                             proxies for repositories and registries
  SSL_CERT_FILE, SSL_CERT_DIR
                             certificate authorities, instead of the system's
  SSL_CLIENT_CERT_FILE, SSL_CLIENT_KEY_FILE
                             client certificate and key for repositories (one file may have both)
  LAMINA_LOGIN_HOST          login for repositories and shared caches on HOST, USER:PASSWORD; HOST is the
                             host's name in upper case with "_" for each dot and "__" for each hyphen:
                             LAMINA_LOGIN_PACKAGES_EXAMPLE__SITE_ORG for packages.example-site.org
  LAMINA_TOKEN_HOST          the same with a token, which is sent as Authorization: Bearer
  HTTP_AUTH                  login for repositories, basic:REALM:USER:PASSWORD as for apk; a realm
                             that is a host name limits it to that host
  NETRC                      file with logins for repositories (default: ~/.netrc)
  REGISTRY_AUTH_FILE         registry logins as podman login stores them (default:
                             containers/auth.json in XDG_RUNTIME_DIR or ~/.config)
  DOCKER_CONFIG              directory of config.json with the logins of docker login
                             (default: ~/.docker)
  TERM                       if "dumb", progress is shown as if there were no terminal

Nothing else affects the image: not the locale, the time zone or the umask.`
