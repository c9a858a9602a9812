package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/lamina-oci/lamina/layer/script"
	"github.com/lamina-oci/lamina/oci/assemble"
)

// scriptOutput is what resolve --scripts --json prints of a script or command. Fields may be added, never changed.
type scriptOutput struct {
	Stage    string          `json:"stage,omitempty"`   // of a Dockerfile; none for the image itself
	Package  string          `json:"package,omitempty"` // "name-version"; none for a command
	Type     string          `json:"type,omitempty"`
	Command  string          `json:"command,omitempty"` // such as "run 1" or "RUN"
	Status   string          `json:"status"`            // statusRuns, statusSkipped or statusRefused
	Line     uint            `json:"line,omitempty"`    // where the script as a whole is refused; none for a script without lines to blame
	Reason   string          `json:"reason,omitempty"`  // why it is
	Programs []programOutput `json:"programs,omitempty"`
}

type programOutput struct {
	Name   string `json:"name"`
	Line   uint   `json:"line"`
	Status string `json:"status"` // statusLeftOut, statusNothing or statusRefused
	Reason string `json:"reason"`
}

const (
	statusRuns    = "runs"
	statusSkipped = "skipped"
	statusRefused = "refused"
	statusLeftOut = "left out"
	statusNothing = "does nothing" // for it would only tell a running system something
)

func describeScripts(runs []assemble.ScriptRun) []scriptOutput {
	list := []scriptOutput{}
	for _, run := range runs {
		out := scriptOutput{Stage: run.Stage, Package: run.Package, Command: run.Command, Status: statusRuns}
		if run.Package != "" {
			out.Type = run.Type.String()
		}
		if run.IsSkipped {
			out.Status = statusSkipped
		}
		for _, o := range run.Omissions {
			program := programOutput{o.Program, o.Line, statusOf(o), o.Reason}
			if o.Refused != nil {
				out.Status = statusRefused
			}
			out.Programs = append(out.Programs, program)
		}
		if run.Refused != nil {
			out.Status, out.Line, out.Reason = statusRefused, run.Refused.Line, run.Refused.Reason
		}
		list = append(list, out)
	}
	return list
}

func statusOf(o script.Omission) string {
	switch {
	case o.Refused != nil:
		return statusRefused
	case o.IsMute:
		return statusNothing
	}
	return statusLeftOut
}

// printScripts prints a line for each script, and below it one for each program that does nothing.
func printScripts(w io.Writer, runs []assemble.ScriptRun) error {
	text := new(strings.Builder)
	if len(runs) == 0 {
		fmt.Fprintln(text, "no script runs")
	}
	for _, s := range describeScripts(runs) {
		if s.Stage != "" {
			fmt.Fprintf(text, "stage %s: ", s.Stage)
		}
		if s.Package != "" {
			fmt.Fprintf(text, "%s %s: %s\n", s.Package, s.Type, s.Status)
		} else {
			fmt.Fprintf(text, "%s: %s\n", s.Command, s.Status)
		}
		for _, p := range s.Programs {
			fmt.Fprintf(text, "  line %d: %s: %s: %s\n", p.Line, p.Name, p.Status, p.Reason)
		}
		switch {
		case s.Line > 0:
			fmt.Fprintf(text, "  line %d: %s\n", s.Line, s.Reason)
		case s.Reason != "":
			fmt.Fprintf(text, "  %s\n", s.Reason)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}
