package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/lamina-oci/lamina/apk"
	"github.com/lamina-oci/lamina/internal/cache"
	"github.com/lamina-oci/lamina/internal/spool"
	"github.com/lamina-oci/lamina/layer/stage/internal/accounts"
	"github.com/lamina-oci/lamina/layer/stage/internal/protect"
	"github.com/lamina-oci/lamina/layer/tree"
)

// Source is a package file. Open is called several times, also concurrently, and
// gives the same bytes each time. If a Source has a String method, it
// returns the location of the file, for errors. If Open may wait, as for a download, the Source has a method
// Wait(ctx) error too, which is called before and ends with ctx.
type Source interface {
	Open() (io.ReadCloser, error)
}

// openSource opens a package file, after it has been waited for.
func openSource(ctx context.Context, s Source) (io.ReadCloser, error) {
	if pending, ok := s.(interface{ Wait(context.Context) error }); ok {
		if err := pending.Wait(ctx); err != nil {
			return nil, err
		}
	}
	return s.Open()
}

// Change is one item of the solver's solution. The list must also include unchanged
// packages, since their position determines the order of triggers.
type Change struct {
	Old *apk.InstalledPackage // nil if the package is new
	New *apk.Package          // nil if the package goes; Old's own identity if it stays

	// Source is New's file. It is not needed for a package that stays and never
	// opened for one whose installed size is 0 (apk/FORMAT.md 1.4).
	Source Source

	// Tag is that of the repository New is pinned to, without "@".
	Tag string

	// Reinstall says that New, which is the package that Old is, is installed again.
	Reinstall bool
}

// Options configures how packages are staged. The zero value is apk 3.0 in 1970.
type Options struct {
	Generation apk.Generation

	// Arch is Alpine's name of the architecture, for etc/apk/arch if the base has no such file.
	Arch string

	// Now is the time of everything that has none of its own: directories, links
	// and what scripts and databases write. Whole seconds.
	Now time.Time

	// SkipScripts are names of packages none of whose scripts are run, triggers included, or NAME:TYPE for one type of scripts. A
	// commit hook's name is its path, such as etc/apk/commit_hooks.d/index.
	SkipScripts []string

	// StrictScripts makes the failure of a trigger or commit hook an error where apk goes on.
	StrictScripts bool

	// LeaveOut are names of programs that do nothing when scripts or commands call them.
	LeaveOut []string

	// GoOn makes the stage go on where a script or command cannot be interpreted, to find all of these: a program does nothing then, and
	// a script ends. The stage must not be used for an image if [Stage.Refused] has any.
	GoOn bool

	// Keys are trusted to sign packages in apk 3's own format that their index names by 20 bytes.
	Keys *apk.KeyRing

	// Concurrency is how many packages are read at once; 0 means as many as there
	// are processors. It has no influence on the result.
	Concurrency int

	// Warn, if not nil, is told what apk would print as a warning.
	Warn func(string)

	// Output, if not nil, gets what scripts print.
	Output io.Writer

	// Spool, if not nil, keeps what scripts unpack and what is much of the files that they write; else it is kept in memory. It is
	// closed after the stage was used.
	Spool *spool.Spool

	// Cache, if not nil, spares inflating package files that were read before. They
	// are verified all the same.
	Cache *cache.Directory

	// Contents, if not nil, is shared with other stages; else the stage has one of its own. It has no influence on the result.
	Contents *ContentMemory

	// Draft, if not nil, sees the packages' files while they are read. It has no influence on the result.
	Draft Drafter

	// Progress, if not nil, is told how many package files were read and how many
	// there are. It is never called concurrently.
	Progress func(done, total int)
}

