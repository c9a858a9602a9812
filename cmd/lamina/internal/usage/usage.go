// Package usage says what is wrong with a command line.
package usage

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/internal/redact"
	"github.com/lamina-oci/lamina/internal/suggest"
	"github.com/lamina-oci/lamina/internal/terminal"
)

// Error is the error of an invalid command line.
type Error struct {
	Command string // with its subcommand, such as "lamina build"
	Err     error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Wrong returns an [Error] of a command. It is not inlined, which saves space at 50 callers.
//
//go:noinline
func Wrong(cmd *cobra.Command, err error) error { return &Error{cmd.CommandPath(), err} }

// Wrongf is [Wrong] of an error that it formats.
func Wrongf(cmd *cobra.Command, format string, args ...any) error {
	return Wrong(cmd, fmt.Errorf(format, args...))
}

// UnknownCommand is the error for a subcommand that a command does not have.
func UnknownCommand(cmd *cobra.Command, name string) error {
	message := fmt.Sprintf("unknown command %q", redact.URL(name))
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		message += fmt.Sprintf("; did you mean %q?", strings.Join(near, `" or "`))
	}
	return Wrong(cmd, errors.New(message))
}

// WrongFlag is the error for what the parser of flags says: of an unknown flag it adds what may have been meant, and of a number it says plainly
// what is wrong.
func WrongFlag(cmd *cobra.Command, err error) error {
	if args := cmd.Flags().Args(); cmd.HasSubCommands() && len(args) > 0 {
		return UnknownCommand(cmd, args[0])
	}
	return Wrong(cmd, explainFlag(cmd, err))
}

func explainFlag(cmd *cobra.Command, err error) error {
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
	switch remedy := ForeignFlag(unknown.GetSpecifiedName()); {
	case cmd.Name() == "build" && remedy != "":
		return hint.With(err, remedy)
	case len(near) == 0:
		return err
	}
	return fmt.Errorf("%w; did you mean --%s?", err, near[0])
}

// NoArguments is for a command that takes none.
func NoArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasSubCommands():
		return UnknownCommand(cmd, args[0])
	}
	return Wrongf(cmd, "want no arguments, got %q", args[0])
}

// ExactlyOne is for a command that takes one argument, such as "an image REF".
func ExactlyOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return Wrongf(cmd, "want %s, got %s", what, terminal.Count(len(args), "argument"))
		}
		return nil
	}
}

// AtMostOne fails if several of some flags are given, of which each decides what is printed.
func AtMostOne(cmd *cobra.Command, names ...string) error {
	var given []string
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			given = append(given, "--"+name)
		}
	}
	if len(given) > 1 {
		return Wrongf(cmd, "%s cannot be combined", strings.Join(given, " and "))
	}
	return nil
}

// Once makes flags fail when they are given twice with different values, of which the first would be dropped in silence.
func Once(flags *pflag.FlagSet, names ...string) {
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
