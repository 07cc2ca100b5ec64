package prose

import (
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// node is what can be needed: a task, a decision, or something of another plan.
type node struct {
	id    string         // full
	short string         // as people write it
	task  *workplan.Task // nil for the others
	title string         // of a task, without its id and the key of a ticket
	rank  int            // of a task: its place among the tasks
	// in is the task in whose section a decision stands; nil: in none.
	in       *workplan.Task
	decision bool
	foreign  bool
}

// names knows what words of a plan's prose mean.
type names struct {
	plan    *workplan.Plan
	byWord  map[string]*node // by id, as people may write it
	lower   map[string]*node // by id in lower case
	byTask  map[*workplan.Task]*node
	tasks   []*node
	nouns   map[string]numbers // "step" → 3 → task
	titles  []title
	family  string // what stands before the number in the plan's id: WP
	letters [256]bool
	bare    bool             // an id is nothing but letters in lower case
	opening map[string]bool  // first words of titles
	byTitle map[string]int   // the place in titles, by all words of a title, each with a NUL behind it
	longest int              // number of words in a title
	key     []byte           // for byTitle
	text    string           // the whole file
	buffer  []token          // for the lexer
	fresh   map[string]*node // of other plans
}

// title is a task's title in words.
type title struct {
	words []string
	node  *node
}

func newNames(p *workplan.Plan, decisions []*decision) *names {
	n := &names{
		plan: p, byWord: map[string]*node{}, lower: map[string]*node{}, byTask: map[*workplan.Task]*node{},
		nouns: map[string]numbers{}, opening: map[string]bool{}, byTitle: map[string]int{}, family: family(p.ID.Text), fresh: map[string]*node{},
	}
	for i, t := range p.Tasks {
		if t.ID.Text == "" || n.byWord[t.ID.Text] != nil {
			continue
		}
		x := &node{id: t.ID.Text, short: t.Short, task: t, rank: i}
		n.tasks = append(n.tasks, x)
		n.byTask[t] = x
		n.learn(x)
		n.number(x, t)
		var key string
		key, x.title = alias(strings.TrimLeft(strings.TrimPrefix(t.Title, t.Short), " ·:–—-.|/"))
		n.also(key, x)
		if words := titleWords(x.title); len(words) >= 2 {
			key := strings.Join(words, "\x00") + "\x00"
			if _, same := n.byTitle[key]; same { // the first task's goes first, and leaves nothing
				continue
			}
			n.byTitle[key] = len(n.titles)
			n.titles = append(n.titles, title{words: words, node: x})
			n.opening[words[0]], n.longest = true, max(n.longest, len(words))
		}
	}
	for _, d := range decisions {
		if n.byWord[d.id] == nil {
			n.learn(&node{id: d.id, short: d.short, decision: true, in: d.in})
		}
	}
	return n
}

// whole is the text of the file.
func (n *names) whole() string {
	if n.text == "" {
		n.text = string(n.plan.File.Src)
	}
	return n.text
}

// learn makes the ways known in which an id is written.
func (n *names) learn(x *node) {
	n.byWord[x.id], n.lower[strings.ToLower(x.id)] = x, x
	n.bare = n.bare || strings.Trim(strings.ToLower(x.id), "abcdefghijklmnopqrstuvwxyz") == ""
	letters, digits := split(x.short)
	if letters == "" || digits == "" {
		return // a short id such as "setup" is a word like others
	}
	n.letters[letters[0]], n.letters[letters[0]|0x20] = true, true
	n.byWord[x.short] = x
	bare := strings.TrimLeft(digits, "0")
	if bare != "" && n.byWord[letters+bare] == nil {
		n.byWord[letters+bare] = x // T4 for T04
	}
	if len(digits) > 1 || strings.Contains(letters, "-") {
		n.lower[strings.ToLower(x.short)] = x
	}
}

// also makes another name of a task known, such as the ticket in its title.
func (n *names) also(key string, x *node) {
	if key == "" || n.byWord[key] != nil {
		return
	}
	n.byWord[key] = x
	n.letters[key[0]] = true
}

// split takes a short id such as T04 or D-01 apart.
func split(short string) (letters, digits string) {
	i := len(short)
	for i > 0 && short[i-1] >= '0' && short[i-1] <= '9' {
		i--
	}
	letters, digits = short[:i], short[i:]
	if letters == "" || !isLetter(letters[0]) || len(letters) > 12 {
		return "", ""
	}
	return letters, digits
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// numbered are the nouns that a number behind them can make a task of, by the letter of its ids.
var numbered = map[string]string{
	"T": "task", "S": "step", "I": "item", "A": "action", "P": "phase", "M": "milestone",
	"TASK": "task", "STEP": "step", "ITEM": "item", "ACTION": "action", "PHASE": "phase", "MILESTONE": "milestone", "STAGE": "stage",
}

// counting are these nouns.
var counting = set(`task step item action phase milestone stage`)

// number makes "step 3" known where the task's title or its id is numbered so.
func (n *names) number(x *node, t *workplan.Task) {
	add := func(noun string, digits string) {
		i, err := strconv.Atoi(digits)
		if err != nil {
			return
		}
		if n.nouns[noun] == nil {
			n.nouns[noun] = numbers{}
		}
		if n.nouns[noun][i] == nil {
			n.nouns[noun][i] = x
		}
	}
	words := strings.Fields(plainWords(t.Title))
	if len(words) > 1 {
		if counting.has(words[0]) {
			add(words[0], strings.TrimRight(words[1], ":.)–—-"))
		}
	}
	if letters, digits := split(t.Short); letters != "" {
		if noun := numbered[strings.ToUpper(strings.TrimRight(letters, "-_"))]; noun != "" {
			add(noun, digits)
		}
	}
}

// family is the last group of letters before the last number in an id: WP for X-WP-0003.
func family(id string) string {
	parts := strings.Split(id, "-")
	for i := len(parts) - 1; i > 0; i-- {
		if parts[i] != "" && strings.Trim(parts[i], "0123456789") == "" {
			return parts[i-1]
		}
	}
	return ""
}

// word returns what an id in the text means; code tells that it stands between backticks.
func (n *names) word(s string, code bool) *node {
	if x := n.byWord[s]; x != nil {
		return x
	}
	if x := n.lower[strings.ToLower(s)]; x != nil {
		return x
	}
	if code {
		if t := n.plan.Task(s); t != nil {
			return n.byTask[t]
		}
	}
	return n.other(s)
}

// other returns the task or plan of another file that an id names. It has to be made as the id of this plan is.
func (n *names) other(s string) *node {
	if n.family == "" || len(s) > 64 || !strings.Contains(s, n.family+"-") || s == n.plan.ID.Text || strings.HasPrefix(s, n.plan.ID.Text+"-") {
		return nil
	}
	parts := strings.Split(s, "-")
	at := -1
	for i, p := range parts {
		if p == "" {
			return nil
		}
		if i > 0 && parts[i-1] == n.family && strings.Trim(p, "0123456789") == "" {
			at = i
		}
	}
	if at < 0 || at < len(parts)-2 {
		return nil
	}
	if n.fresh[s] == nil {
		n.fresh[s] = &node{id: s, short: s, foreign: true}
	}
	return n.fresh[s]
}
