package steps

import (
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxRelease bounds what a release unpacks to: a Secret is at most 1 MiB, and text packs well.
const maxRelease = 64 << 20

// helmRelease is what matters of a release, as helm writes it.
type helmRelease struct {
	Name    string         `json:"name"`
	Version int            `json:"version"`
	Config  map[string]any `json:"config"`
	Info    struct {
		Status       string    `json:"status"`
		Description  string    `json:"description"`
		LastDeployed time.Time `json:"last_deployed"`
	} `json:"info"`
	Chart struct {
		Metadata struct {
			Name       string `json:"name"`
			Version    string `json:"version"`
			AppVersion string `json:"appVersion"`
		} `json:"metadata"`
		Values map[string]any `json:"values"`
	} `json:"chart"`
}

func releaseSecret(name string, revision int) string {
	return fmt.Sprintf("sh.helm.release.v1.%s.v%d", name, revision)
}

func (h helm) release(ctx context.Context, at check.Site, a helmArgs) (check.Result, error) {
	if h.cluster == nil {
		return check.Result{}, errNoCluster
	}
	revision, where := a.Revision, ""
	if revision == 0 {
		var err error
		if revision, where, err = h.newest(ctx, at, a); err != nil {
			return check.Result{}, err
		}
	}
	none := check.Result{OK: a.Absent, Want: a.want(), Saw: strings.TrimSpace("no release " + a.Release + where), Self: helmSelf{Objects: []any{}}}
	if revision == 0 {
		if ns := strings.TrimPrefix(where, " in "); a.Absent && nowhere(ctx, h.cluster, at, ns) {
			none.Saw += ": there is no namespace " + ns
		}
		return none, nil
	}
	if a.Absent {
		none.OK, none.Saw = false, fmt.Sprintf("release %s, revision %d", a.Release, revision)
		return none, nil
	}
	seen, err := h.cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Secret", Namespace: a.Namespace, Default: at.Namespace, Name: releaseSecret(a.Release, revision)})
	if err != nil {
		return check.Result{}, err
	}
	if len(seen.Objects) == 0 {
		none.Saw = fmt.Sprintf("no revision %d of release %s in %s", revision, a.Release, seen.Namespace)
		return none, nil
	}
	rel, err := readRelease(objString(seen.Objects[0], "data", "release"))
	if err != nil {
		return check.Result{}, &check.Lasting{Err: fmt.Errorf("read revision %d of release %s: %w", revision, a.Release, err)}
	}
	return a.judge(at, rel), nil
}

// newest finds the newest revision by the labels of its Secret; 0 where there is none.
func (h helm) newest(ctx context.Context, at check.Site, a helmArgs) (revision int, where string, err error) {
	seen, err := h.cluster.Read(ctx, at.Cluster, Query{
		APIVersion: "v1", Kind: "Secret", Namespace: a.Namespace, Default: at.Namespace, MetadataOnly: true, Selector: "owner=helm,name=" + a.Release,
	})
	if err != nil {
		return 0, "", fmt.Errorf("find the newest revision of release %s (with revision, only that one is read): %w", a.Release, err)
	}
	for _, o := range seen.Objects {
		if n, err := strconv.Atoi(objString(o, "metadata", "labels", "version")); err == nil {
			revision = max(revision, n)
		}
	}
	return revision, " in " + seen.Namespace, nil
}

var errNotHelms = errors.New("it is not written as helm does")

// readRelease unpacks a release: base64 of the Secret, base64 of helm, gzip, JSON.
func readRelease(data string) (rel helmRelease, err error) {
	raw, err := base64.StdEncoding.DecodeString(data)
	if err == nil {
		raw, err = base64.StdEncoding.DecodeString(string(raw))
	}
	if err != nil {
		return rel, errNotHelms
	}
	var r io.Reader = strings.NewReader(string(raw))
	if strings.HasPrefix(string(raw), "\x1f\x8b\x08") {
		if r, err = gzip.NewReader(r); err != nil {
			return rel, errNotHelms
		}
	}
	bounded := &io.LimitedReader{R: r, N: maxRelease + 1}
	err = json.NewDecoder(bounded).Decode(&rel)
	switch {
	case bounded.N <= 0:
		return rel, fmt.Errorf("it unpacks to more than %d MiB", maxRelease>>20)
	case err != nil:
		return rel, errNotHelms
	}
	return rel, nil
}

// want is what is expected of the release, in one line.
func (a helmArgs) want() string {
	if a.Absent {
		return "no release " + a.Release
	}
	out := []string{"release " + a.Release, strings.Join(a.statuses(), " or ")}
	if a.Revision > 0 {
		out = append(out, fmt.Sprintf("revision %d", a.Revision))
	}
	return strings.Join(out, ", ")
}

func (a helmArgs) statuses() []string {
	if a.Status == nil {
		return []string{"deployed"}
	}
	return a.Status
}

// judge compares a release with what is expected of it.
func (a helmArgs) judge(at check.Site, rel helmRelease) check.Result {
	m := rel.Chart.Metadata
	self := helmSelf{
		Status: rel.Info.Status, Revision: rel.Version, Chart: m.Name + "-" + m.Version, Version: m.Version, AppVersion: m.AppVersion,
		Values: merged(rel.Chart.Values, rel.Config), Deployed: rel.Info.LastDeployed, Objects: []any{},
	}
	nameValues(at, self.Values, false)
	var ms []Mismatch
	var why []string
	if !slices.Contains(a.statuses(), self.Status) {
		ms = append(ms, Mismatch{"release " + strings.Join(a.statuses(), " or "), self.Status})
		if rel.Info.Description != "" {
			why = append(why, stable(rel.Info.Description))
		}
	}
	if ok, _ := path.Match(a.Chart, self.Chart); a.Chart != "" && !ok {
		ms = append(ms, Mismatch{"chart " + a.Chart, self.Chart})
	}
	if ok, _ := path.Match(a.AppVersion, self.AppVersion); a.AppVersion != "" && !ok {
		ms = append(ms, Mismatch{"appVersion " + a.AppVersion, "appVersion " + self.AppVersion})
	}
	if a.Match != nil {
		ms = append(ms, partMismatches("values ", a.Match, normal(self.Values))...)
	}
	return netVerdict(fmt.Sprintf("%s, revision %d, %s", self.Status, self.Revision, self.Chart), ms, why, self)
}

// merged lays given values over the chart's defaults as helm does: null takes a default away.
func merged(defaults, given map[string]any) map[string]any {
	out := maps.Clone(defaults)
	if out == nil {
		out = map[string]any{}
	}
	for key, v := range given {
		below, isMap := v.(map[string]any)
		under, wasMap := out[key].(map[string]any)
		switch {
		case v == nil:
			delete(out, key)
		case isMap && wasMap:
			out[key] = merged(under, below)
		default:
			out[key] = v
		}
	}
	return out
}

// namesSecret matches keys of values that charts commonly have for the name of a Secret.
var namesSecret = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(existing\w*secrets?|\w*secret_?(name|ref|keyref)|\w*pull_?secrets?)$`)
})

// objectName is how names of objects look in Kubernetes.
var objectName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`) })

// nameValues names to the redactor what stands under keys that are called like secrets. The name of a Secret is none,
// where it looks like one: a key such as pullSecret may as well hold the Secret itself.
func nameValues(at check.Site, v any, secret bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, one := range v {
			called := secretName().MatchString(key)
			if name, is := one.(string); !is || objectName().MatchString(name) && len(name) <= 253 {
				called = called && !namesSecret().MatchString(key)
			}
			nameValues(at, one, secret || called)
		}
	case []any:
		for _, one := range v {
			nameValues(at, one, secret)
		}
	case string:
		if secret {
			nameSecret(at, v)
		}
	}
}

// normal is a decoded value with whole numbers as int64, as those of a plan are.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, one := range v {
			out[key] = normal(one)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, one := range v {
			out[i] = normal(one)
		}
		return out
	case float64:
		if i := int64(v); float64(i) == v {
			return i
		}
	}
	return v
}
