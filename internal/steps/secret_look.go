package steps

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// opened is a Secret with its values; they are known to the redactor, and are shown nowhere.
type opened struct {
	ref    k8sRef
	where  string // its namespace
	object Object // nil: it is not there
	values map[string]string
}

// String is what findings call it.
func (o opened) String() string { return code("Secret/"+o.ref.Name) + " in " + o.where }

// lack says why the Secret has no value under a key; "" where it has one.
func (o opened) lack(key string) string {
	value, ok := o.values[key]
	switch {
	case o.object == nil:
		return "there is no " + o.String()
	case !ok && len(o.values) == 0:
		return fmt.Sprintf("%s has no key %s: it has none at all", o, key)
	case !ok:
		return fmt.Sprintf("%s has no key %s: it has %s", o, key, boundedBy(", ", slices.Sorted(maps.Keys(o.values))))
	case value == "":
		return fmt.Sprintf("%s in %s is empty", key, o)
	}
	return ""
}

func (k secrets) look(ctx context.Context, at check.Site, a secretArgs) (check.Result, error) {
	if k.cluster == nil {
		return check.Result{}, errNoCluster
	}
	all := map[k8sRef]opened{}
	for _, ref := range a.refs() {
		o, err := k.open(ctx, at, ref)
		if err != nil {
			return check.Result{}, err
		}
		all[ref] = o
	}
	o := all[a.ref()]
	self := secretSelf{Keys: map[string]int{}, DSN: map[string]secretURL{}}
	r := check.Result{Want: a.want(), Self: self}
	if o.object == nil {
		r.Saw = "no " + o.String()
		r.Explain = func(ctx context.Context) []string {
			q := &inquiry{k: k8s(k), at: at}
			q.missing(ctx, o.ref, Seen{Namespace: o.where})
			return q.lines
		}
		return r, nil
	}
	self.Type = objString(o.object, "type")
	for key, value := range o.values {
		self.Keys[key] = len(value)
	}
	j := &secretJudge{a: a, at: at, o: o, all: all, self: &self}
	j.judge()
	r.OK, r.Why, r.Self = len(j.faults) == 0, j.why, self
	if r.Saw = o.String() + " " + secretHeadline(o.object); !r.OK {
		r.Saw = bounded(j.faults)
	} else if len(j.good) > 0 {
		r.Saw += "; " + bounded(j.good)
	}
	return r, nil
}

// open reads a Secret. All that is in it is named to the redactor before anything else happens.
func (k secrets) open(ctx context.Context, at check.Site, ref k8sRef) (opened, error) {
	seen, err := k.cluster.Read(ctx, at.Cluster, ref.query(at))
	if err != nil {
		return opened{}, err
	}
	o := opened{ref: ref, where: seen.Namespace, values: map[string]string{}}
	if len(seen.Objects) == 0 {
		return o, nil
	}
	o.object = veil(seen.Objects[0], at.Secret)
	for key, value := range objMap(seen.Objects[0], "data") {
		encoded, _ := value.(string)
		plain, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return opened{}, fmt.Errorf("%s in %s is not in base64", key, o)
		}
		o.values[key] = string(plain)
	}
	return o, nil
}

func (a secretArgs) want() string {
	parts := []string{a.ref().target()}
	if a.Type != "" {
		parts = append(parts, "type "+a.Type)
	}
	if a.Keys != nil {
		parts = append(parts, "keys "+strings.Join(a.Keys, ", "))
	}
	for _, key := range slices.Sorted(maps.Keys(a.Lengths)) {
		parts = append(parts, key+" of "+a.Lengths[key].text+" bytes")
	}
	for _, d := range a.DSN {
		parts = append(parts, d.want())
	}
	for _, s := range a.Same {
		parts = append(parts, s.Key+" the same as "+s.As.String())
	}
	return strings.Join(parts, ", ")
}

func (k secretKey) String() string {
	s := k.Key + " of " + k.Name
	if k.Namespace != "" {
		s += " in " + k.Namespace
	}
	return s
}

// want is a URL without its password: DATABASE_URL postgres://web@apps-pg-rw:5432/web_db.
func (d secretDSN) want() string {
	var parts []string
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("scheme %s", d.Scheme)
	add("user %s", d.User)
	add("host %s", d.Host)
	if d.Port != 0 {
		add("port %s", fmt.Sprint(d.Port))
	}
	add("database %s", d.Database)
	if d.PasswordFrom != nil {
		add("the password in %s", d.PasswordFrom.String())
	}
	if parts == nil {
		return d.Key + " a URL"
	}
	return d.Key + " a URL with " + strings.Join(parts, ", ")
}

// secretJudge compares a Secret with what is wanted of it.
type secretJudge struct {
	a    secretArgs
	at   check.Site
	o    opened
	all  map[k8sRef]opened
	self *secretSelf

	faults, why, good []string
}

func (j *secretJudge) fault(format string, args ...any) {
	if f := fmt.Sprintf(format, args...); !slices.Contains(j.faults, f) {
		j.faults = append(j.faults, f)
	}
}

