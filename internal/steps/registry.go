package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// registryArgs are the fields of a registry step.
type registryArgs struct {
	URL        string        `yaml:"url" required:"true" doc:"https:// or http:// and the registry, without a path, user or password"`
	Challenge  string        `yaml:"challenge" enum:"Bearer|Basic|none" doc:"how it wants clients to show who they are; unwritten: any way"`
	Realm      *Regexp       `yaml:"realm" doc:"the address of the token service matches"`
	Scope      string        `yaml:"scope" doc:"what the credential, or anybody where there is none, may do, in the registry's words: repository:NAME:pull,push; nothing is written to find out"`
	Allowed    bool          `yaml:"allowed" doc:"false: scope must not be granted"`
	Repository string        `yaml:"repository" doc:"whose tags are listed"`
	Tags       *registryTags `yaml:"tags" doc:"what the repository's tags must be and must not be"`
	Auth       ociAuth       `yaml:"auth" doc:"the credential, where policy lets it go to this registry and its token service; none is sent unless it is written"`
	PullSecret string        `yaml:"pullSecret" doc:"a Secret of the cluster with the credential, as namespace/name; granted by this name, such as web/regcred"`
	netReach
}

// registryTags says what a list of tags must be.
type registryTags struct {
	Names    []string `yaml:"names" doc:"each is there, literally"`
	Contains []Regexp `yaml:"contains" doc:"each matches a tag"`
	Lacks    []Regexp `yaml:"lacks" doc:"none matches a tag"`
	Only     []Regexp `yaml:"only" doc:"every tag matches one of these"`
}

// registrySelf is what a registry step saw.
type registrySelf struct {
	Challenge string   `json:"challenge" doc:"Bearer, Basic or none"`
	Realm     string   `json:"realm" doc:"where tokens come from"`
	Service   string   `json:"service" doc:"whom they are for"`
	Granted   []string `json:"granted" doc:"of the actions in scope"`
	Tags      []string `json:"tags" doc:"of the repository"`
}

// registryKind looks at a registry itself.
//
// What it makes of trouble: a registry that refuses connections, shows no valid certificate or answers as no registry
// does fails. No answer in time, and a credential that is refused, are unknown; so is what a credential may do, where
// only trying would tell: a registry without a token service, and tokens that do not say what they grant.
func registryKind(d Deps) check.Kind {
	c := newOCIClient(d)
	return check.Define(check.Spec[registryArgs]{
		Name: "registry",
		Doc:  "Expect an OCI registry to answer, with a challenge, rights and tags as described.",
		Bare: "url",
		Example: `registry: {url: "https://registry.example", challenge: Bearer, scope: "repository:org/web:pull,push", auth: {basic: {user: ci, passwordEnv: REGISTRY_TOKEN}}}
record: {realm: self.realm}`,
		Default: registryArgs{Allowed: true},
		Self:    registrySelf{},
		Could:   []check.Capability{check.ClusterRead, check.ReadsFiles, check.ReadsSecrets},
		CapsOf:  func(a registryArgs) []check.Capability { return a.reach().caps() },
		Check:   registryCheck,
		Target:  func(a registryArgs) string { return withoutQuery(a.URL) },
		Host: func(a registryArgs) string {
			if u, err := url.Parse(a.URL); err == nil {
				return u.Hostname()
			}
			return ""
		},
		Rules: func(a registryArgs) []check.Rule { return a.reach().rules() },
		Look:  c.lookAtRegistry,
	})
}

// reach is how the registry is reached: its URL says over what.
func (a registryArgs) reach() ociReach {
	plain := strings.HasPrefix(a.URL, "http://")
	return ociReach{Auth: a.Auth, PullSecret: a.PullSecret, PlainHTTP: plain, httpsOnly: !plain, netReach: a.netReach}
}

var scopeForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^repository:([a-z0-9]+(?:[._/-]+[a-z0-9]+)*):((?:pull|push|delete)(?:,(?:pull|push|delete))*)$`)
})

// parseScope splits repository:NAME:ACTIONS.
func parseScope(s string) (repository string, actions []string, ok bool) {
	m := scopeForm().FindStringSubmatch(s)
	if m == nil {
		return "", nil, false
	}
	return m[1], slices.Compact(slices.Sorted(strings.SplitSeq(m[2], ","))), true
}

func registryCheck(a registryArgs) []check.Problem {
	out := a.reach().check()
	add := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	if a.URL != "" {
		u, err := parseTarget(a.URL)
		switch {
		case err != nil:
			add(err.Error(), "write it as in https://registry.example", "url")
		case u.User != nil:
			add("a URL with a user or password shows them to every reader", "use auth, with names of the environment", "url")
		case strings.Trim(u.Path, "/") != "" && strings.Trim(u.Path, "/") != "v2" || u.RawQuery != "" || u.Fragment != "":
			add("the URL of a registry has no path", fmt.Sprintf("did you mean %q?", u.Scheme+"://"+u.Host), "url")
		}
	}
	if _, _, ok := parseScope(a.Scope); a.Scope != "" && !ok {
		add(fmt.Sprintf("%q is no scope", a.Scope), "such as repository:org/web:pull,push", "scope")
	}
	if a.Scope == "" && !a.Allowed {
		add("allowed is about scope, which is not written", "such as repository:org/web:push", "allowed")
	}
	if a.Challenge == "none" && (a.Realm != nil) {
		add("a registry without a challenge names no token service", "leave out realm, or challenge", "realm")
	}
	if _, err := name.NewRepository("registry.example/" + a.Repository); err != nil && a.Repository != "" {
		add(fmt.Sprintf("%q is no repository", a.Repository), "such as org/web", "repository")
	}
	if a.Tags != nil && a.Repository == "" {
		add("tags are those of a repository", "write repository as well", "tags")
	}
	return out
}

// registryLook is one look at a registry while it goes on.
type registryLook struct {
	*ociVisit
	args registryArgs
	reg  name.Registry
	self registrySelf
}

func (c *ociClient) lookAtRegistry(ctx context.Context, at check.Site, a registryArgs) (check.Result, error) {
	u, err := parseTarget(a.URL)
	if err != nil {
		return check.Result{}, err
	}
	var opts []name.Option
	if u.Scheme == "http" {
		opts = append(opts, name.Insecure)
	}
	reg, err := name.NewRegistry(u.Host, opts...)
	if err != nil {
		return check.Result{}, fmt.Errorf("%q is no registry", u.Host)
	}
	ctx, v := c.visit(ctx, at, a.reach(), reg)
	l := &registryLook{ociVisit: v, args: a, reg: reg, self: registrySelf{Granted: []string{}, Tags: []string{}}}
	r, err := l.look(ctx)
	r.Self = l.self
	return r, err
}

func (l *registryLook) doing() string { return "look at " + withoutQuery(l.args.URL) }

func (l *registryLook) look(ctx context.Context) (check.Result, error) {
	access, err := l.access(ctx, l.reg.Repo("ping"), true)
	if err != nil {
		return check.Result{}, err
	}
	hello, err := oci.Ping(ctx, l.reg, access)
	if err != nil {
		return l.fault(ctx, err)
	}
	l.self.Challenge, l.self.Realm, l.self.Service = challengeName(hello.Scheme), hello.Parameters["realm"], hello.Parameters["service"]
	ms := append(l.judgeHello(hello), l.judgeChallenge()...)
	for _, look := range []func(context.Context) ([]Mismatch, error){l.rights, l.tags, l.accepted} {
		more, err := look(ctx)
		if err != nil && len(ms) == 0 {
			return check.Result{}, err
		}
		ms = append(ms, more...)
	}
	return netVerdict(l.saw(), ms, l.why(ms), nil), nil
}

// fault tells what a request without an answer of a registry shows: something of the server, or nothing.
func (l *registryLook) fault(ctx context.Context, err error) (check.Result, error) {
	status, _ := oci.Status(err)
	if saw, ok := netSeen(err); ok && ctx.Err() == nil && status == 0 {
		ms := []Mismatch{{"an answer from " + l.reg.RegistryStr(), saw}}
		return netFault(hostPort(&url.URL{Scheme: l.reg.Scheme(), Host: l.reg.RegistryStr()}), netVerdict("", ms, netWhy(saw), nil), ms), nil
	}
	if status != 0 && status < 500 && status != http.StatusTooManyRequests && ctx.Err() == nil {
		return netVerdict("", []Mismatch{{"the API of a registry", fmt.Sprintf("%d at /v2/", status)}}, []string{"/v2/ of a registry answers 200 or 401"}, nil), nil
	}
	return check.Result{}, l.ociVisit.fault(ctx, l.doing(), err)
}

// challengeName writes a scheme as people do.
func challengeName(scheme string) string {
	for _, known := range []string{"Bearer", "Basic"} {
		if strings.EqualFold(scheme, known) {
			return known
		}
	}
	if scheme == "" {
		return "none"
	}
	return scheme
}

// judgeHello tells of answers that no registry gives.
func (l *registryLook) judgeHello(h oci.Hello) []Mismatch {
	switch {
	case h.Status == http.StatusUnauthorized && h.Scheme == "":
		return []Mismatch{{"a challenge", "401 at /v2/ without a challenge"}}
	case h.Status == http.StatusOK && h.Page:
		return []Mismatch{{"the API of a registry", "a page of HTML at /v2/"}}
	}
	return nil
}

func (l *registryLook) judgeChallenge() (ms []Mismatch) {
	if want := l.args.Challenge; want != "" && want != l.self.Challenge {
		ms = append(ms, Mismatch{Want: challengeWords(want)})
	}
	if want := l.args.Realm; want != nil && !want.MatchString(l.self.Realm) {
		ms = append(ms, Mismatch{fmt.Sprintf("realm matches %q", want.Src), "realm " + Quote(l.self.Realm)})
	}
	return ms
}

func challengeWords(scheme string) string {
	if scheme == "none" {
		return "no challenge"
	}
	return "the challenge " + scheme
}

func (l *registryLook) saw() string {
	var out joined
	out.add(challengeWords(l.self.Challenge))
	if _, _, ok := parseScope(l.args.Scope); ok {
		out.add("granted " + orNone(l.self.Granted))
	}
	if l.args.Repository != "" {
		out.add("repository " + l.args.Repository)
	}
	return strings.Join(out, ", ")
}

// rights asks what is granted.
func (l *registryLook) rights(ctx context.Context) ([]Mismatch, error) {
	repository, actions, ok := parseScope(l.args.Scope)
	if !ok {
		return nil, nil
	}
	repo := l.reg.Repo(repository)
	access, err := l.access(ctx, repo, false)
	if err != nil {
		return nil, err
	}
	got, err := oci.Granted(ctx, repo, access, actions)
	var token *oci.TokenError
	if status, _ := oci.Status(err); errors.As(err, &token) && (status == http.StatusForbidden || status == http.StatusUnauthorized && !l.sent) && ctx.Err() == nil {
		got, err = nil, nil // the token service grants nothing
	}
	if errors.Is(err, oci.ErrUntold) {
		return nil, &check.Lasting{Err: fmt.Errorf("what may be done with %s: %w", repository, err)}
	}
	if err != nil {
		return nil, l.ociVisit.fault(ctx, l.doing(), err)
	}
	l.self.Granted = append(l.self.Granted, got...)
	switch all := len(got) == len(actions); {
	case l.args.Allowed && !all:
		return []Mismatch{{Want: "granted " + strings.Join(actions, ", ")}}, nil
	case !l.args.Allowed && len(got) > 0:
		return []Mismatch{{Want: "not granted " + strings.Join(actions, ", ")}}, nil
	}
	return nil, nil
}

// tags lists the repository's tags.
func (l *registryLook) tags(ctx context.Context) ([]Mismatch, error) {
	if l.args.Repository == "" {
		return nil, nil
	}
	session, err := l.open(ctx, l.reg.Repo(l.args.Repository), false)
	var tags []string
	if err == nil {
		tags, err = session.Tags(ctx)
	}
	switch {
	case oci.Missing(err) && ctx.Err() == nil:
		return []Mismatch{{"a repository " + l.args.Repository, "not there: " + l.answers(err)}}, nil
	case err != nil:
		return nil, l.ociVisit.fault(ctx, l.doing(), err)
	}
	l.self.Tags = append(l.self.Tags, tags...)
	return l.args.Tags.judge(tags), nil
}

func (t *registryTags) judge(tags []string) (ms []Mismatch) {
	if t == nil {
		return nil
	}
	add := func(want, saw string) { ms = append(ms, Mismatch{want, saw}) }
	for _, want := range t.Names {
		if !slices.Contains(tags, want) {
			add("the tag "+want, "no tag "+want)
		}
	}
	for _, want := range t.Contains {
		if !slices.ContainsFunc(tags, want.MatchString) {
			add(fmt.Sprintf("a tag that matches %q", want.Src), "no such tag")
		}
	}
	for _, bad := range t.Lacks {
		if i := slices.IndexFunc(tags, bad.MatchString); i >= 0 {
			add(fmt.Sprintf("no tag that matches %q", bad.Src), "the tag "+tags[i])
		}
	}
	if i := slices.IndexFunc(tags, func(tag string) bool { return !matchAny(t.Only, tag) }); i >= 0 && t.Only != nil {
		add("only tags like "+sources(t.Only), "the tag "+tags[i])
	}
	return ms
}

// accepted looks whether the registry takes the credential, where nothing else has shown it.
func (l *registryLook) accepted(ctx context.Context) ([]Mismatch, error) {
	if l.reach.anonymous() || l.args.Scope != "" || l.args.Repository != "" {
		return nil, nil
	}
	session, err := l.open(ctx, l.reg.Repo("ping"), false)
	if err != nil {
		return nil, l.ociVisit.fault(ctx, l.doing(), err)
	}
	ok, err := session.Accepted(ctx)
	switch {
	case err != nil:
		return nil, l.ociVisit.fault(ctx, l.doing(), err)
	case !ok:
		return nil, &check.Unauthenticated{Err: fmt.Errorf("%s does not take the credential", l.reg.RegistryStr())}
	}
	return nil, nil
}

// why names the likely causes of what was seen.
func (l *registryLook) why(ms []Mismatch) []string {
	if len(ms) > 0 && l.args.Scope != "" && l.args.Allowed && !l.sent {
		return []string{"no credential was sent"}
	}
	return nil
}
