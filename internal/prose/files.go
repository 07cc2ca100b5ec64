package prose

import (
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// artefact is something with a name of its own that a task makes: a file, a bucket, an object.
type artefact struct {
	maker *node // nil: it was there, or nobody says who makes it
	first *node // the task that speaks of it first; nil: it is spoken of before all tasks
	uses  []use
}

// use is a place where another task speaks of an artefact.
type use struct {
	by      *node
	passage *passage
	span    text.Span
	ends    bool // it is the end of the artefact: what made it may have come first by way of another task
}

// artefacts reads what tasks hand on to each other by name: one writes `hosts.csv`, and a later one reads it.
func (g *grammar) artefacts(d *document) {
	known := map[string]*artefact{}
	var order []string
	for _, p := range d.sharing(g.sieve) {
		me := g.names.byTask[p.owner]
		g.here = p
		done := d.isDoneWhen(p)
		made := false
		if label, _ := d.headLabel(p); outputs.has(label) {
			made = true
		}
		for _, part := range sentences(g.names.tokens(p.span)) {
			s := &sentence{grammar: g, toks: part, passage: p, me: me}
			for i := range part {
				for _, name := range s.namesAt(i) {
					a := known[name]
					if a == nil {
						a = &artefact{first: me}
						known[name] = a
						order = append(order, name)
						if me != nil && (made || done && s.there(i) || s.making(i) || s.makesInGerman(i)) && !everywhere.has(name) && !s.negated(i, false) && !s.hedged(i) {
							a.maker = me
							continue
						}
					}
					if a.maker == nil || me == a.maker {
						continue
					}
					if me != nil && me.rank > a.maker.rank && s.usesName(i) && !s.silentInGerman(i) && !done {
						a.uses = append(a.uses, use{me, p, part[i].span, s.ending(i)})
					}
				}
			}
		}
	}
	for _, name := range order {
		for _, u := range known[name].uses {
			g.here, g.faint = u.passage, u.ends
			g.add(u.by, known[name].maker, u.span, false)
			g.faint = false
		}
	}
}

// outputs are labels of what a task makes.
var outputs = set(`output outputs deliverable deliverables result results artefact artefacts artifact artifacts produces product yields done`)

// sharing returns the passages that hold a name which several tasks have.
func (d *document) sharing(sieve *sieve) []*passage {
	if len(sieve.dotted) < 2 {
		return nil
	}
	type holder struct {
		passage *passage
		name    uint32
	}
	var all []holder
	for _, p := range d.passages {
		if !sieve.names(p.span) {
			continue
		}
		namesIn(d.plan.File.Src[p.span.Start:p.span.End], func(name string) {
			all = append(all, holder{p, hash(0, name)})
		})
	}
	if len(all) < 2 {
		return nil
	}
	first := map[uint32]*passage{}
	shared := map[uint32]bool{}
	for _, h := range all {
		switch f := first[h.name]; {
		case f == nil:
			first[h.name] = h.passage
		case f.owner != h.passage.owner:
			shared[h.name] = true
		}
	}
	var out []*passage
	for _, h := range all {
		if shared[h.name] && (len(out) == 0 || out[len(out)-1] != h.passage) {
			out = append(out, h.passage)
		}
	}
	return out
}

// namesAt returns names of artefacts in the token at i: what stands between backticks, and names of files.
func (s *sentence) namesAt(i int) []string {
	t := s.at(i)
	if t.mention() || t.quote {
		return nil
	}
	if !t.code {
		if isFile(t.word) {
			return []string{t.word}
		}
		return nil
	}
	says := strings.Trim(string(s.plan.File.Src[t.span.Start:t.span.End]), "`")
	var out []string
	for _, w := range strings.Fields(says) {
		if name := nameOf(w); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// suffixes are those of files that people make.
var suffixes = set(`csv tsv json jsonl yaml yml toml ini conf cfg txt md adoc rst html pdf xlsx xls ods docx odt drawio svg png sh bash py rb pl go js ts sql dump tf tfvars hcl vcl
	rego pem crt cer key csr pub p12 jks env xml log gz tgz tar zip zst iso img qcow2 vmdk ova deb rpm whl jar war patch diff lock tmpl tpl j2 service timer socket mount rules
	properties proto avsc graphql ipynb parquet db sqlite bak asc sig sha256 spec list map cue jsonnet bicep pp ps1 bat nix`)

// making tells whether the sentence makes what stands at i: Write `hosts.csv`, called `hosts.csv`, add `hosts.csv`.
func (s *sentence) making(i int) bool {
	for j := s.clause(i); j < i; j++ {
		w := s.word(j)
		verb := stem(plainWord(w))
		if writing.has(verb) && !usedHere.has(s.word(j-1)) || w == "called" || w == "named" || adding.has(verb) && s.direct(j+1, i) {
			return true
		}
	}
	for j := range i {
		if w := s.word(j + 1); outputs.has(s.word(j)) && (w == ":" || w == "is" || w == "are" || w == "." && j == 0) {
			return true
		}
	}
	return s.word(i-1) == "is" && s.word(i-2) != "there" || s.answersAt(i) || s.arrow(i) || s.placed(i) || s.lies(i) || s.fresh(i) || s.entitled(i)
}

// arrow tells whether an arrow leads to what stands at i: numbers -> `disks.csv`.
func (s *sentence) arrow(i int) bool {
	if i == 0 {
		return false
	}
	if s.word(i-1) == "→" {
		return i > 1
	}
	before := strings.TrimRight(s.names.whole()[s.passage.span.Start:s.at(i).span.Start], " ")
	return strings.HasSuffix(before, "->") || strings.HasSuffix(before, "=>")
}

// placed tells whether something is put where what stands at i says: store the key under `mobile/push`.
func (s *sentence) placed(i int) bool {
	switch s.word(i - 1) {
	case "in", "at", "under", "as", "into":
	default:
		return false
	}
	for j := s.clause(i); j < i-1; j++ {
		if storing.has(stem(plainWord(s.word(j)))) && !usedHere.has(s.word(j-1)) {
			return true
		}
	}
	return false
}

// ending tells whether a clause is about the end of what stands at i: the cluster is destroyed.
func (s *sentence) ending(i int) bool {
	for j := s.clause(i); j < s.clauseEnd(i); j++ {
		if w := stem(s.word(j)); removing.has(w) || w == destroying() {
			return true
		}
	}
	return false
}

var destroying = sync.OnceValue(func() string { return stem("destroy") })

// answersAt tells whether an address or a name at i is said to answer.
func (s *sentence) answersAt(i int) bool {
	t := s.at(i)
	return t.code && answers.has(s.word(i+1)) && !strings.HasPrefix(strings.Trim(s.names.whole()[t.span.Start:t.span.End], "`"), "/")
}

// answers are verbs of what is there and answers.
var answers = set(`must answers says returns responds prints shows works`)

// lies tells whether a task that is done says that something lies in what stands at i: the list is in `hosts.csv`.
func (s *sentence) lies(i int) bool {
	if w := s.word(i - 1); w != "in" && w != "under" && w != "at" || s.me == nil || workplan.Status(s.me.task.Status.Text) != workplan.Done {
		return false
	}
	switch s.word(i - 2) {
	case "is", "are", "lies", "lie":
		return true
	}
	return false
}

// storing are stems of verbs that put something somewhere.
var storing = stems(`store save put keep record commit file deposit lay`)

// fresh tells whether what stands at i is spoken of as new: a topic `raw`, new rule `fast`.
func (s *sentence) fresh(i int) bool {
	for j := i - 1; j >= 0 && j > i-4 && isWord(s.word(j)); j-- {
		switch w := s.word(j); {
		case w == "new":
			return !definites.has(s.word(j - 1))
		case w == "a", w == "an":
			return !s.put(j)
		case isPreposition(w), aux.has(w), definites.has(w):
			return false
		}
	}
	return false
}

// entitled tells whether a noun of the title stands before what stands at i, or the name before it, and the task makes
// what its title says: topics `raw` and `clean`.
func (s *sentence) entitled(i int) bool {
	if s.me == nil || mends(s.me) || s.topics == nil {
		return false
	}
	j := i - 1
	for s.word(j) == "," || s.word(j) == "and" || s.at(j).code {
		j--
	}
	if w := s.word(j); isWord(w) && !blank.has(w) {
		return s.topics.get(stem(plainWord(w))).title&bitOf(s.me) != 0 && (s.begins(j) || makes(s.word(s.clause(j))))
	}
	return false
}

// begins tells whether the words before i begin a clause: nothing but adjectives stands there.
func (s *sentence) begins(i int) bool {
	for j := s.clause(i); j < i; j++ {
		if w := s.word(j); isPreposition(w) || aux.has(w) || definites.has(w) || endsCue(w) {
			return false
		}
	}
	return true
}

// direct tells whether nothing but an article and nouns stands from j to i.
func (s *sentence) direct(j, i int) bool {
	for ; j < i; j++ {
		if w := s.word(j); isPreposition(w) || w == "into" || !isWord(w) || aux.has(w) {
			return false
		}
	}
	return true
}

// there tells whether what stands at i is said to be there: the list is in `hosts.csv`.
func (s *sentence) there(i int) bool {
	switch s.word(i - 1) {
	case "in", "at", "under", "as", "into":
		return true
	}
	switch s.word(i + 1) {
	case "is", "exists", "contains", "lists", "has", "are", "in", "must", "answers", "says", "returns", "responds":
		return true
	}
	return false
}

var (
	// writing are stems of verbs that make the file that is named behind them.
	writing = stems(`write create generate produce record export dump emit build render compile draft collect capture extract compute prepare sign selfsign print bake issue assemble author
		publish define design`)
	// adding are stems of verbs whose object can be new.
	adding = stems(`add introduce commit put store save install deploy provision reserve set make document start open design snapshot seal mint register`)
	// everywhere are files that each repository has.
	everywhere = set(`readme.md changelog.md contributing.md license.md dockerfile makefile package.json go.mod main.tf values.yaml values.yml docker-compose.yml docker-compose.yaml
		compose.yml compose.yaml .gitlab-ci.yml gitlab-ci.yml requirements.txt pyproject.toml index.html chart.yaml pom.xml variables.tf kustomization.yaml`)
)

// usedHere stand before participles of what is there already.
var usedHere = set(`the already our`)

// creators are stems of verbs that bring something about that was not there.
var creators = stems(`write create generate produce record export dump save store emit make build render compile draft collect capture list document reserve register publish sign selfsign
	commit extract compute prepare provision set stand bring install deploy introduce launch order buy rent get procure acquire roll design draw define develop implement print
	bake seal mint issue merge put note snapshot package add scan survey inventory choose gather assemble compose author start open turn`)

// usesName tells whether the sentence does something with what is named at i, and does not only point at it.
func (s *sentence) usesName(i int) bool {
	if s.negated(i, false) || s.hedged(i) || s.compared(i) && s.word(s.clause(i)) != "see" {
		return false
	}
	c := s.left(i)
	return c.role != aside && c.role != before
}
