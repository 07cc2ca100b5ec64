package prose

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
)

// topics knows by which words people speak of a task without its id: those of its title, of what is first said in its
// section, and of what has to hold for it to be done. It knows the first maxTopics tasks.
type topics struct {
	*document
	tasks      []*node          // by their place; nil for one whose id another one has
	by         map[string]int32 // places in all, by stem
	all        []topic
	led        [maxTopics]bool // whose first words were read
	introduced bool            // introductions were read
	above      map[string]bool // stems of what is spoken of above all tasks; nil: not read yet
	pairs      *compounds      // names of two words; nil: not read yet
}

// topic is a stem with the tasks that it tells of, as bits by their place among the tasks.
type topic struct {
	title, lead uint64
	tail        uint64 // where it stands behind a preposition in the title: tests against previews
	first       uint64 // where it is one of the first words of a section
	named       uint64 // where a section begins with it as a name, or brings it up: ClickHouse, two shards
	many        uint64 // where it is spoken of as several new things: two lists
	intro       uint64 // where it is spoken of as something new: a list
}

const (
	// maxTopics bounds how many tasks are known by what they are about.
	maxTopics = 64
	// manyTopics is room for the stems of a plan of common length.
	manyTopics = 128
	// maxLead bounds how much of the first words of a task is taken for its topic.
	maxLead = 240
)

// bitOf is the bit of a task among topics.
func bitOf(x *node) uint64 {
	if x.rank >= maxTopics {
		return 0
	}
	return 1 << x.rank
}

// earlier are the bits of all tasks before one.
func earlier(x *node) uint64 {
	if x.rank >= maxTopics {
		return ^uint64(0)
	}
	return 1<<x.rank - 1
}

// one tells whether only one of some bits is set, and the place of the first.
func one(b uint64) (int, bool) { return bits.TrailingZeros64(b), bits.OnesCount64(b) == 1 }

func newTopics(d *document) *topics {
	t := &topics{document: d, tasks: make([]*node, len(d.plan.Tasks)), by: make(map[string]int32, manyTopics), all: make([]topic, 0, manyTopics)}
	for _, x := range d.names.tasks {
		t.tasks[x.rank] = x
		title := x.title
		last, tail := "", false
		for w := range words(title) {
			low := plainWord(w)
			tail = tail || last != "" && trailing.has(low)
			if particles.has(low) && last != "" { // cut over, the cutover
				t.topic(last + low).title |= bitOf(x)
			}
			last = low
			if s := stem(low); len(s) > 1 && !blank.has(low) {
				o := t.topic(s)
				o.title |= bitOf(x)
				if tail {
					o.tail |= bitOf(x)
				}
			}
		}
	}
	for p, x := range d.leads() {
		says := d.names.whole()[p.span.Start:min(p.span.End, p.span.Start+maxLead)]
		t.lead(says, x)
		t.begins(says, x)
	}
	return t
}

// trailing are prepositions behind which a title says more of what it is about.
var trailing = set(`for against with without from of in on at to by`)

// lead notes what a text brings up, and leaves out what it only points at: from the vault, once the mirror answers.
func (t *topics) lead(says string, x *node) {
	n, fresh := 0, !t.led[x.rank&(maxTopics-1)]
	t.led[x.rank&(maxTopics-1)] = true
	for len(says) > 0 {
		end := strings.IndexAny(says, ".,;:()—\n") + 1
		if end == 0 {
			end = len(says)
		}
		known := false // "the" makes of what follows something that was there
		for w := range words(says[:end]) {
			low := plainWord(w)
			if leading.has(low) {
				break
			}
			known = definites.has(low) || known && !isPreposition(low) && !aux.has(low)
			n++
			if s := stem(low); len(s) > 1 && !blank.has(low) {
				o := t.topic(s)
				o.lead |= bitOf(x)
				if fresh && n <= 5 && !known {
					o.first |= bitOf(x)
				}
			}
		}
		says = says[end:]
	}
}

