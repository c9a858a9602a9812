// Lamina puts Alpine packages on top of a base image as exactly one layer.
//
// This package is the command line: flags, the spec file and what is printed.
// Everything that a library user needs is in the packages below it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/collector"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/console"
	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/jsontext"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/internal/terminal"
	"github.com/lamina-oci/lamina/internal/version"
)

func main() {
	collector.Start()
	log.SetOutput(io.Discard) // of libraries
	// The first signal ends the build in good order, a second one at once; but one that comes at the same time is the same:
	// what runs commands passes on what the terminal has sent them already.
	const patience = time.Second
	ctx, interrupt := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup starts programs
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		interrupt(&interruptedError{<-signals})
		time.AfterFunc(patience, func() { signal.Stop(signals) })
	}()
	signal.Ignore(syscall.SIGPIPE) // see outlet
	os.Exit(run(ctx, os.Args[1:], &outlet{os.Stdout, interrupt}, &outlet{os.Stderr, interrupt}))
}

// outlet is standard output or standard error. Its reader may have gone, as head does: then the command ends in good order, as by a signal.
type outlet struct {
	*os.File
	interrupt context.CancelCauseFunc
}

func (o *outlet) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		o.interrupt(&interruptedError{syscall.SIGPIPE})
	}
	return n, err
}

// interruptedError says which signal ended the program.
type interruptedError struct{ signal os.Signal }

func (e *interruptedError) Error() string { return e.signal.String() }

// exitCode is what a shell reports for a program that the signal killed: 129, 130, 141 or 143.
func (e *interruptedError) exitCode() int {
	if number, ok := e.signal.(syscall.Signal); ok {
		return 128 + int(number)
	}
	return exitFailed
}

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitOpen   = 3 // of verify, diff and lock --check: nothing is known
	exitSame   = 4 // of build --if-changed: nothing has changed
)

// errUnchanged ends a build that had nothing to write, which was said.
var errUnchanged = errors.New("nothing has changed")

// writingCommands have an output that an interruption leaves as it was.
var writingCommands = [...]string{"build", "lock", "push"}

// partialError ends a command of several outputs that was interrupted between them.
type partialError struct {
	state string // that they are left in
	err   error
}

func (e *partialError) Error() string { return e.err.Error() }
func (e *partialError) Unwrap() error { return e.err }

// run is the whole program, without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := newCommand(stdout, stderr)
	cmd.SetArgs(args)
	ran, err := cmd.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	var usage *usageError
	if errors.As(err, &usage) {
		remedy := fmt.Sprintf("Run '%s --help' for usage.", usage.command)
		if hint := lamina.Hint(err); hint != "" {
			remedy = "  " + hint
		}
		fmt.Fprintf(stderr, console.MessagePrefix+"%s\n%s\n", shown(args, err.Error()), shown(args, remedy))
		return exitUsage
	}
	if differs := new(differsError); errors.As(err, &differs) && differs.err == nil {
		return exitFailed
	}
	if errors.Is(err, errUnchanged) {
		return exitSame
	}
	code := exitFailed
	if errors.As(err, new(*unknownError)) {
		code = exitOpen
	}
	if ctx.Err() != nil {
		message := "interrupted"
		if partial := (*partialError)(nil); errors.As(err, &partial) {
			message += "; " + partial.state
		} else if slices.Contains(writingCommands[:], ran.Name()) {
			message += "; output left unchanged"
		}
		signalled := (*interruptedError)(nil)
		if errors.As(context.Cause(ctx), &signalled) {
			code = signalled.exitCode()
		}
		if signalled == nil || signalled.signal != syscall.SIGPIPE { // which ends programs without a word
			fmt.Fprintln(stderr, console.MessagePrefix+message)
		}
		return code
	}
	if f := ran.Flags().Lookup("progress"); f != nil && f.Value.String() == console.JSON {
		if text, err := jsontext.Marshal(console.Notice{Error: shown(args, err.Error()), Hint: shown(args, lamina.Hint(err))}); err == nil {
			fmt.Fprintf(stderr, "%s\n", text)
		}
		return code
	}
	fmt.Fprintf(stderr, console.MessagePrefix+"%s\n", shown(args, err.Error()))
	if hint := lamina.Hint(err); hint != "" {
		fmt.Fprintf(stderr, "  %s\n", shown(args, hint))
	}
	return code
}