// Stage is a root file system on which packages are installed, upgraded and
// removed as apk would. It touches nothing else. It must not be used
// concurrently, and must be discarded after an error.
type Stage struct {
	options Options
	tree    *tree.Tree
	records *records
	world   []apk.Dependency

	databasePrefix string // "usr/" or "": see at
	known          [4]databaseFile
	owners         *accounts.Owners
	protection     *protect.Paths
	packages       []*Package
	*journal
	config         *tree.Tree   // of the system that apk runs on
	isOther        bool         // a directory of it is the root: see [Stage.Within]
	applying       ApplyOptions // in the transaction that runs
	fixDirectories bool         // in the transaction that runs or comes next
	readers        *sync.Pool   // *apk.PackageReader; packages keep it, and not the stage

	// mkdirBits are the bits of mode that a new directory gets in generation 3. apk 3 loses the set-id bits, for it has
	// directories made by mkdir(2) and sets no mode then; comparisons with it set the field (docs/differences.md).
	mkdirBits uint16
}

// SkippedScript is a script that was skipped because [Options] request it, or a program that a script or command called and that was
// left out.
type SkippedScript struct {
	Package string         // "name-version"; the path of a commit hook; "" for a command
	Type    apk.ScriptType // of a package's script
	Program string         // "" if the whole script was skipped
	Reason  string         // why a program was left out
}

// String is "name-version.type", with a program ":program" behind it; of a command, "run:program".
func (s SkippedScript) String() string {
	text := "run"
	if s.Package != "" {
		text = s.Package + "." + s.Type.String()
	}
	if s.Program != "" {
		text += ":" + s.Program
	}
	return text
}

// maxWritten bounds the memory of files that scripts and databases write, in bytes.
const maxWritten = 256 << 20

// New starts with a copy of base, whose databases must be readable; missing databases
// count as empty.
func New(base *tree.Tree, o Options) (*Stage, error) {
	s := &Stage{options: o, tree: base.Clone(), readers: new(sync.Pool), mkdirBits: 0o7777, journal: new(journal)}
	s.config = s.tree
	if s.options.Contents == nil {
		s.options.Contents = new(ContentMemory)
	}
	s.tree.Now = o.Now
	if s.tree.Limit == 0 {
		s.tree.Limit = maxWritten
	}
	if err := s.load(); err != nil {
		return nil, err
	}
	s.warnOfBroken()
	return s, nil
}

// load reads what the root says.
func (s *Stage) load() (err error) {
	s.owners = accounts.NewOwners(s.tree, s.options.Generation)
	if err = s.readDatabase(); err == nil {
		_, err = s.readConfig(s.warn)
	}
	return err
}

// warnOfBroken names the packages of the base that are marked as broken. With them apk 3 reports an error whatever it does,
// and still does it.
func (s *Stage) warnOfBroken() {
	for _, rec := range s.records.packages {
		if rec.isBroken() {
			s.warn("the base's package %s is marked as broken: it was installed with an error; to mend it, run apk fix %s in the base", rec.ID(), rec.Name)
		}
	}
}

func (r *record) isBroken() bool {
	return r.Flags.BrokenFiles || r.Flags.BrokenScript || r.Flags.BrokenXattr
}

// IsBroken reports whether a package is marked as broken, since one of its scripts failed or its files could not be installed.
func (s *Stage) IsBroken() bool {
	return slices.ContainsFunc(s.records.packages, (*record).isBroken)
}

// Tree returns the staged root file system. It keeps changing with the stage.
func (s *Stage) Tree() *tree.Tree { return s.tree }

// World returns the sorted world of the base or of the last Apply.
func (s *Stage) World() []apk.Dependency { return slices.Clone(s.world) }

// Packages returns the packages whose files were opened, in the order in which
// they were installed.
func (s *Stage) Packages() []*Package { return slices.Clone(s.packages) }

// Skipped returns the scripts that did not run because of SkipScripts, and the programs that were left out.
func (s *Stage) Skipped() []SkippedScript { return slices.Clone(s.skipped) }

