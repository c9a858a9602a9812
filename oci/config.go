package oci

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/internal/jsontext"
)

// ConfigChanges are the settings of an image config that a spec sets (image-spec config.md, in the spec's spelling).
// A nil or "" setting keeps the base's value; an empty non-nil list clears it.
type ConfigChanges struct {
	// Entrypoint replaces the base's, and drops the base's Cmd unless Cmd is set too: arguments that were meant for
	// another program do not fit the new one. Docker does the same.
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd"`
	// ExposedPorts are PORT or PORT/PROTOCOL (tcp, udp, sctp; tcp if not said). They replace the base's.
	ExposedPorts []string `json:"exposedPorts"`
	// Volumes are absolute paths. They replace the base's.
	Volumes []string `json:"volumes"`
	// Env is merged by name: the base's order stays, new names follow it sorted. In values, ${NAME} and $NAME stand for what the
	// base has, as in a Dockerfile's ENV: nothing if it has no such variable; \$ is a dollar sign.
	Env        map[string]string `json:"env"`
	User       string            `json:"user"`
	WorkingDir string            `json:"workingDir"`
	StopSignal string            `json:"stopSignal"`
	// Healthcheck replaces the base's; nil keeps it.
	Healthcheck *Healthcheck `json:"healthcheck,omitempty"`
	// Labels are merged by name.
	Labels map[string]string `json:"labels"`
	// OnBuild are instructions of Dockerfiles for images over this one (docker's image spec v1.3, "OnBuild"; OCI has no such member,
	// and BuildKit writes it into OCI configs too). They replace the base's.
	OnBuild []string `json:"onBuild,omitzero"`
	// Shell is what RUN, CMD and the like of Dockerfiles over this image give their text to (docker's image spec v1.3, "Shell"; as for
	// OnBuild). It replaces the base's.
	Shell []string `json:"shell,omitzero"`
	// Author is who made the image. It stands beside the settings of the container, and replaces the base's.
	Author string `json:"author,omitzero"`
}

// Healthcheck is how a runtime finds out whether a container works (docker's image spec v1.3, "Healthcheck"; OCI has no such
// member). Times of 0 stand for the runtime's defaults.
type Healthcheck struct {
	// Test is CMD with a program and its arguments, CMD-SHELL with shell text, or NONE to disable the base's.
	Test          []string      `json:"Test,omitempty"`
	Interval      time.Duration `json:"Interval,omitempty"`      // between two checks; nanoseconds in JSON, as all times
	Timeout       time.Duration `json:"Timeout,omitempty"`       // after which a check has failed
	StartPeriod   time.Duration `json:"StartPeriod,omitempty"`   // at the beginning, in which failures do not count
	StartInterval time.Duration `json:"StartInterval,omitempty"` // between two checks in that time
	Retries       int           `json:"Retries,omitempty"`       // failures in a row that make it unhealthy
}

// validate says what is wrong with the check, or returns nil.
func (h *Healthcheck) validate() error {
	if len(h.Test) == 0 {
		return errors.New("test is missing")
	}
	switch kind, rest := h.Test[0], h.Test[1:]; {
	case kind == "NONE" && len(rest) == 0:
	case kind == "CMD" && len(rest) > 0 && rest[0] != "":
	case kind == "CMD-SHELL" && len(rest) == 1 && rest[0] != "":
	default:
		return fmt.Errorf("test %q: want [CMD, PROGRAM, ARGUMENT...], [CMD-SHELL, TEXT] or [NONE]", h.Test)
	}
	for _, d := range [...]struct {
		name string
		time time.Duration
	}{{"interval", h.Interval}, {"timeout", h.Timeout}, {"startPeriod", h.StartPeriod}, {"startInterval", h.StartInterval}} {
		if d.time != 0 && d.time < time.Millisecond {
			return fmt.Errorf("%s %s is below 1ms", d.name, d.time)
		}
	}
	if h.Retries < 0 {
		return fmt.Errorf("retries %d is negative", h.Retries)
	}
	return nil
}

// A ConfigError is the error of an invalid setting. Its text begins with the setting as the spec spells it.
type ConfigError struct {
	Setting string // such as exposedPorts
	At      any    // position in a list (int) or key of a mapping (string); nil for the setting as a whole
	Err     error
}

