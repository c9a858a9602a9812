// Lamina puts Alpine packages on top of a base image as exactly one layer.
//
// This package is the command line: flags, the spec file and what is printed.
// Everything that a library user needs is in the packages below it.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lamina-oci/lamina/cmd/lamina/internal/collector"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/completion"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/exit"
	"github.com/lamina-oci/lamina/cmd/lamina/internal/usage"
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
		interrupt(&exit.SignalError{Signal: <-signals})
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
		o.interrupt(&exit.SignalError{Signal: syscall.SIGPIPE})
	}
	return n, err
}

// writingCommands have an output that an interruption leaves as it was.
var writingCommands = [...]string{"build", "lock", "push"}

// run is the whole program, without the process around it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd := newCommand(stdout, stderr)
	cmd.SetArgs(args)
	ran, err := cmd.ExecuteContextC(ctx)
	return exit.Report(ctx, stderr, exit.Command{Command: ran, Args: args, Writes: slices.Contains(writingCommands[:], ran.Name())}, err)
}

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
			return usage.UnknownCommand(cmd, args[0])
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SuggestionsMinimumDistance = 2
	root.Version = versionLine(version.Read())
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(usage.WrongFlag)
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
					return usage.UnknownCommand(about, rest[0])
				}
				return nil
			}
		case "completion":
			cmd.Args, cmd.RunE = root.Args, root.RunE
		}
		completion.Flags(cmd)
		usage.Once(cmd.Flags(), "file", "base", "lock") // the image has one base and one spec
		if cmd.Name() != "build" {
			usage.Once(cmd.Flags(), "output")
		}
		if strings.Contains(cmd.Use, "REF") {
			cmd.ValidArgsFunction = completion.Images
		}
	}
	return root
}
