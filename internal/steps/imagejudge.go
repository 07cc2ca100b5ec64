package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// saw tells what the reference points to, and for which platforms.
func (l *imageLook) saw() string {
	out := l.self.Digest
	if len(l.self.Platforms) > 0 {
		out += ", " + boundedBy(", ", l.self.Platforms)
	}
	switch l.args.Pull {
	case "anonymous":
		out += ", without a credential"
	case "denied":
		out += ", not without a credential"
	}
	return out
}

// judge compares what was seen with what is wanted.
func (l *imageLook) judge(images []oci.Image) (ms []Mismatch) {
	if want := l.args.Digest; want != "" && want != l.self.Digest {
		ms = append(ms, Mismatch{Want: want}) // what was seen begins with the digest
	}
	for _, want := range l.args.Platforms {
		if !slices.ContainsFunc(l.self.Platforms, func(p string) bool { return isPlatform(p, want) }) {
			saw := ""
			if len(l.self.Platforms) == 0 {
				saw = "no platform"
			}
			ms = append(ms, Mismatch{"an image for " + want, saw})
		}
	}
	for _, i := range images {
		for _, m := range l.judgeImage(i) {
			if len(images) > 1 {
				m.Saw = i.Platform + ": " + m.Saw
			}
			ms = append(ms, m)
		}
	}
	for _, want := range l.args.Referrers {
		if !slices.ContainsFunc(l.self.Referrers, func(r imageReferrer) bool { return want.MatchString(r.ArtifactType) }) {
			var have []string
			for _, r := range l.self.Referrers {
				have = append(have, Quote(r.ArtifactType))
			}
			saw := "nothing refers to it"
			if len(have) > 0 {
				saw = "what refers to it: " + boundedBy(", ", slices.Compact(slices.Sorted(slices.Values(have))))
			}
			ms = append(ms, Mismatch{fmt.Sprintf("a referrer of a type that matches %q", want.Src), saw})
		}
	}
	return ms
}

// judgeImage compares one image with what is wanted of each.
func (l *imageLook) judgeImage(i oci.Image) (ms []Mismatch) {
	a := l.args
	add := func(want, saw string) { ms = append(ms, Mismatch{want, saw}) }
	if a.MaxSize != "" {
		if most, err := resource.ParseQuantity(a.MaxSize); err == nil && i.Size > most.Value() {
			add("at most "+a.MaxSize, fmt.Sprintf("%d bytes", i.Size))
		}
	}
	if !a.expectsConfig() {
		return ms
	}
	if i.Config == nil {
		add("an image", fmt.Sprintf("an artifact of the type %q", i.Type))
		return ms
	}
	c := i.Config.Config
	switch {
	case a.User == "nonroot" && isRoot(c.User):
		add("a user other than root", userWords(c.User))
	case a.User != "" && a.User != "nonroot" && a.User != c.User:
		add("user "+a.User, userWords(c.User))
	}
	if a.Healthcheck != nil && *a.Healthcheck != hasHealthcheck(c) {
		words := map[bool]string{true: "a health check", false: "no health check"}
		add(words[*a.Healthcheck], words[!*a.Healthcheck])
	}
	for _, port := range a.Ports {
		if _, ok := c.ExposedPorts[port]; !ok && !exposes(c, port) {
			add("port "+port, "exposed "+orNone(slices.Sorted(maps.Keys(c.ExposedPorts))))
		}
	}
	if a.Entrypoint != nil && !slices.Equal(a.Entrypoint, c.Entrypoint) {
		add("entrypoint "+listed(a.Entrypoint), "entrypoint "+listed(c.Entrypoint))
	}
	if a.Cmd != nil && !slices.Equal(a.Cmd, c.Cmd) {
		add("cmd "+listed(a.Cmd), "cmd "+listed(c.Cmd))
	}
	shown := newImageConfig(i.Config)
	ms = append(ms, matches("variable", a.Env, shown.Env)...)
	ms = append(ms, matches("label", a.Labels, shown.Labels)...)
	if a.NoSecrets {
		for _, s := range l.secrets[i.Config] {
			add("no secrets in the configuration", s.where+" looks like one")
		}
	}
	return ms
}

// exposes is for ports without a protocol, which are tcp.
func exposes(c v1.Config, port string) bool {
	_, ok := c.ExposedPorts[port+"/tcp"]
	if base, tcp := strings.CutSuffix(port, "/tcp"); tcp && !ok {
		_, ok = c.ExposedPorts[base]
	}
	return ok
}

func matches(what string, want map[string]Regexp, have map[string]string) (ms []Mismatch) {
	for _, key := range slices.Sorted(maps.Keys(want)) {
		r := want[key]
		value, ok := have[key]
		switch {
		case !ok:
			ms = append(ms, Mismatch{what + " " + key, "no " + what + " " + key})
		case !r.MatchString(value):
			ms = append(ms, Mismatch{fmt.Sprintf("%s %s matches %q", what, key, r.Src), what + " " + key + ": " + Quote(value)})
		}
	}
	return ms
}

// isRoot tells whether the user of an image is root: so it is where none is said.
func isRoot(user string) bool {
	user, _, _ = strings.Cut(user, ":")
	return user == "root" || strings.Trim(user, "0") == ""
}

func userWords(user string) string {
	if user == "" {
		return "no user, which is root"
	}
	return "user " + user
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return boundedBy(", ", list)
}

func listed(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = Quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// why names the likely causes of what was seen.
func (l *imageLook) why(m oci.Manifest) (out []string) {
	if want := l.args.Digest; want != "" && want != m.Digest {
		switch i := slices.IndexFunc(l.self.Images, func(i imageOne) bool { return i.Digest == want }); {
		case i >= 0 && m.Index():
			out = append(out, "that is the digest of its image for "+l.self.Images[i].Platform+"; the tag is an index of several")
		case l.ref.Identifier() != m.Digest:
			out = append(out, "the tag was moved, or the image was built again")
		}
	}
	lacksCheck := slices.ContainsFunc(l.self.Images, func(i imageOne) bool { return len(i.Config.Healthcheck) == 0 })
	if h := l.args.Healthcheck; h != nil && *h && lacksCheck && strings.HasPrefix(m.MediaType, "application/vnd.oci.") {
		out = append(out, "builders that write the OCI format may leave HEALTHCHECK out: with podman or buildah, build with --format docker")
	}
	return out
}
