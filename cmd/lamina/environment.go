package main

import "github.com/spf13/cobra"

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
		Short: "What --progress shows, and the events of --progress json",
		Long:  progressText,
	}
}

const progressText = `Progress is shown on stderr: on a terminal as a line that changes, elsewhere as a line
for each stage when it is over (--progress plain), or not at all (none, or -q).

With --progress json, stderr has a JSON object in each line, at most ten times a second
and whenever a stage is complete:

  {"stage":"write","done":51002413,"total":480857395,"unit":"bytes"}

  stage   fetch (indexes and packages), verify (packages are read to their end), write
          (the layer), pull and push (blobs from and to a registry)
  done    how much of it there is so far; less than before if a transfer began anew
  total   how much there will be; 0 if nobody knows yet, and it may grow
  unit    bytes or packages

Stages may overlap. Warnings are lines that do not begin with {. The result is on stdout.`

const environmentText = `Exit codes:

  0   done; of diff and verify: equal
  1   failed, with a line that says why; of diff and verify: something differs
  2   the command line makes no sense
  3   of diff and verify: it could not be found out

Environment variables:

  SOURCE_DATE_EPOCH          time of all that has none of its own, in seconds since 1970
                             (default: the newest package's)
  XDG_CACHE_HOME, HOME       where the cache is: lamina in the user's cache directory
  TMPDIR                     where temporary files are, such as downloads without a cache
  GOMAXPROCS                 how many processors are used; never what comes out
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY
                             proxies for repositories and registries
  SSL_CERT_FILE, SSL_CERT_DIR
                             certificates of authorities, instead of the system's
  REGISTRY_AUTH_FILE         logins of registries, as podman login stores them (default:
                             containers/auth.json in XDG_RUNTIME_DIR or ~/.config)
  DOCKER_CONFIG              folder of config.json with the logins of docker login
                             (default: ~/.docker)
  TERM                       with "dumb", progress is shown as where there is no terminal

Nothing else has an influence on what an image is: not the locale, not TZ, not umask.`
