package prose

import (
	"bytes"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// resolutions are the passages that tell how decisions were resolved, in the order of the text.
type resolutions struct {
	passages []*passage
	naming   map[string]int // an id in the first line of one, or the end of an id → the first such passage
}

// resolvedBy are the plan's resolutions; they are looked for once.
func (d *document) resolvedBy() *resolutions {
	if d.resolutions != nil {
		return d.resolutions
	}
	r := &resolutions{naming: map[string]int{}}
	for _, p := range d.passages {
		src := d.plan.File.Src[p.span.Start:p.span.End]
		if p.kind == cell || len(src) <= 10 || src[0] != '*' && src[0]|0x20 != 'r' || !resolutionHead().Match(src) {
			continue
		}
		for id := range strings.FieldsFuncSeq(string(src[:firstLineLen(src)]), notOfID) {
			r.names(strings.Trim(id, "._-"), len(r.passages))
		}
		r.passages = append(r.passages, p)
	}
	d.resolutions = r
	return r
}

// longestID is how long an id is at most for what looks at each of its ends or beginnings, in bytes.
const longestID = 200

// names notes that the passage at a place names an id, and so its short forms, which are its ends.
func (r *resolutions) names(id string, at int) {
	if len(id) > longestID {
		return
	}
	for more := id != ""; more; _, id, more = strings.Cut(id, "-") {
		if _, found := r.naming[id]; !found {
			r.naming[id] = at
		}
	}
}

// notOfID tells whether ids do not have a character.
func notOfID(c rune) bool {
	return c > 0x7f || kinds[byte(c)] == other && !strings.ContainsRune("-_.", c)
}

// of is the first passage that names a decision, or stands under its block; nil where there is none.
func (r *resolutions) of(d *document, x *decision) *passage {
	at, _ := slices.BinarySearchFunc(r.passages, x.block.Block.End, func(p *passage, end int) int { return p.span.Start - end })
	if at < len(r.passages) && !d.follows(x.block, r.passages[at]) {
		at = len(r.passages)
	}
	if named, ok := r.naming[x.short]; ok {
		at = min(at, named)
	}
	if at == len(r.passages) {
		return nil
	}
	return r.passages[at]
}

// follows tells whether a passage behind a decision's block stands under it, before any other block or heading.
func (d *document) follows(b *workplan.Decision, p *passage) bool {
	between := d.plan.File.Src[b.Block.End:p.span.Start]
	return len(between) < 4000 && !bytes.Contains(between, []byte("\n```")) && !bytes.Contains(between, []byte("\n#"))
}