// has tells whether the Secret has a value under a key, and says so where it has none.
func (j *secretJudge) has(o opened, key string) bool {
	lack := o.lack(key)
	if lack != "" {
		j.fault("%s", lack)
	}
	return lack == ""
}

func (j *secretJudge) judge() {
	if want := j.a.Type; want != "" && want != j.self.Type {
		j.fault("%s is of type %s", j.o, j.self.Type)
	}
	for _, key := range j.a.Keys {
		j.has(j.o, key)
	}
	for _, key := range slices.Sorted(maps.Keys(j.a.Lengths)) {
		n := len(j.o.values[key])
		if j.has(j.o, key) && !j.a.Lengths[key].holds(n) {
			j.fault("%s has %d bytes", key, n)
		}
	}
	for _, d := range j.a.DSN {
		if j.has(j.o, d.Key) {
			j.dsn(d)
		}
	}
	for _, s := range j.a.Same {
		other := j.all[j.a.of(s.As)]
		if j.has(j.o, s.Key) && j.has(other, s.As.Key) && j.o.values[s.Key] != other.values[s.As.Key] {
			j.fault("%s is not what %s of %s is", s.Key, s.As.Key, other)
			j.spaces(j.o.values[s.Key], other.values[s.As.Key], s.Key, s.As.Key)
		}
	}
}

// spaces says where two values differ by spaces and line ends only.
func (j *secretJudge) spaces(x, y, xKey, yKey string) {
	if x == y || strings.TrimSpace(x) != strings.TrimSpace(y) {
		return
	}
	for key, value := range map[string]string{xKey: x, yKey: y} {
		if strings.TrimSpace(value) != value {
			j.why = append(j.why, key+" begins or ends with a space or a line end, and is the same otherwise")
		}
	}
	slices.Sort(j.why)
}

// dsn judges the URL in a key.
func (j *secretJudge) dsn(want secretDSN) {
	d, wrong := readDSN(j.o.values[want.Key])
	nameSecret(j.at, d.raw)
	nameSecret(j.at, d.password)
	if wrong != "" {
		j.fault("%s: %s", want.Key, wrong)
		if other, ok := j.password(want); ok && d.raw == other {
			j.why = append(j.why, fmt.Sprintf("the password is the one in %s, as it stands: in a URL it has to be percent-encoded", want.PasswordFrom))
		}
		return
	}
	if d.doubt != "" {
		warn(j.at, "%s: %s", want.Key, d.doubt)
	}
	before := len(j.faults)
	j.part(want.Key, "scheme", schemeName(want.Scheme), d.Scheme, d.hidden)
	j.part(want.Key, "user", want.User, d.User, d.hidden)
	if want.Host != "" && !sameHost(want.Host, d.Host) {
		j.part(want.Key, "host", want.Host, d.Host, d.hidden)
	}
	if want.Port != 0 && want.Port != d.Port {
		j.part(want.Key, "port", fmt.Sprint(want.Port), fmt.Sprint(d.Port), d.hidden)
	}
	j.part(want.Key, "database", want.Database, d.Database, d.hidden)
	if want.PasswordFrom != nil {
		j.samePassword(want, d)
	}
	if d.hidden {
		return
	}
	j.self.DSN[want.Key] = d.secretURL
	if len(j.faults) == before {
		j.good = append(j.good, fmt.Sprintf("%s is %s at %s:%d, database %s", want.Key, d.User, d.Host, d.Port, d.Database))
	}
}

func (j *secretJudge) part(key, what, want, saw string, hidden bool) {
	switch {
	case want == "" || want == saw:
	case hidden:
		j.fault("%s has another %s", key, what)
	case saw == "":
		j.fault("%s has no %s", key, what)
	default:
		j.fault("%s has the %s %s", key, what, saw)
	}
}

// password is what the URL's password has to be.
func (j *secretJudge) password(want secretDSN) (string, bool) {
	if want.PasswordFrom == nil {
		return "", false
	}
	value, ok := j.all[j.a.of(*want.PasswordFrom)].values[want.PasswordFrom.Key]
	return value, ok
}

func (j *secretJudge) samePassword(want secretDSN, d dsn) {
	other := j.all[j.a.of(*want.PasswordFrom)]
	if !j.has(other, want.PasswordFrom.Key) {
		return
	}
	value, _ := j.password(want)
	switch twice, err := url.PathUnescape(d.password); {
	case d.password == value:
		return
	case d.password == "":
		j.fault("%s has no password", want.Key)
		return
	case err == nil && twice == value:
		j.why = append(j.why, "it is percent-encoded twice")
	case d.raw == value:
		j.why = append(j.why, "it is the same before it is decoded: its % have to be percent-encoded as %25")
	}
	j.fault("%s has another password than %s", want.Key, want.PasswordFrom)
	j.spaces(d.password, value, want.Key, want.PasswordFrom.Key)
}
