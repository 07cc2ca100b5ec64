package board

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// frame is what every page has around it.
type frame struct {
	Title string
	Nav   string // the entry of the navigation that it belongs to
	Who   string // "" where nobody is logged in
	Role  hub.Role
	Now   time.Time
	Live  string // the stream that tells of changes; "" where nothing changes
	Here  string // the page's own address
	Words string // what is looked for
}

func (s *Server) frame(v *visit, title, nav string) frame {
	return frame{Title: title, Nav: nav, Who: clean(v.who.Name), Role: v.who.Role, Now: v.now, Here: v.r.URL.RequestURI()}
}

// render writes a page.
func render(w http.ResponseWriter, r *http.Request, status int, c templ.Component) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_ = c.Render(r.Context(), w) // nobody is left to be told
}

func (v *visit) show(c templ.Component) error {
	render(v.w, v.r, http.StatusOK, c)
	return nil
}

// age says how long ago something was, or how far ahead it is, in few letters.
func age(then, now time.Time) string {
	d := now.Sub(then)
	ago := "%d %s ago"
	if d < 0 {
		d, ago = -d, "in %d %s"
	}
	const day = 24 * time.Hour
	switch {
	case then.IsZero():
		return "never"
	case d < 45*time.Second:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf(ago, max(1, int(d.Minutes()+0.5)), "min")
	case d < 36*time.Hour:
		return fmt.Sprintf(ago, int(d.Hours()+0.5), "h")
	case d < 60*day:
		return fmt.Sprintf(ago, int(d.Hours()/24+0.5), "d")
	case d < 730*day:
		return fmt.Sprintf(ago, int(d.Hours()/24/30.44+0.5), "mo")
	}
	return fmt.Sprintf(ago, int(d.Hours()/24/365.25), "y")
}

// moment is a time in full.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

// count is a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// stamp is a state as it is shown: a sign, a word, and the class of its colour.
type stamp struct{ Class, Word string }

var stamps = map[string]stamp{
	"todo": {"todo", "to do"}, "in_progress": {"started", "in progress"}, "blocked": {"blocked", "blocked"}, "done": {"done", "done"},
	"failed": {"failed", "failed"}, "cancelled": {"off", "cancelled"},
	"draft": {"off", "draft"}, "proposed": {"todo", "proposed"}, "active": {"started", "active"}, "finished": {"done", "finished"}, "archived": {"off", "archived"},
	"pending": {"waiting", "pending"}, "resolved": {"done", "resolved"}, "superseded": {"off", "superseded"},
	"passed": {"done", "passed"}, "unknown": {"unknown", "unknown"}, "waiting": {"waiting", "waiting"}, "unverified": {"unknown", "unverified"},
}

func stampOf(state string) stamp {
	if s, ok := stamps[state]; ok {
		return s
	}
	return stamp{"unknown", cmp.Or(clean(state), "no status")}
}

// States as lists offer them.
var (
	planStates     = []string{"active", "blocked", "proposed", "draft", "finished", "cancelled", "archived"}
	taskStates     = []string{"in_progress", "blocked", "failed", "todo", "done", "cancelled"}
	decisionStates = []string{"pending", "resolved", "superseded"}
)

// choice is an entry of a filter.
type choice struct {
	Word, Link string
	Count      int
	On         bool
}

// choices are the states that something may be filtered by, with their counts.
func choices(v *visit, states []string, counts map[string]int) []choice {
	all := 0
	for _, n := range counts {
		all += n
	}
	on := v.state(states)
	out := []choice{{Word: "all", Link: v.with("state", "", "page", ""), Count: all, On: on == ""}}
	for _, state := range states {
		if counts[state] > 0 || on == state {
			out = append(out, choice{Word: stampOf(state).Word, Link: v.with("state", state, "page", ""), Count: counts[state], On: on == state})
		}
	}
	return out
}

// state is the one of these that a list is narrowed to; "" all.
func (v *visit) state(states []string) string {
	state := v.r.URL.Query().Get("state")
	if !slices.Contains(states, state) {
		return ""
	}
	return state
}

