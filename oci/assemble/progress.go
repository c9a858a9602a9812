package assemble

import "github.com/lamina-oci/lamina/oci"

// Stage is a step of a build that takes noticeable time.
type Stage string

const (
	StageVerify Stage = "verify" // packages are read and verified; counted in packages
	StageWrite  Stage = "write"  // the layer is written; counted in bytes of content
)

// Progress is the state of a build.
type Progress struct {
	Platform    oci.Platform
	Stage       Stage
	Done, Total int64
}

// report returns what tells of a stage, nil if nobody wants to know.
func (p *Plan) report(stage Stage) func(done, total int64) {
	if p.env.Progress == nil {
		return nil
	}
	return func(done, total int64) {
		p.env.Progress(Progress{Platform: p.Base.Platform, Stage: stage, Done: done, Total: total})
	}
}