// leading are words behind which a text speaks of something else.
var leading = set(`when once if until unlike like without no not before after because than from instead unless via using per in into`)

// leads goes through the first passages of each task, and those that say when it is done.
func (d *document) leads() func(func(*passage, *node) bool) {
	return func(yield func(*passage, *node) bool) {
		var last *node
		led := 0
		for _, p := range d.passages {
			if p.owner == nil || p.kind == heading {
				continue
			}
			x := d.names.byTask[p.owner]
			if x == nil {
				continue
			}
			if x != last {
				last, led = x, 0
			}
			if led >= maxLead && !d.isDoneWhen(p) {
				continue
			}
			led += min(p.span.Len(), maxLead)
			if !yield(p, x) {
				return
			}
		}
	}
}

// get returns what a stem tells of; nothing for one that tells of no task.
func (t *topics) get(s string) topic {
	if i, ok := t.by[s]; ok {
		return t.all[i]
	}
	return topic{}
}

// topic returns the place for what a stem tells of.
func (t *topics) topic(s string) *topic {
	i, ok := t.by[s]
	if !ok {
		i = int32(len(t.all)) //nolint:gosec // a file is not that long
		t.by[s] = i
		t.all = append(t.all, topic{})
	}
	return &t.all[i]
}

// begins notes the name that a section begins with, and what its first sentence installs or runs.
func (t *topics) begins(says string, x *node) {
	before, first := "", true
	for w := range words(says) {
		low := plainWord(w)
		upper := w[0] < 'a' && w[0] >= 'A' && len(w) > 2 && !blank.has(low)
		camel := upper && strings.ToLower(w[1:]) != w[1:] && strings.ToUpper(w) != w
		if upper && (first && camel || brings.has(before)) {
			t.topic(stem(low)).named |= bitOf(x)
		}
		before, first = low, false
	}
}

// brings are verbs before the name of what is brought up.
var brings = set(`install installs deploy deploys run runs up out set introduce introduces launch adopt choose host bring start create provision`)

// brought is get, with what is spoken of as something new.
func (t *topics) brought(s string) topic {
	if !t.introduced {
		t.introductions()
	}
	return t.get(s)
}

// introductions notes what tasks speak of as something new: "make one list", "a patch list".
func (t *topics) introductions() {
	t.introduced = true
	for _, p := range t.passages {
		x := t.document.names.byTask[p.owner]
		if x == nil || p.kind == heading || p.kind == cell {
			continue
		}
		if says := t.plan.File.Src[p.span.Start:p.span.End]; bytes.IndexByte(says, '.') >= 0 {
			namesIn(says, func(name string) { // the baseline, for baseline.md
				if base, _, ok := strings.Cut(name, "."); ok && isFile(name) && len(base) > 3 && !blank.has(base) && !everywhere.has(name) {
					if o := t.topic(stem(plainWord(base))); o.intro == 0 {
						o.intro |= bitOf(x)
					}
				}
			})
		}
		open, last := 0, ""
		take := func() {
			if last != "" {
				o := t.topic(stem(last))
				o.intro |= bitOf(x)
				if plural(last) {
					o.many |= bitOf(x)
				}
			}
			open, last = 0, ""
		}
		for w := range words(t.document.names.whole()[p.span.Start:p.span.End]) {
			if w == "a" || w == "an" || w == "one" || w == "A" || w == "An" || w == "One" || w == "New" || numerals.has(w) {
				take()
				open = 4
				continue
			}
			if open == 0 {
				continue
			}
			low := plainWord(w)
			if blank.has(low) || isPreposition(low) {
				take()
				continue
			}
			last = low
			if open--; open == 0 {
				take()
			}
		}
		take()
	}
}

// outside tells whether what is said above all tasks speaks of something: it was there before any of them.
func (t *topics) outside(s string) bool {
	if t.above == nil {
		t.above = map[string]bool{}
		t.notes(t.plan.Title.Text)
		for _, p := range t.passages {
			if p.owner != nil {
				break
			}
			if p.kind != heading {
				t.notes(t.document.names.whole()[p.span.Start:p.span.End])
			}
		}
	}
	return t.above[s]
}

