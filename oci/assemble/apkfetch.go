package assemble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	v1 "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/apk/command"
	"github.com/lamina-oci/lamina/apk/repository"
	"github.com/lamina-oci/lamina/apk/solver"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/internal/verify"
)

// apkFetch is "apk fetch": package files in a directory of the image, or on standard output. In the lock it is a transaction that begins with
// nothing installed.
func (p *Plan) apkFetch(ctx context.Context, c *command.Command, r run, stdout, stderr io.Writer) (int, error) {
	t, err := p.begin(r)
	if err != nil {
		return 0, err
	}
	t.IsFetch = true
	t.root.Installed, t.root.World = new(apk.Installed), nil
	if p.locked == nil {
		err = t.choose(ctx, c)
	} else if locked, otherwise := p.lockedTransaction(r.command); otherwise == nil {
		err = t.unlock(p.locked, locked, func(request *solver.Request) { request.Goal = c.FetchedNames() })
	} else {
		err = otherwise
	}
	if isUnsolvable(ctx, err) {
		t.Failure = err.Error()
		p.later = append(p.later, t)
		fmt.Fprintln(stderr, t.Failure)
		return (1 + strings.Count(t.Failure, "\n")) & 0xff, nil
	}
	if err != nil {
		return 0, err
	}
	wanted, err := t.wantedFiles(ctx, true)
	if err != nil {
		return 0, in(PartPackage, err)
	}
	t.measured = make([]repository.Measure, len(t.Solution.Changes))
	status := 0
	err = t.whileFetching(ctx, wanted, func(ctx context.Context, changes []stage.Change) (err error) {
		for i, change := range changes {
			if t.measured[i], err = t.packages[i].Measure(ctx, change.New); err != nil {
				return in(PartPackage, err)
			}
			if status == 0 {
				status, err = deliver(c, r.on, change.New, &fetchedFile{t.packages[i], t.measured[i]}, stdout, stderr)
			}
			if err != nil {
				return in(PartRun, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	p.later = append(p.later, t)
	return status, nil
}

// choose finds the packages that fetch takes.
func (t *Transaction) choose(ctx context.Context, c *command.Command) error {
	question, _, err := t.question(ctx, c.FetchedNames())
	if err != nil {
		return err
	}
	db := &command.Database{Generation: t.Generation, Installed: question.Installed, Repositories: question.Repositories}
	if t.Solution, err = c.Fetch(db); errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("%s: %w", t.Command, err)
	}
	return in(PartSolution, err)
}

// fetchedFile is a package file that was verified. It is read again when the layer is written, and may be another one by then.
type fetchedFile struct {
	source *repository.Source
	known  repository.Measure
}

// Open implements [tree.Content]: with its last bytes, the file turns out to be the one that was verified, or reading fails.
func (f *fetchedFile) Open() (io.ReadCloser, error) {
	in, err := f.source.Open()
	if err != nil {
		return nil, err
	}
	return verify.NewReader(context.Background(), in, in, v1.Descriptor{Digest: digest.NewDigestFromEncoded(digest.SHA256, f.known.SHA256), Size: f.known.Size}), nil
}

// deliver puts a package file where the command wants it, and returns apk's exit status.
func deliver(c *command.Command, on *target, p *apk.Package, file *fetchedFile, stdout, stderr io.Writer) (int, error) {
	if c.Has("stdout") && !c.Has("simulate") {
		in, err := file.Open()
		if err != nil {
			return 0, err
		}
		defer in.Close()
		_, err = io.Copy(stdout, in)
		return 0, err
	}
	if c.Verbosity > 0 {
		fmt.Fprintln(stdout, "Downloading", p.ID())
	}
	if c.Has("simulate") {
		return 0, nil
	}
	err := on.image.WriteContent(on.path(path.Join(c.Value("output"), p.ID()+".apk")), file, file.known.Size, 0o644)
	var errno tree.Errno
	if !errors.As(err, &errno) {
		return 0, err
	}
	if errno == tree.ErrNotExist {
		errno = "Bad file descriptor" // of the directory
	}
	fmt.Fprintf(stderr, "ERROR: %s: %s\n", p.ID(), errno)
	return 1, nil
}
