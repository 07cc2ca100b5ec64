package steps

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxRef bounds a reference; registries take repositories of at most 255 characters.
const maxRef = 1024

// parseImage reads a reference as pull commands do: docker.io and latest are what is left out.
func parseImage(ref string) (name.Reference, error) {
	switch {
	case ref == "":
		return nil, errors.New("no image")
	case len(ref) > maxRef:
		return nil, fmt.Errorf("a reference of %d characters", len(ref))
	case strings.Contains(ref, "://"):
		return nil, errors.New("a reference to an image has no scheme")
	case credentialInName().MatchString(ref):
		return nil, errors.New("a reference with a user or password shows them to every reader")
	}
	if tag, _, ok := strings.Cut(ref, "@"); ok && strings.Contains(tag[strings.LastIndex(tag, "/")+1:], ":") {
		return nil, errors.New("with both a tag and a digest the tag would not be looked at")
	}
	parsed, err := name.ParseReference(ref)
	if err != nil {
		return nil, fmt.Errorf("%q is no reference to an image", ref)
	}
	return parsed, nil
}

// credentialInName finds user:password@ before a registry.
var credentialInName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[^/@]+:[^/@]+@[^/]+/`) })

var (
	platformForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?$`) })
	portForm     = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{1,5}(/(tcp|udp|sctp))?$`) })
)

// imageCheck tells of mistakes in the arguments.
// An empty reference is passed over: it may be filled in later, and a look without one is an error.
func imageCheck(a imageArgs) []check.Problem {
	out := a.ociReach.check()
	add := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	if _, err := parseImage(a.Ref); err != nil && a.Ref != "" {
		add(err.Error(), refHint(a.Ref), "ref")
	}
	if _, err := v1.NewHash(a.Digest); err != nil && a.Digest != "" {
		add(fmt.Sprintf("%q is no digest", a.Digest), "sha256: and 64 hexadecimal digits", "digest")
	}
	for i, p := range a.Platforms {
		if !platformForm().MatchString(p) {
			add(fmt.Sprintf("%q is no platform", p), "such as linux/amd64 or linux/arm64/v8", "platforms", i)
		}
	}
	for i, p := range a.Ports {
		if !portForm().MatchString(p) {
			add(fmt.Sprintf("%q is no port", p), "such as 8000/tcp", "ports", i)
		}
	}
	if a.MaxSize != "" {
		if q, err := resource.ParseQuantity(a.MaxSize); err != nil || q.Sign() <= 0 {
			add(fmt.Sprintf("%q is no size", a.MaxSize), "such as 200Mi or 1G", "maxSize")
		}
	}
	if a.Pull == "anonymous" && !a.anonymous() {
		add("an anonymous pull sends no credential", "leave out auth and pullSecret, or pull", "pull")
	}
	if a.Absent && a.expects() {
		add("what is absent can be nothing else", "leave out what is expected of it", "absent")
	}
	if a.Pull == "denied" && a.anonymous() && (a.Absent || a.expects()) {
		add("what nobody can pull cannot be looked at", "give a credential with auth or pullSecret, or leave out what is expected of it", "pull")
	}
	return out
}

func refHint(ref string) string {
	_, after, ok := strings.Cut(ref, "://")
	switch {
	case ok && after != "":
		return fmt.Sprintf("did you mean %q?", after)
	case strings.Contains(ref, "@sha256:"):
		return "write the digest that the tag is to have into digest"
	case strings.Contains(ref, "@"):
		return "use auth, with names of the environment"
	}
	return "such as registry.example/org/web:1.2.3"
}

// expects tells whether more is expected than that the image is there.
func (a imageArgs) expects() bool {
	return a.Digest != "" || a.Platforms != nil || a.Referrers != nil || a.MaxSize != "" || a.expectsConfig()
}

// expectsConfig tells whether something is expected of the configuration.
func (a imageArgs) expectsConfig() bool {
	return a.User != "" || a.Healthcheck != nil || a.Ports != nil || a.Entrypoint != nil || a.Cmd != nil ||
		a.Env != nil || a.NoSecrets || a.Labels != nil
}