// notes notes the nouns of a text above all tasks: a word with another one right behind it is none.
func (t *topics) notes(says string) {
	last, at := "", 0
	for w := range words(says) {
		low := plainWord(w)
		if last != "" && (blank.has(low) || isPreposition(low) || aux.has(low)) {
			t.above[last] = true
		}
		at += strings.Index(says[at:], w) + len(w)
		if last = stem(low); at == len(says) || says[at] != ' ' {
			t.above[last] = true
			last = ""
		}
	}
}

var particles = set(`over out up off down on in back live`)

// words goes through the words of a text; a dash joins.
func words(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); i++ {
			if kinds[s[i]] != letter {
				continue
			}
			j := i + 1
			for j < len(s) && (kinds[s[j]] != other || s[j] == '-' && j+1 < len(s) && kinds[s[j+1]] == letter) {
				j++
			}
			if !yield(s[i:j]) {
				return
			}
			i = j
		}
	}
}

// plainWord is a word in lower case without dashes.
func plainWord(s string) string {
	for i := range len(s) {
		if s[i]-'a' >= 26 {
			return strings.ReplaceAll(strings.ToLower(s), "-", "")
		}
	}
	return s
}

// blank are words that tell of no task in particular.
var blank = set(`a an the this that these those it its they them their he she his her we our ours us you your i my me one ones other others another each every all any both
	some few several many most more less least enough such own same else what which who whom whose where when while why how there here then than thus therefore so
	and or nor but not no never none nothing only just also too even still yet already again once twice ever always often now soon later early earlier today tomorrow
	is are was were be been being am do does did done has have had having can could may might must shall should will would cannot ought let lets
	to of in on at by for from with without within into onto out off up down over under above below between among through during before after until till since
	against across along around about as if because though although unless whether per via than like unlike plus minus except besides upon toward towards
	first second third last next previous former latter final initial new old big small large little long short high low whole full empty real good bad better best right
	ready up finished complete completed through green live running works work worked working ok okay fine available there place healthy stable
	task tasks step steps item items phase phases stage stages milestone ticket tickets plan plans workplan story stories issue issues thing things stuff way ways
	day days week weeks month months hour hours minute minutes time times moment year years night date quarter morning monday tuesday wednesday thursday friday
	team teams people person somebody someone anybody anyone nobody everybody everyone colleague colleagues
	part parts piece kind sort case cases end start begin beginning point number numbers lot bit pair set
	need needs needed want wants use uses used using make makes made get gets got getting take takes taken took put puts go goes going gone come comes came give gives
	keep keeps kept see sees seen look looks say says said tell tells told know knows known think run runs ran go be happen happens happened
	true false yes none null todo done pending open closed status note notes action finding problem goal fix output result results input
	two three four five six seven eight nine ten hundred half e.g i.e etc cf vs must be able possible necessary optional maybe perhaps
	rest remaining entire various different certain own main general common usual normal simple easy hard quick`)

// match is how well some words fit a task.
type match struct{ title, lead int8 }

// matches are how well they fit each task.
type matches [maxTopics]match

// score counts which of some stems speak of which task.
func (t *topics) score(stems []string) *matches {
	var out matches
	for i, s := range stems {
		if slices.Contains(stems[:i], s) {
			continue
		}
		o := t.get(s)
		for b := o.title; b != 0; b &= b - 1 {
			out[bits.TrailingZeros64(b)].title++
		}
		for b := o.lead; b != 0; b &= b - 1 {
			out[bits.TrailingZeros64(b)].lead++
		}
	}
	return &out
}

// plural is a guess at whether a noun speaks of several.
func plural(w string) bool {
	n := len(w)
	return n > 3 && w[n-1] == 's' && w[n-2] != 's' && w[n-2] != 'u' && w[n-2] != 'i'
}
