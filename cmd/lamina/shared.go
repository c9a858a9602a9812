package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/fleet"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/terminal"
)

// sharedOptions are the servers of a shared cache.
type sharedOptions struct{ from, to []string }

// Flags of a shared cache, and the variables that stand in for them.
const (
	cacheFromFlag, cacheFromVariable = "cache-from", "LAMINA_CACHE_FROM"
	cacheToFlag, cacheToVariable     = "cache-to", "LAMINA_CACHE_TO"
)

// register adds the flags of commands that build; those that make nothing of their own only read.
func (o *sharedOptions) register(cmd *cobra.Command, writes bool) {
	f := cmd.Flags()
	f.StringArrayVar(&o.from, cacheFromFlag, nil,
		"shared cache `URL` to read from: docker://HOST/REPOSITORY or https://; believed, see \"lamina help cache\" (repeatable)")
	if writes {
		f.StringArrayVar(&o.to, cacheToFlag, nil, "shared cache `URL` to write to (repeatable)")
	}
}

// share makes the servers of flags and variables the second level of a job's cache.
func (o *options) share(cmd *cobra.Command, env *lamina.Env, name string) error {
	flags := cmd.Flags()
	if flags.Lookup(cacheFromFlag) == nil {
		return nil
	}
	if o.noCache || o.offline {
		other := "no-cache"
		if o.offline {
			other = "offline"
		}
		for _, flag := range [...]string{cacheFromFlag, cacheToFlag} {
			if flags.Changed(flag) {
				return usage.Wrong(cmd, hint.Errorf("--%s cannot be combined with --%s", flag, other).With("remove one of the two"))
			}
		}
		return nil
	}
	s := lamina.ShareOptions{From: urlsOf(o.shares.from, cacheFromVariable), Name: name}
	if flags.Lookup(cacheToFlag) != nil {
		s.To = urlsOf(o.shares.to, cacheToVariable)
	}
	if text := os.Getenv("LAMINA_CACHE_KEY"); text != "" {
		s.Key = []byte(text)
	}
	if o.progress != nil {
		s.Progress = o.progress.Shared()
	}
	if err := env.Share(cmd.Context(), s); err != nil {
		if hint.Of(err) == "" {
			return hint.With(err, "see lamina help cache")
		}
		return usage.Wrong(cmd, err)
	}
	return nil
}

// urlsOf returns what a flag says or, without it, a variable: URLs separated by blanks.
func urlsOf(flag []string, variable string) []string {
	if len(flag) > 0 {
		return flag
	}
	return strings.Fields(os.Getenv(variable))
}

// publish writes to the shared cache, and says what went to and fro.
func (o *options) publish(cmd *cobra.Command, env *lamina.Env) {
	s := env.Publish(cmd.Context())
	if s.Fetched+s.Sent == 0 || o.progress == nil || o.progress.IsSilent() {
		return
	}
	o.progress.End()
	fmt.Fprintf(o.progress, console.MessagePrefix+"shared cache: %d read (%s), %d written (%s)\n",
		s.Fetched, terminal.FormatBytes(s.FetchedBytes), s.Sent, terminal.FormatBytes(s.SentBytes))
}

// sharedName identifies for the shared cache what a job does: the command, the text of its file, and the flags that change what is built.
func (o *options) sharedName(cmd *cobra.Command, s *lamina.Spec, file string) string {
	h := sha256.New()
	text, _ := os.ReadFile(file) // it was read before; without it, the rest tells builds apart
	fmt.Fprintf(h, "%q %q %q %q %q %q %v %q %v", text, o.image, o.args, s.Base, s.Repositories, s.Packages, s.Platforms, s.Upgrade, s.Recipe)
	fmt.Fprintf(h, " %s %+v", cmd.Name(), o.docker)
	return hex.EncodeToString(h.Sum(nil))
}

// sharedNameOf is that of several targets.
func sharedNameOf(targets []fleet.Target) string {
	h := sha256.New()
	for _, t := range targets {
		fmt.Fprintf(h, "%q ", t.Name)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// cache opens what the commands that stage packages share with the next ones; nil for none.
func (o *options) cache(warn func(string)) *cache.Directory {
	dir := o.cacheDirectory()
	if dir == "" {
		return nil
	}
	directory := cache.Open(dir, cacheSecret())
	directory.Warn = warn
	return directory
}

// cacheSecret returns what LAMINA_CACHE_KEY says, which lets machines share a cache; nil means the user's own.
func cacheSecret() cache.Secret {
	text := os.Getenv("LAMINA_CACHE_KEY")
	if text == "" {
		return nil
	}
	return func() ([]byte, error) {
		if len(text) < cache.MinSecret {
			return nil, fmt.Errorf("LAMINA_CACHE_KEY has %d bytes; want at least %d", len(text), cache.MinSecret)
		}
		return []byte(text), nil
	}
}

// cacheDirectory is "" for none: downloads then go to a temporary directory.
func (o *options) cacheDirectory() string {
	switch {
	case o.noCache:
		return ""
	case o.cacheDir != "":
		return o.cacheDir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // without a home
	}
	return filepath.Join(dir, "lamina")
}
