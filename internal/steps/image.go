package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// imageArgs are the fields of an image step.
type imageArgs struct {
	Ref         string            `yaml:"ref" required:"true" doc:"registry/repository:tag or registry/repository@digest, as pull commands take it"`
	Absent      bool              `yaml:"absent" doc:"expect that it is not there"`
	Digest      string            `yaml:"digest" doc:"what the tag points to, as sha256:…"`
	Platforms   []string          `yaml:"platforms" doc:"each is there, as os/architecture or os/architecture/variant; what is expected below is expected of these, else of all"`
	Pull        string            `yaml:"pull" enum:"anonymous|denied" doc:"anonymous: anybody can pull it, all layers are there; denied: nobody can without a credential"`
	User        string            `yaml:"user" doc:"nonroot, or exactly this user"`
	Healthcheck *bool             `yaml:"healthcheck" doc:"whether the image has a health check of its own"`
	Ports       []string          `yaml:"ports" doc:"each is exposed, such as 8000/tcp"`
	Entrypoint  []string          `yaml:"entrypoint" doc:"exactly this entrypoint; [] is none"`
	Cmd         []string          `yaml:"cmd" doc:"exactly this command; [] is none"`
	Env         map[string]Regexp `yaml:"env" doc:"each variable is set and matches"`
	NoSecrets   bool              `yaml:"noSecrets" doc:"no variable and no label looks like a secret: by its name, by the form of its value, or by a rule of the kind secrets"`
	Labels      map[string]Regexp `yaml:"labels" doc:"each label is there and matches"`
	MaxSize     string            `yaml:"maxSize" doc:"how much a pull may load for one platform, such as 200Mi or 1G"`
	Referrers   []Regexp          `yaml:"referrers" doc:"each matches the artifact type of something that refers to the image, such as a signature or an SBOM; they are looked up where this is written"`
	ociReach
}

// imageSelf is what an image step saw.
type imageSelf struct {
	Ref       string          `json:"ref" doc:"the image as it was asked for"`
	Digest    string          `json:"digest" doc:"of what ref names"`
	MediaType string          `json:"mediaType" doc:"of what ref names"`
	Platforms []string        `json:"platforms" doc:"those that there are"`
	Size      int64           `json:"size" doc:"what a pull of the first platform loads, in bytes"`
	Created   string          `json:"created" doc:"when the image of the first platform was built, RFC 3339"`
	Config    imageConfig     `json:"config" doc:"of the first platform"`
	Images    []imageOne      `json:"images" doc:"of all platforms that were looked at"`
	Referrers []imageReferrer `json:"referrers" doc:"what refers to the image, where that was looked up"`
}

// imageOne is the image for one platform.
type imageOne struct {
	Platform string      `json:"platform" doc:"such as linux/amd64"`
	Digest   string      `json:"digest" doc:"of its manifest"`
	Size     int64       `json:"size" doc:"what a pull loads, in bytes"`
	Created  string      `json:"created" doc:"when it was built, RFC 3339"`
	Config   imageConfig `json:"config" doc:"how it is run"`
}

// imageConfig is what an image says of how it is run.
type imageConfig struct {
	User        string            `json:"user" doc:"as whom it runs"`
	Healthcheck []string          `json:"healthcheck" doc:"the command"`
	Ports       []string          `json:"ports" doc:"that it exposes, such as 8080/tcp"`
	Entrypoint  []string          `json:"entrypoint" doc:"what is run"`
	Cmd         []string          `json:"cmd" doc:"its arguments"`
	Env         map[string]string `json:"env" doc:"the environment, by name"`
	Labels      map[string]string `json:"labels" doc:"by name"`
	WorkingDir  string            `json:"workingDir" doc:"where it runs"`
}

// imageReferrer is something that says to belong to an image.
type imageReferrer struct {
	ArtifactType string            `json:"artifactType" doc:"what it is"`
	Digest       string            `json:"digest" doc:"of its manifest"`
	Size         int64             `json:"size" doc:"of its manifest, in bytes"`
	Annotations  map[string]string `json:"annotations" doc:"by name"`
}

// imageKind looks at an image in a registry.
//
// What it makes of trouble: an image, a manifest or a layer that is not there, and content that is no image or not what
// its digest says, were seen, and fail. A registry that does not answer, refuses who asks, or is out of order is unknown;
// only with pull: anonymous is a refusal a failure, and with pull: denied it is what was wanted.
func imageKind(d Deps) check.Kind {
	c := newOCIClient(d)
	return check.Define(check.Spec[imageArgs]{
		Name: "image",
		Doc:  "Expect an image in a registry: what its tag points to, its platforms and configuration, and who can pull it.",
		Bare: "ref",
		Example: `image: {ref: "registry.example/org/web:483a4df", platforms: [linux/amd64], pull: anonymous, user: nonroot, healthcheck: true, ports: [8000/tcp]}
record: {digest: self.digest}`,
		Self:   imageSelf{},
		Could:  []check.Capability{check.ClusterRead, check.ReadsFiles, check.ReadsSecrets},
		CapsOf: func(a imageArgs) []check.Capability { return a.caps() },
		Check:  imageCheck,
		Target: func(a imageArgs) string { return a.Ref },
		Host: func(a imageArgs) string {
			if ref, err := name.ParseReference(a.Ref); err == nil {
				host, _ := registryHost(ref.Context().Registry)
				return host
			}
			return ""
		},
		Rules: func(a imageArgs) []check.Rule { return a.rules() },
		Look:  c.lookAtImage,
		Draft: c.draft,
	})
}