// shown returns a message without the passwords of URLs, those on the command line first of all,
// and without what a terminal would act on: parts of it come from packages, servers and files.
func shown(args []string, message string) string {
	var values []string
	for _, arg := range args {
		values = append(values, arg, strings.TrimLeft(arg, "-"))
		if name, value, ok := strings.Cut(arg, "="); ok {
			values = append(values, value, strings.TrimLeft(name, "-"))
		}
	}
	return terminal.Escape(redact.Values(message, values...))
}

// usageError is an invalid command line: exit code 2.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func newCommand(stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "lamina",
		Short: "Put Alpine packages on top of a base image as exactly one layer",
		Long: `Lamina puts Alpine packages on top of a base image as exactly one layer:
no daemon, no root, no external program, the same bytes everywhere.

References are those of skopeo: docker://HOST/NAME[:TAG], oci:DIR[:TAG],
oci-archive:FILE[:TAG], docker-archive:FILE[:NAME:TAG]. A base may also be
rootfs:FILE.tar[.gz], such as Alpine's minirootfs, or scratch.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// A bare "lamina" shows its help; "lamina nonsense" is an error.
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return unknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.Version = versionLine(version.Read())
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return &usageError{cmd.CommandPath(), nearFlag(cmd, err)}
	})
	root.AddCommand(initCommand(), convertCommand(), buildCommand(), bakeCommand(), resolveCommand(), lockCommand(), verifyCommand(),
		diffCommand(), inspectCommand(), sbomCommand(), pushCommand(), cacheCommand(), schemaCommand(), manCommand(), versionCommand(),
		specHelp(), environmentHelp(), progressHelp())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if about, rest, _ := root.Find(args); len(rest) > 0 {
					return unknownCommand(about, rest[0])
				}
				return nil
			}
		case "completion":
			cmd.Args, cmd.RunE = root.Args, root.RunE
		}
		completeFlags(cmd)
		giveOnce(cmd.Flags(), "file", "base", "lock")
		if cmd.Name() != "build" {
			giveOnce(cmd.Flags(), "output")
		}
		if strings.Contains(cmd.Use, "REF") {
			cmd.ValidArgsFunction = completeImages
		}
	}
	return root
}

// nearFlag adds what may have been meant to an error about a flag that there is not, and puts one about a number plainly.
func nearFlag(cmd *cobra.Command, err error) error {
	if invalid := (*pflag.InvalidValueError)(nil); errors.As(err, &invalid) {
		cause := invalid.Unwrap()
		if number := (*strconv.NumError)(nil); errors.As(err, &number) { // names a function of Go
			cause = errors.New("want a whole number")
			if errors.Is(number.Err, strconv.ErrRange) {
				cause = errors.New("the number is too large")
			}
			if invalid.GetFlag().Value.Type() == "bool" {
				cause = errors.New("want true or false")
			}
		}
		return fmt.Errorf("--%s %q: %w", invalid.GetFlag().Name, redact.URL(invalid.GetValue()), cause)
	}
	unknown := (*pflag.NotExistError)(nil)
	if !errors.As(err, &unknown) {
		return err
	}
	if unknown.GetSpecifiedShortnames() != "" {
		return fmt.Errorf("unknown flag: -%s", unknown.GetSpecifiedName())
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := suggest.Near(unknown.GetSpecifiedName(), slices.Values(names))
	switch remedy := otherFlags[unknown.GetSpecifiedName()]; {
	case cmd.Name() == "build" && remedy != "":
		return hint.With(err, remedy)
	case len(near) == 0:
		return err
	}
	return fmt.Errorf("%w; did you mean --%s?", err, near[0])
}

func unknownCommand(cmd *cobra.Command, name string) error {
	message := fmt.Sprintf("unknown command %q", redact.URL(name))
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		message += fmt.Sprintf("; did you mean %q?", strings.Join(near, `" or "`))
	}
	return &usageError{cmd.CommandPath(), errors.New(message)}
}

// giveOnce makes flags fail when they are given twice with different values: the image can have one base, one spec and one
// output, and the first of two would be dropped in silence.
func giveOnce(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		if f := flags.Lookup(name); f != nil {
			f.Value = &onceFlag{Value: f.Value}
		}
	}
}

type onceFlag struct {
	pflag.Value
	isSet bool
}

func (f *onceFlag) Set(text string) error {
	if f.isSet && text != f.Value.String() {
		return fmt.Errorf("given twice; the first is %q", redact.URL(f.Value.String()))
	}
	f.isSet = true
	return f.Value.Set(text)
}
