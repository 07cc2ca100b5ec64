package prose

import (
	"slices"
	"strings"
)

// topics knows by which words people speak of a task without its id: those of its title, of what is first said in its
// section, and of what has to hold for it to be done.
type topics struct {
	tasks   []*node
	by      map[string]*topic
	begun   *node           // the last task whose section was begun
	outside map[string]bool // stems of what is said above all tasks
}

// topic is a stem with the tasks that it tells of, by their place among the tasks.
type topic struct {
	title []int
	lead  []int
	named []int // where a section begins with it as a name, or brings it up: ClickHouse, two shards
	intro []int // where it is spoken of as something new: a list
}

// maxLead bounds how much of the first words of a task is taken for its topic.
const maxLead = 240

func newTopics(d *document) *topics {
	t := &topics{tasks: d.names.tasks, by: map[string]*topic{}, outside: map[string]bool{}}
	if len(t.tasks) < 2 {
		return t
	}
	for _, x := range t.tasks {
		_, title := alias(x.task.Title)
		t.learn(x, title, true)
	}
	led := map[*node]int{}
	t.introductions(d)
	for w := range words(d.plan.Title.Text) {
		t.outside[stem(w)] = true
	}
	for _, p := range d.passages {
		x := d.names.byTask[p.owner]
		if x == nil && len(led) == 0 && p.kind != heading {
			for w := range words(d.source(p)) {
				t.outside[stem(w)] = true
			}
		}
		if x == nil || p.kind == heading || p.kind == cell || led[x] >= maxLead && !d.isDoneWhen(p) {
			continue
		}
		src := d.plan.File.Src[p.span.Start:min(p.span.End, p.span.Start+maxLead)]
		led[x] += len(src)
		t.learn(x, string(src), false)
	}
	return t
}

// introductions notes what tasks speak of as something new: "make one list", "a patch list".
func (t *topics) introductions(d *document) {
	for _, p := range d.passages {
		x := d.names.byTask[p.owner]
		if x == nil || p.kind == heading || p.kind == cell {
			continue
		}
		t.names(d, p, x)
		open, last := 0, ""
		take := func() {
			if last != "" {
				t.introduced(stem(last), x)
			}
			open, last = 0, ""
		}
		for w := range words(d.source(p)) {
			switch {
			case w == "a" || w == "an" || w == "one":
				take()
				open = 4
			case open == 0:
			case blank[w] || isPreposition(w):
				take()
			default:
				last = w
				if open--; open == 0 {
					take()
				}
			}
		}
		take()
	}
}

// names notes the name that a section begins with, and what it installs or runs.
func (t *topics) names(d *document, p *passage, x *node) {
	if t.begun == x && p.kind != item {
		return
	}
	src := d.source(p)
	if i := strings.Index(src, ". "); i > 0 {
		src = src[:i]
	}
	before, n := "", 0
	for _, w := range strings.Fields(src) {
		bare := strings.Trim(w, ".,;:()*`\"")
		if bare == "" {
			continue
		}
		low := strings.ToLower(bare)
		name := strings.ToLower(bare[:1]) != bare[:1] && !blank[low] && len(bare) > 2
		if name && (n == 0 && (t.begun != x && (strings.HasSuffix(w, ",") || bare[1:] != low[1:])) || n > 0 && brings[before]) {
			s := stem(plainWord(bare))
			o := t.by[s]
			if o == nil {
				o = &topic{}
				t.by[s] = o
			}
			if k := len(o.named); k == 0 || o.named[k-1] != x.rank {
				o.named = append(o.named, x.rank)
			}
		}
		before = low
		n++
	}
	t.begun = x
}

// brings are verbs before the name of what is brought up.
var brings = set(`install installs deploy deploys run runs up out set introduce introduces launch adopt choose host bring start create provision`)

func (t *topics) introduced(s string, x *node) {
	o := t.by[s]
	if o == nil {
		o = &topic{}
		t.by[s] = o
	}
	if n := len(o.intro); n == 0 || o.intro[n-1] != x.rank {
		o.intro = append(o.intro, x.rank)
	}
}

// learn takes words of a task.
func (t *topics) learn(x *node, says string, title bool) {
	before := ""
	for w := range words(says) {
		s := stem(w)
		if title && particles[w] && before != "" { // cut over, the cutover
			t.note(before+w, x, true)
		}
		before = w
		if len(s) < 2 || blank[w] {
			continue
		}
		t.note(s, x, title)
	}
}

func (t *topics) note(s string, x *node, title bool) {
	o := t.by[s]
	if o == nil {
		o = &topic{}
		t.by[s] = o
	}
	list := &o.lead
	if title {
		list = &o.title
	}
	if n := len(*list); n == 0 || (*list)[n-1] != x.rank {
		*list = append(*list, x.rank)
	}
}

var particles = set(`over out up off down on in back live`)

// words goes through the words of a text, in lower case; a dash joins.
func words(s string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); i++ {
			if kinds[s[i]] != letter {
				continue
			}
			j := i
			for j < len(s) && (kinds[s[j]] != other || s[j] == '-' && j+1 < len(s) && kinds[s[j+1]] == letter) {
				j++
			}
			if !yield(plainWord(s[i:j])) {
				return
			}
			i = j
		}
	}
}

// plainWord is a word in lower case without dashes.
func plainWord(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "-", "")
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
type match struct{ title, lead int }

// score counts which of some stems speak of which task.
func (t *topics) score(stems []string) []match {
	out := make([]match, len(t.tasks))
	for i, s := range stems {
		o := t.by[s]
		if o == nil || slices.Contains(stems[:i], s) {
			continue
		}
		for _, r := range o.title {
			out[r].title++
		}
		for _, r := range o.lead {
			out[r].lead++
		}
	}
	return out
}