func (c *ociClient) lookAtImage(ctx context.Context, at check.Site, a imageArgs) (check.Result, error) {
	ref, err := parseImage(a.Ref)
	if err != nil {
		return check.Result{}, err
	}
	ctx, v := c.visit(ctx, at, a.ociReach, ref.Context().Registry)
	look := &imageLook{ociVisit: v, args: a, ref: ref, secrets: map[*v1.ConfigFile][]imageSecret{}, self: imageSelf{Ref: a.Ref, Platforms: []string{}, Images: []imageOne{}, Referrers: []imageReferrer{}, Config: newImageConfig(nil)}}
	if a.Pull == "denied" {
		if r, done, err := look.denied(ctx); done {
			return r, err
		}
	}
	r, err := look.look(ctx)
	r.Self = look.self
	return r, err
}

// imageLook is one look at an image while it goes on.
type imageLook struct {
	*ociVisit
	args    imageArgs
	ref     name.Reference
	self    imageSelf
	secrets map[*v1.ConfigFile][]imageSecret // what looks like one in each configuration
}

func (l *imageLook) doing() string { return "look at " + l.args.Ref }

// denied looks whether the registry refuses who has no credential. It is not done where a credential shows the rest.
func (l *imageLook) denied(ctx context.Context) (r check.Result, done bool, err error) {
	want := "no pull without a credential"
	session, err := l.open(ctx, l.ref.Context(), true)
	if err == nil {
		_, err = session.Manifest(ctx, l.ref)
	}
	switch hidden := oci.Missing(err) && !l.reach.anonymous(); {
	case err == nil:
		return check.Result{Want: want, Saw: "anybody can pull it", Self: l.self}, true, nil
	case (oci.Refused(err) || hidden) && !l.reach.anonymous():
		return check.Result{}, false, nil
	case oci.Refused(err):
		return check.Result{OK: true, Saw: l.answers(err), Self: l.self}, true, nil
	case oci.Missing(err):
		return check.Result{}, true, fmt.Errorf("%s: %s: it is hidden or not there; a credential would tell", l.doing(), l.answers(err))
	}
	return check.Result{}, true, l.fault(ctx, l.doing(), err)
}

// look asks, reads and judges.
func (l *imageLook) look(ctx context.Context) (check.Result, error) {
	session, err := l.open(ctx, l.ref.Context(), l.args.Pull == "anonymous")
	if err != nil {
		return l.refusedOr(ctx, err)
	}
	m, err := session.Manifest(ctx, l.ref)
	switch {
	case oci.Missing(err):
		return l.missing(err, session.Challenged()), nil
	case oci.WrongDigest(err):
		return check.Result{Want: "the content of " + l.ref.Identifier(), Saw: "the registry serves content with another digest"}, nil
	case err != nil:
		return l.refusedOr(ctx, err)
	}
	l.self.Digest, l.self.MediaType = m.Digest, m.MediaType
	if l.args.Absent {
		return check.Result{Want: "no image", Saw: "it is there: " + m.Digest}, nil
	}
	images, err := l.images(ctx, session, m)
	if err == nil {
		err = l.layers(ctx, session, images)
	}
	if err == nil && l.args.Referrers != nil {
		err = l.referrers(ctx, session, m.Digest)
	}
	if err != nil {
		return l.broken(ctx, err)
	}
	return netVerdict(l.saw(), l.judge(images), l.why(m), nil), nil
}

// missing is the result where the registry has no such image. One that wants a credential may hide it from who has none.
func (l *imageLook) missing(err error, challenged bool) check.Result {
	const hidden = "some registries answer so about private images, too: no credential was sent"
	r := check.Result{OK: l.args.Absent, Saw: "not there: " + l.answers(err)}
	if !r.OK {
		r.Want, r.Fault = "an image", l.ref.Name()+": "+r.Saw
		if _, code := oci.Status(err); code == "NAME_UNKNOWN" {
			r.Why = []string{"the registry has no repository " + l.ref.Context().RepositoryStr()}
		}
		if challenged && !l.sent {
			r.Why = append(r.Why, hidden)
		}
	}
	if r.OK && challenged && !l.sent && l.at.Warn != nil {
		l.at.Warn(hidden)
	}
	return r
}

// refusedOr is the result of a refusal where an anonymous pull was wanted, and else an error.
func (l *imageLook) refusedOr(ctx context.Context, err error) (check.Result, error) {
	if l.args.Pull == "anonymous" && oci.Refused(err) && ctx.Err() == nil {
		return check.Result{
			Want: "a pull without a credential", Saw: l.answers(err), Why: []string{"the image or its repository is private"},
			Fault: l.ref.Context().Name() + ": " + l.answers(err),
		}, nil
	}
	return check.Result{}, l.fault(ctx, l.doing(), err)
}

// broken tells of trouble behind the manifest: content that is wrong or not there is a finding.
func (l *imageLook) broken(ctx context.Context, err error) (check.Result, error) {
	where := ""
	var part *oci.PartError
	if errors.As(err, &part) {
		where = part.Platform + ": "
	}
	var bad *oci.Malformed
	var lack *lackError
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &bad):
		return check.Result{Want: "an image", Saw: where + bad.Error()}, nil
	case errors.As(err, &lack):
		return check.Result{Want: "all layers", Saw: lack.Error()}, nil
	case oci.WrongDigest(err):
		return check.Result{Want: "content that is what its digest says", Saw: where + "the registry serves content with another digest"}, nil
	case oci.Missing(err):
		return check.Result{Want: "a whole image", Saw: where + "a part of it is not there: " + l.answers(err)}, nil
	}
	return l.refusedOr(ctx, err)
}
