package prose

import (
	"encoding/binary"
	"math/bits"
	"sync"
)

// hints is a cheap look at which words may tell of which tasks: most plans, and most passages, say nothing by them.
// It knows words by their first letters alone.
type hints struct {
	table [hintsSize]hint
	used  []uint16     // places in the table that are taken
	mark  [1024]uint64 // those that tell of few tasks
	few   int          // how many tasks at most
	any   bool
}

// hint is the beginning of a word with the tasks that it stands in, as bits: in the title, in the first words, anywhere.
type hint struct {
	key                  uint32
	title, lead, section uint64
}

const (
	hintsSize = 2048
	hintsMost = 1400
)

var hintsPool = sync.Pool{New: func() any { return new(hints) }}

func newHints(d *document) *hints {
	h := hintsPool.Get().(*hints) //nolint:forcetypeassert // nothing else is put there
	for _, i := range h.used {
		h.table[i] = hint{}
	}
	h.used, h.any, h.mark = h.used[:0], false, [1024]uint64{}
	n := len(d.names.tasks)
	if n < 2 {
		return h
	}
	for _, x := range d.names.tasks {
		h.heading(x)
	}
	for p, x := range d.leads() {
		for k := range keys(d.plan.File.Src[p.span.Start:min(p.span.End, p.span.Start+maxLead)]) {
			if o := h.add(k); o != nil {
				o.lead |= bitOf(x)
			}
		}
	}
	return h
}

// count notes that a word stands in a task's section.
func (h *hints) count(w []byte, bit uint64) {
	k := key(w)
	if o := h.at(k); o.key == k {
		o.section |= bit
	}
}

// choose finds the words that tell of few of n tasks, once all sections were counted.
func (h *hints) choose(n int) {
	if n < 2 {
		return
	}
	h.few = max(3, n/2)
	for _, i := range h.used {
		o := &h.table[i]
		if o.title != 0 && bits.OnesCount64(o.title) <= max(2, n/2) || o.lead != 0 && bits.OnesCount64(o.section) <= h.few {
			h.any = true
			h.mark[o.key>>6&1023] |= 1 << (o.key & 63)
		}
	}
}

// heading takes the words of a title, in all their forms.
func (h *hints) heading(x *node) {
	title := x.title
	take := func(s string) {
		for k := range keys([]byte(s)) {
			if o := h.add(k); o != nil {
				o.title |= bitOf(x)
			}
		}
	}
	take(title)
	before := ""
	for w := range words(title) {
		w = plainWord(w)
		if particles.has(w) && before != "" {
			take(before + w)
		}
		before = w
		for _, form := range bent()[stem(w)] {
			take(form)
		}
	}
}

// bent are the forms of each root that roots has.
var bent = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for w, s := range roots() {
		m[s] = append(m[s], w)
	}
	return m
})

// keys goes through the words of a text, each as a number for its first letters.
func keys(src []byte) func(func(uint32) bool) {
	return func(yield func(uint32) bool) {
		for i := 0; i < len(src); i++ {
			if kinds[src[i]] != letter {
				continue
			}
			j := i + 1
			for j < len(src) && kinds[src[j]] == letter {
				j++
			}
			if j > i+1 && !yield(key(src[i:j])) {
				return
			}
			i = j
		}
	}
}

// key is a number for the first letters of a word, in lower case, and never 0. One s behind less than four is left out.
func key(w []byte) uint32 {
	n := len(w)
	if n <= 4 && n > 2 && w[n-1]|0x20 == 's' {
		n--
	}
	var k uint32
	if n >= 4 {
		k = binary.LittleEndian.Uint32(w) | 0x20202020
		if k>>24 == 'y' {
			k = k&0xffffff | 'i'<<24
		}
	} else {
		for _, c := range w[:n] {
			k = k<<8 | uint32(c|0x20)
		}
	}
	return k * 2654435761
}

// at returns the place of a key in the table: its own, or the free one where it would be.
func (h *hints) at(k uint32) *hint {
	i := k >> 21
	for h.table[i].key != 0 && h.table[i].key != k {
		i = (i + 1) & (hintsSize - 1)
	}
	return &h.table[i]
}

// add makes a place for a key; nil where the table is full.
func (h *hints) add(k uint32) *hint {
	i := k >> 21
	for h.table[i].key != 0 && h.table[i].key != k {
		i = (i + 1) & (hintsSize - 1)
	}
	if h.table[i].key == 0 {
		if len(h.used) >= hintsMost || k == 0 {
			return nil
		}
		h.table[i].key = k
		h.used = append(h.used, uint16(i)) //nolint:gosec // below the size of the table
	}
	return &h.table[i]
}

// tells tells whether a word may tell of a task before x.
func (h *hints) tells(w string, x *node) bool {
	k := key([]byte(w))
	if h.mark[k>>6&1023]>>(k&63)&1 == 0 {
		return false
	}
	o := h.at(k)
	return o.key == k && (o.title|o.lead)&earlier(x) != 0
}

// rare tells whether a word stands in the sections of few tasks.
func (h *hints) rare(w string) bool {
	o := h.at(key([]byte(w)))
	return bits.OnesCount64(o.section) <= h.few
}

// stands tells whether a word stands in the section of x, as far as that is known.
func (h *hints) stands(w string, x *node) bool {
	k := key([]byte(w))
	o := h.at(k)
	return o.key == k && o.section&bitOf(x) != 0
}

// only tells whether x is the only task before me in whose section a word stands, as far as that is known.
func (h *hints) only(w string, x, me *node) bool {
	k := key([]byte(w))
	o := h.at(k)
	return o.key != k || o.section&earlier(me)&^bitOf(x) == 0
}
