package assemble

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lamina-oci/lamina/internal/hint"
	"github.com/lamina-oci/lamina/layer/stage"
	"github.com/lamina-oci/lamina/layer/tree"
	"github.com/lamina-oci/lamina/oci/lock"
	"github.com/lamina-oci/lamina/oci/spec"
)

// stageSet are the stages that files of an image come from, or of other stages: each is built once.
type stageSet struct {
	built  map[*spec.Spec]builtStage
	plans  []*Plan      // in the order in which they were built
	locked []lock.Stage // what they are made of

	// isLocking means that a lock is made: packages of which nothing is installed are fetched too, for their hashes.
	isLocking bool

	scripts []ScriptRun // of all of them, in the order in which they were run
	refused []Refusal   // what cannot be interpreted of their scripts and commands

	isSurvey   bool // of scripts: all of them are to be run
	isWithheld bool // the build is refused, so that no more packages are fetched
}

// builtStage is a stage once its steps are done.
type builtStage struct {
	files   *tree.Tree
	created time.Time // of everything in it that has no time of its own
}

// stageFor returns the files of a stage once its steps are done, which files of the plan's own come from.
func (p *Plan) stageFor(ctx context.Context, name string, s *spec.Spec) (*tree.Tree, error) {
	if known, ok := p.stages.built[s]; ok {
		p.newestSource = max(p.newestSource, known.created.Unix())
		return known.files, nil
	}
	name = strings.TrimPrefix(name, "stage:")
	same := *s
	same.Repositories, same.Keys, same.Created, same.Vendor = p.spec.Repositories, p.spec.Keys, p.spec.Created, p.spec.Vendor
	same.VendorDigest = p.spec.VendorDigest
	same.SkipScripts, same.SkipScriptsOn, same.LeaveOut = p.spec.SkipScripts, p.spec.SkipScriptsOn, p.spec.LeaveOut
	if l := p.spec.Lock; l != nil {
		pinned := l.Platform(p.Base.Platform.String()).Stage(name)
		if pinned == nil {
			return nil, in(PartLock, hint.Errorf("the lock does not have stage %s", name).With("run lamina lock again"))
		}
		// Its own stages are looked for in the same place.
		whole := *pinned
		whole.Stages = l.Platform(p.Base.Platform.String()).Stages
		same.Lock = &lock.Lock{Recipe: l.Recipe, Platforms: []lock.Platform{whole}}
	}
	other, err := (&resolution{spec: &same, env: p.env, stages: p.stages, vendored: p.vendored, keysOfRecord: p.keysOfRecord}).resolve(ctx, p.Base.Platform)
	if err != nil {
		return nil, err
	}
	p.close = append(p.close, other.Close)
	staged, err := other.fetchAndStage(ctx)
	for _, run := range other.scripts {
		p.stages.scripts = append(p.stages.scripts, ScriptRun{name, run})
	}
	if refused := new(RefusedError); (errors.As(err, &refused) || errors.Is(err, errWithheld)) && staged != nil {
		p.stages.refused = append(p.stages.refused, refused.Refusals...)
		p.stages.built[s] = builtStage{files: staged.Tree()} // to go on with, since there may be more
		return staged.Tree(), nil
	}
	if err != nil {
		return nil, err
	}
	locked, err := other.lockedAs(staged)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", name, err)
	}
	locked.Stages = nil
	p.stages.built[s] = builtStage{staged.Tree(), other.created()}
	p.newestSource = max(p.newestSource, other.created().Unix())
	p.stages.plans = append(p.stages.plans, other)
	p.stages.locked = append(p.stages.locked, lock.Stage{Name: name, Platform: locked})
	return staged.Tree(), nil
}

// lockedAs describes what a root was staged from, for the lock, and holds it against the lock that the plan has, if it has one.
func (p *Plan) lockedAs(staged *stage.Stage) (lock.Platform, error) {
	measured := p.measures(staged)
	if err := p.locked.CheckFiles(measured); err != nil {
		return lock.Platform{}, in(PartLock, err)
	}
	out, err := p.describe(measured)
	if err != nil {
		return out, in(PartPackage, err)
	}
	return out, p.describeSteps(&out)
}

// describeSteps adds to a lock's entry what steps brought: transactions, downloads, images, stages.
func (p *Plan) describeSteps(out *lock.Platform) (err error) {
	if out.Transactions, err = p.transactions(); err != nil {
		return err
	}
	if out.Downloads, err = p.lockedDownloads(); err != nil {
		return err
	}
	out.Images = p.lockedImages()
	if len(p.spec.Stages) > 0 {
		out.Stages = p.stages.locked
	}
	return nil
}
