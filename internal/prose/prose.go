// Package prose reads what authors write around the blocks of a workplan, and tells what it implies and does not say:
// needs, the order of the tasks, decisions without a block, claims without proof.
// It looks at nothing but the plan, and takes a doubtful sentence for one that says nothing.
package prose

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// document is a plan with its prose.
type document struct {
	plan      *workplan.Plan
	passages  []*passage
	decisions []*decision
	names     *names
}

func newDocument(p *workplan.Plan) *document {
	d := &document{plan: p, passages: passages(p)}
	d.readDecisions()
	d.names = newNames(p, d.decisions)
	return d
}

// source is the text of a passage.
func (d *document) source(p *passage) string {
	return string(d.plan.File.Src[p.span.Start:p.span.End])
}