func (e *ConfigError) Error() string { return e.Setting + ": " + e.Err.Error() }
func (e *ConfigError) Unwrap() error { return e.Err }

// Validate reports all invalid settings, each as a [ConfigError], joined by errors.Join: `exposedPorts: "80/http": …`.
func (c ConfigChanges) Validate() error {
	var errs configErrors
	fail := errs.add
	for _, list := range []struct {
		name   string
		values []string
	}{{"entrypoint", c.Entrypoint}, {"cmd", c.Cmd}} {
		for i, value := range list.values {
			if strings.ContainsRune(value, 0) || i == 0 && value == "" && list.name == "entrypoint" {
				fail(list.name, i, "argument %d: %q is not an argument", i+1, value)
			}
		}
	}
	for i, port := range c.ExposedPorts {
		if _, err := parsePort(port); err != nil {
			fail("exposedPorts", i, "%w", err)
		}
	}
	for i, volume := range c.Volumes {
		if !isAbsolutePath(volume) {
			fail("volumes", i, "%q is not an absolute path", volume)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.ContainsRune(c.Env[name], 0) {
			fail("env", name, "%q: a name must not be empty or contain =, and neither name nor value may contain a zero byte", name)
		}
	}
	if strings.ContainsFunc(c.User, func(r rune) bool { return r <= ' ' }) || strings.Count(c.User, ":") > 1 {
		fail("user", nil, "%q: want USER or USER:GROUP, names or numbers", c.User)
	}
	if c.WorkingDir != "" && !isAbsolutePath(c.WorkingDir) {
		fail("workingDir", nil, "%q is not an absolute path", c.WorkingDir)
	}
	if c.StopSignal != "" && !isSignal(c.StopSignal) {
		fail("stopSignal", nil, "%q: want a signal of Linux such as SIGTERM or SIGRTMIN+3, or a number from 1 to 64", c.StopSignal)
	}
	if c.Healthcheck != nil {
		if err := c.Healthcheck.validate(); err != nil {
			fail("healthcheck", nil, "%w", err)
		}
	}
	if _, ok := c.Labels[""]; ok {
		fail("labels", "", "a name is empty")
	}
	return errors.Join(errs...)
}

type configErrors []error

func (e *configErrors) add(setting string, at any, format string, args ...any) {
	*e = append(*e, &ConfigError{setting, at, fmt.Errorf(format, args...)})
}

// parsePort returns a port as docker writes it into configs, with the protocol.
func parsePort(s string) (string, error) {
	number, protocol, hasProtocol := strings.Cut(s, "/")
	if !hasProtocol {
		protocol = "tcp"
	}
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil || port == 0 || !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol) {
		return "", fmt.Errorf("%q: want PORT or PORT/PROTOCOL, from 1 to 65535, tcp, udp or sctp", s)
	}
	return fmt.Sprintf("%d/%s", port, protocol), nil
}

// isAbsolutePath takes the paths of the image's system, not of the one that Lamina runs on.
func isAbsolutePath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.ContainsRune(path, 0)
}

// signals are those of Linux without SIG and the real-time ones (signal(7)), with their synonyms.
var signals = [...]string{
	"ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL", "PROF", "PWR", "QUIT",
	"RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH",
	"XCPU", "XFSZ",
}

// isSignal reports whether runtimes can send the signal: its number, or its name, with SIG or without, in capital letters or
// small ones (ParseSignal of github.com/moby/sys/signal). Real-time signals are SIGRTMIN+0 to SIGRTMIN+15 and SIGRTMAX-14 to
// SIGRTMAX-0.
func isSignal(s string) bool {
	if number, err := strconv.Atoi(s); err == nil {
		return number > 0 && number <= 64
	}
	name := strings.TrimPrefix(strings.ToUpper(s), "SIG")
	for _, realTime := range []struct {
		prefix string
		most   int
	}{{"RTMIN+", 15}, {"RTMAX-", 14}} {
		if digits, ok := strings.CutPrefix(name, realTime.prefix); ok {
			n, err := strconv.Atoi(digits)
			return err == nil && strconv.Itoa(n) == digits && n >= 0 && n <= realTime.most
		}
	}
	return slices.Contains(signals[:], name)
}