// with is the page's address with other values in its query.
func (v *visit) with(pairs ...string) string {
	query := v.r.URL.Query()
	for i := 0; i < len(pairs); i += 2 {
		if query.Del(pairs[i]); pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	u := url.URL{Path: v.r.URL.Path, RawQuery: query.Encode()}
	return u.RequestURI()
}

// words is what is looked for, bounded.
func (v *visit) words() string {
	text := []rune(strings.TrimSpace(strings.ToValidUTF8(v.r.URL.Query().Get("q"), "")))
	return string(text[:min(len(text), 200)])
}

// pages leads through a long list.
type pages struct {
	Number       int
	Older, Newer string // addresses
	From, To     int
}

const maxPage = 10_000

// pageNumber is the page of a list that is asked for, from 1.
func (v *visit) pageNumber() int {
	n, err := strconv.Atoi(v.r.URL.Query().Get("page"))
	if err != nil || n < 1 || n > maxPage {
		return 1
	}
	return n
}

// paged cuts a list that was read with one more than a page, and says where the others are.
func paged[T any](v *visit, list []T, size int) ([]T, pages) {
	p := pages{Number: v.pageNumber()}
	if len(list) > size {
		list, p.Newer = list[:size], v.with("page", strconv.Itoa(p.Number+1))
	}
	if p.Number == 2 {
		p.Older = v.with("page", "")
	} else if p.Number > 2 {
		p.Older = v.with("page", strconv.Itoa(p.Number-1))
	}
	p.From = (p.Number-1)*size + 1
	p.To = p.From + len(list) - 1
	return list, p
}

// planRow is a plan in the list of plans.
type planRow struct {
	ID      string
	Plan    hub.Workstream
	Changed time.Time
	*store.Tally
}

func (p planRow) link() string { return "/plans/" + p.ID }

// share is how much of a plan is verified.
type share struct {
	Verified, Total int
	Parts           []part
}

// part is a piece of a bar of 1,000.
type part struct {
	Class       string
	From, Width int
}

func shareOf(t *store.Tally) share {
	done := t.Tasks["done"]
	s := share{Verified: t.Verified}
	for state, n := range t.Tasks {
		if state != "cancelled" {
			s.Total += n
		}
	}
	if s.Total == 0 {
		return s
	}
	sum := 0
	for _, p := range []struct {
		class string
		n     int
	}{{"verified", t.Verified}, {"claimed", done - t.Verified}, {"started", t.Tasks["in_progress"]}, {"blocked", t.Tasks["blocked"]}, {"failed", t.Tasks["failed"]}} {
		if p.n > 0 {
			from := sum * 1000 / s.Total
			sum += p.n
			s.Parts = append(s.Parts, part{p.class, from, max(sum*1000/s.Total-from, 4)})
		}
	}
	return s
}

// percent is rounded down: 100 % are all.
func (s share) percent() string {
	if s.Total == 0 {
		return "–"
	}
	return strconv.Itoa(s.Verified*100/s.Total) + " %"
}

func (s share) sentence() string {
	if s.Total == 0 {
		return "no tasks"
	}
	return fmt.Sprintf("%d of %s verified", s.Verified, count(s.Total, "task", "tasks"))
}

// taskRow is a task in a list.
type taskRow struct {
	store.Card
	hub.Task
	Plan string // its plan's id, where the list is of several plans
}

func (t taskRow) link() string { return "/plans/" + t.Workstream + "/tasks/" + t.ID }

// proof is what is known of a task by looking.
func (t taskRow) proof() stamp {
	switch {
	case t.Verified:
		return stamp{"done", "verified"}
	case t.Outcome == "passed" && t.Stale:
		return stamp{"unknown", "steps changed"}
	case t.Outcome == "passed":
		return stamp{"done", "passed"}
	case t.Outcome != "":
		return stampOf(t.Outcome)
	case t.Task.Status == "done":
		return stamp{"unknown", "only claimed"}
	}
	return stamp{}
}

// label is what a task or a decision is called where its plan's name need not be said.
func label(plan, key string) string {
	list := forms(plan, key)
	return key[len(key)-len(list[len(list)-1]):]
}

func taskRows(cards []store.Card) []taskRow {
	out := make([]taskRow, 0, len(cards))
	for _, c := range cards {
		c.Holder = clean(c.Holder)
		out = append(out, taskRow{Card: c, Task: body[hub.Task](c.Record)})
	}
	return out
}

// planNames are the plans of workstreams, for what they are called.
func (s *Server) planNames(v *visit, workstreams []string) (map[string]hub.Workstream, error) {
	slices.Sort(workstreams)
	records, err := s.Store.Heads(v.ctx(), slices.Compact(workstreams))
	out := map[string]hub.Workstream{}
	for id, r := range records {
		out[id] = body[hub.Workstream](r)
	}
	return out, err
}

// option is an answer that a decision offers.
type option struct{ Name, Text string }

// decisionCard is a decision with what the visitor may do about it.
type decisionCard struct {
	hub.Decision
	ID, Workstream string
	Rev            int64
	Made           time.Time
	Plan           string
	Choices        []option
	May            bool   // resolve it, or take that back
	WhyNot         string // may not
	Key            string // of the request that its form sends
	Problem        string // what became of the last one
	Note           string // that was sent with it
}

func (d decisionCard) link() string { return "/plans/" + d.Workstream + "/decisions/" + d.ID }

// names are the names of options, in the order in which they are shown. Forms send their number: a name may be one
// that no form brings back as it was.
func names(r hub.Record) []string {
	raw := struct{ Options map[string]string }{}
	_ = json.Unmarshal(r.Body, &raw) // the store wrote it
	return slices.Sorted(maps.Keys(raw.Options))
}

// joined is a list in one line.
func joined(list []string) string { return strings.Join(list, ", ") }

// titleOr is a title, or what stands in for one.
func titleOr(title, other string) string { return cmp.Or(strings.TrimSpace(title), other) }