// Apply commits a transaction (apk/FORMAT.md 8): all changes are made in order, triggers run, and the databases
// are written. Commit hooks run before and after. Packages are read and verified side by side; each is verified before anything of it
// is used, its scripts included. Options of the root's configuration are added to those of the call. An error names the package: of several,
// the first in order.
func (s *Stage) Apply(ctx context.Context, changes []Change, world []apk.Dependency, o ApplyOptions) error {
	configured, err := s.readConfig(func(string, ...any) {}) // New has warned
	if err != nil {
		return err
	}
	s.applying = ApplyOptions{
		NoScripts: o.NoScripts || configured.NoScripts, CleanProtected: o.CleanProtected || configured.CleanProtected,
		Purge: o.Purge || configured.Purge, ForceOverwrite: o.ForceOverwrite || configured.ForceOverwrite,
	}
	if s.protection, err = protect.Read(s.tree, s.options.Generation); err != nil { // commands may have changed it
		return err
	}
	packages := s.readPackages(ctx, changes)
	defer packages.close()
	if err := s.runHooks(ctx, apk.PreCommit); err != nil {
		return err
	}
	s.records.begin(changes)
	if err := s.directories().Open(); err != nil {
		return err
	}
	if s.fixDirectories {
		s.fixDirectories = false
		s.followAll()
	}
	for i := range changes {
		c := &changes[i]
		read, err := packages.take(ctx, i)
		if err != nil {
			return err
		}
		switch {
		case c.New == nil:
			if err := s.purge(ctx, c); err != nil {
				return packageError(&c.Old.Package, nil, fmt.Errorf("remove it: %w", err))
			}
		case c.stays():
			if err := s.keep(c); err != nil {
				return packageError(c.New, nil, err)
			}
		default:
			if err := s.install(ctx, c, read); err != nil {
				return packageError(c.New, c.Source, err)
			}
		}
	}
	s.settleDirectories()
	if err := s.runTriggers(ctx, changes); err != nil {
		return err
	}
	s.setWorld(world)
	if err := s.writeDatabase(); err != nil {
		return err
	}
	return s.runHooks(ctx, apk.PostCommit)
}

// ApplyOptions are options of apk for a transaction.
type ApplyOptions struct {
	NoScripts      bool // --no-scripts: no script of a package runs; the database has them all the same
	CleanProtected bool // --clean-protected: no FILE.apk-new beside configuration that was changed
	Purge          bool // --purge: removed packages leave no configuration that was changed
	ForceOverwrite bool // --force-overwrite: a package takes a file that another one owns, with a warning
}

// FixDirectories gives all directories of packages the owners and modes of the database with the next Apply, as
// "apk fix --directory-permissions".
func (s *Stage) FixDirectories() { s.fixDirectories = true }

// Triggers returns the patterns of an installed package's trigger.
func (s *Stage) Triggers(name string) []string {
	rec := s.records.find(name)
	if rec == nil {
		return nil
	}
	return slices.Clone(rec.triggers)
}

// stays says whether the package remains what it is.
func (c *Change) stays() bool {
	return c.Old != nil && c.New != nil && c.Old.Identity.Key() == c.New.Identity.Key() && !c.Reinstall
}

// keep notes what may change even so.
func (s *Stage) keep(c *Change) error {
	rec := s.records.find(c.Old.Name)
	if rec == nil {
		return errors.New("it is not installed")
	}
	rec.RepositoryTag = c.Tag
	if s.options.Generation == apk.V3 && c.New.Size != 0 {
		rec.Size = c.New.Size // apk/FORMAT.md 10: what the index says now
	}
	return nil
}

func (s *Stage) warn(format string, args ...any) {
	if s.options.Warn != nil {
		s.options.Warn(fmt.Sprintf(format, args...))
	}
}

// packageError says which package an error is about, and where that is from.
func packageError(pkg *apk.Package, source Source, err error) error {
	if named, ok := source.(fmt.Stringer); ok && named.String() != "" {
		return fmt.Errorf("package %s (%s): %w", pkg.ID(), named, err)
	}
	return fmt.Errorf("package %s: %w", pkg.ID(), err)
}
