package adapter

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// kind is how one kind is asked for and told.
type kind struct {
	list, read, create, update *route
	items, next, item          *expr.Program
	body, fresh                *node
	headers                    map[string]*expr.Template
	answer                     map[string]*expr.Program
	words                      words
	placed                     map[string]bool // fields that have a place in bodies; "" is all
}

// kinds that a hub of others may keep, in the order in which they are read: a workstream before what is in it.
var kinds = []hub.Kind{hub.KindWorkstream, hub.KindTask, hub.KindDecision, hub.KindVerdict, hub.KindEvent, hub.KindMessage}

// Check tells what is wrong in settings.
func Check(s Settings) []Problem {
	_, problems := compile(s)
	return problems
}

type compiler struct {
	cel      *expr.Compiler
	problems []Problem
}

func compile(s Settings) (map[hub.Kind]*kind, []Problem) {
	c := &compiler{cel: expr.NewCompiler()}
	c.auth(s.Auth)
	out := map[hub.Kind]*kind{}
	for _, name := range slices.Sorted(maps.Keys(s.Routes)) {
		k := hub.Kind(name)
		if !slices.Contains(kinds, k) {
			c.wrong("routes."+name, "wanted workstream, task, decision, verdict, event or message")
			continue
		}
		out[k] = c.kind("routes."+name, k, s.Routes[name], s.StatusMap)
	}
	w := out[hub.KindWorkstream]
	for _, name := range kinds {
		if k := out[name]; k != nil && k.list != nil && k.list.has("workstream_ref") && (w == nil || w.list == nil) {
			c.wrong("routes."+string(name)+".list", "{workstream_ref} is known where routes.workstream.list tells it")
		}
	}
	return out, c.problems
}

func (c *compiler) wrong(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{path, fmt.Sprintf(format, args...)})
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9-]{1,100}$`)

// ours are headers that no configuration sets: they say where a request goes, and how long it is, and who asks.
var ours = []string{
	"Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Expect",
	"Proxy-Authorization", "Proxy-Connection", "Keep-Alive", "User-Agent", "Accept", "Cookie",
}

func (c *compiler) auth(a Auth) {
	switch {
	case a.Scheme == "header" && (!headerName.MatchString(a.Header) || slices.Contains(ours, textproto.CanonicalMIMEHeaderKey(a.Header))):
		c.wrong("auth.header", "wanted the name of the header that holds the token, such as X-Api-Key")
	case a.Scheme != "header" && a.Header != "":
		c.wrong("auth.header", "the name of a header goes with scheme: header")
	}
}

func (c *compiler) kind(at string, name hub.Kind, r Route, all map[string]string) *kind {
	k := &kind{headers: map[string]*expr.Template{}, answer: map[string]*expr.Program{}, placed: map[string]bool{}}
	k.list = c.route(at+".list", r.List, http.MethodGet)
	k.read = c.route(at+".read", r.Read, http.MethodGet)
	k.create = c.route(at+".create", r.Create, writes...)
	k.update = c.route(at+".update", r.Update, writes...)
	if k.create == nil && k.update == nil && k.list == nil {
		c.wrong(at, "wanted a route: list, create or update")
	}
	if name.Mutable() && k.create != nil && k.update == nil {
		c.wrong(at, "a %s changes: wanted update beside create", name)
	}
	k.items = c.program(at+".items", r.Items)
	k.next = c.program(at+".next", r.Next)
	k.item = c.program(at+".item", r.Item)
	if k.next != nil && k.list != nil && !k.list.has("page") {
		c.wrong(at+".list", "next gives {page}, which has no place here")
	}
	k.body = c.tree(at+".body", r.Body, k.placed)
	k.fresh = c.tree(at+".new", r.New, k.placed)
	if name == hub.KindWorkstream {
		k.placed["ref"] = k.placed["git_ref"] // self.ref is what the hub calls the record
	}
	for header, text := range r.Headers {
		path := at + ".headers." + header
		if canonical := textproto.CanonicalMIMEHeaderKey(header); !headerName.MatchString(header) || canonical == "Authorization" || slices.Contains(ours, canonical) {
			c.wrong(path, "no header that a configuration may set")
			continue
		}
		k.headers[header] = c.template(path, text)
	}
	for field, text := range r.Answer {
		path := at + ".answer." + field
		if !slices.Contains(meta, field) && !slices.Contains(fieldsOf(name), field) {
			c.wrong(path, "wanted %s, or a field of a %s: %s", strings.Join(meta, ", "), name, strings.Join(fieldsOf(name), ", "))
			continue
		}
		if text == "" {
			c.wrong(path, "an empty expression")
		}
		k.answer[field] = c.program(path, text)
	}
	if k.list != nil && k.answer["id"] == nil {
		c.wrong(at, "a list needs answer: id, which is the record's state_hub id in the plan")
	}
	c.words(at, name, k, r.StatusMap, all)
	return k
}

// meta are what an answer tells of a record besides its fields.
var meta = []string{"id", "ref", "version", "created_at", "created_by", "updated_at", "updated_by"}

func (c *compiler) route(at, text string, methods ...string) *route {
	if text == "" {
		return nil
	}
	r, err := parseRoute(text, methods...)
	if err != nil {
		c.wrong(at, "%v", err)
	}
	return r
}

func (c *compiler) program(at, text string) *expr.Program {
	if text == "" {
		return nil
	}
	p, problems := c.cel.Compile(text, nil, expr.Any)
	for _, problem := range problems {
		c.wrong(at, "%s", problem.Message)
	}
	return p
}

func (c *compiler) template(at, text string) *expr.Template {
	t, problems := c.cel.CompileTemplateOver(text)
	for _, problem := range problems {
		c.wrong(at, "%s", problem.Message)
	}
	return t
}

func (c *compiler) words(at string, k hub.Kind, out *kind, own, all map[string]string) {
	out.words = words{there: map[string]string{}, here: map[string]string{}, known: statuses(k), mapped: len(own) > 0 || len(all) > 0}
	from := own
	if len(own) == 0 {
		from = all
	}
	for _, here := range slices.Sorted(maps.Keys(from)) {
		there := from[here]
		if !slices.Contains(out.words.known, here) {
			if len(own) > 0 {
				c.wrong(at+".status_map."+here, "no status of a %s: %s", k, cmp.Or(strings.Join(out.words.known, ", "), "it has none"))
			}
			continue
		}
		out.words.there[here] = there
		if _, taken := out.words.here[there]; taken {
			here = "" // several of ours are one there: which one, nobody knows
		}
		out.words.here[there] = here
	}
}