// apply makes the member "config" of an image config. Members that Lamina does not know keep their place and bytes.
func (c ConfigChanges) apply(data json.RawMessage) (json.RawMessage, error) {
	if data == nil {
		data = json.RawMessage("{}")
	}
	var base v1.ImageConfig
	if err := jsontext.Unmarshal(data, &base); err != nil {
		return nil, err
	}
	object, err := jsontext.ParseObject(data)
	if err != nil {
		return nil, err
	}
	settings := []struct {
		name  string
		isSet bool
		value any
		clear bool
	}{
		{"User", c.User != "", c.User, false},
		{"ExposedPorts", c.ExposedPorts != nil, portSet(c.ExposedPorts), len(c.ExposedPorts) == 0},
		{"Env", len(c.Env) > 0, MergeEnv(base.Env, c.Env), false},
		{"Entrypoint", c.Entrypoint != nil, c.Entrypoint, len(c.Entrypoint) == 0},
		{"Cmd", c.Cmd != nil || c.Entrypoint != nil, c.Cmd, len(c.Cmd) == 0},
		{"Volumes", c.Volumes != nil, stringSet(c.Volumes), len(c.Volumes) == 0},
		{"WorkingDir", c.WorkingDir != "", c.WorkingDir, false},
		{"Labels", len(c.Labels) > 0, mergeLabels(base.Labels, c.Labels), false},
		{"StopSignal", c.StopSignal != "", c.StopSignal, false},
		{"Healthcheck", c.Healthcheck != nil, c.Healthcheck, false},
		{"OnBuild", c.OnBuild != nil, c.OnBuild, len(c.OnBuild) == 0},
		{"Shell", c.Shell != nil, c.Shell, len(c.Shell) == 0},
	}
	for _, setting := range settings {
		switch {
		case !setting.isSet:
		case setting.clear:
			object.Set(setting.name, nil)
		default:
			if err := object.SetValue(setting.name, setting.value); err != nil {
				return nil, err
			}
		}
	}
	return object.Bytes()
}

func portSet(ports []string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, port := range ports {
		if port, err := parsePort(port); err == nil {
			set[port] = struct{}{}
		}
	}
	return set
}

func stringSet(values []string) map[string]struct{} {
	set := map[string]struct{}{}
	for _, value := range values {
		set[value] = struct{}{}
	}
	return set
}

// expandEnv replaces references to variables of the base.
func expandEnv(value string, base []string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch rest := value[i+1:]; {
		case value[i] == '\\' && strings.HasPrefix(rest, "$"):
			b.WriteByte('$')
			i++
		case value[i] == '$':
			name := envReference.FindString(rest)
			if name == "" {
				b.WriteByte('$')
				continue
			}
			b.WriteString(variable(base, strings.Trim(name, "{}")))
			i += len(name)
		default:
			b.WriteByte(value[i])
		}
	}
	return b.String()
}

var envReference = regexp.MustCompile(`^(?:\{[A-Za-z_][A-Za-z0-9_]*\}|[A-Za-z_][A-Za-z0-9_]*)`)

// variable returns the value of a variable of an environment, "" if it is missing.
func variable(env []string, name string) string {
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// MergeEnv returns an environment, entries NAME=VALUE, with changes. It changes a name where the base has it first, drops its
// other values there, and adds new names at the end.
func MergeEnv(base []string, changes map[string]string) []string {
	var merged []string
	placed := map[string]bool{}
	for _, entry := range base {
		name, _, _ := strings.Cut(entry, "=")
		value, isChanged := changes[name]
		switch {
		case !isChanged:
			merged = append(merged, entry)
		case !placed[name]:
			merged = append(merged, name+"="+expandEnv(value, base))
			placed[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		if !placed[name] {
			merged = append(merged, name+"="+expandEnv(changes[name], base))
		}
	}
	return merged
}

func mergeLabels(base, changes map[string]string) map[string]string {
	merged := map[string]string{}
	maps.Copy(merged, base)
	maps.Copy(merged, changes)
	return merged
}
