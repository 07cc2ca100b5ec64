package steps

import (
	"context"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// draft expects what the tag points to, where the tag looks like that of one version, and the platforms, the user, the
// ports and the health check of the image. Variables, commands and labels are not expected: they may hold secrets, and
// labels are made anew with each build.
func (c *ociClient) draft(ctx context.Context, at check.Site, _ string, a imageArgs) (check.Draft, error) {
	var d check.Draft
	r, err := c.lookAtImage(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfitAs(r)
	}
	if a.Absent {
		return d, nil
	}
	self := r.Self.(imageSelf)
	if ref, err := parseImage(a.Ref); err == nil {
		if tag, ok := ref.(name.Tag); ok && strings.ContainsAny(tag.TagStr(), "0123456789") {
			d.Add("digest", self.Digest)
		} else if ok {
			d.Notes = append(d.Notes, "the digest is not expected: the tag "+tag.TagStr()+" looks like one that moves; digest="+self.Digest+" pins it")
		}
	}
	platforms := slices.DeleteFunc(slices.Clone(self.Platforms), func(p string) bool { return !platformForm().MatchString(p) || strings.HasPrefix(p, "unknown/") })
	if shownList(platforms) {
		d.Add("platforms", anyList(platforms))
	}
	images := slices.DeleteFunc(slices.Clone(self.Images), func(i imageOne) bool { return !slices.Contains(platforms, i.Platform) })
	if len(images) == 0 {
		return d, nil // an artifact that is no image
	}
	config := images[0].Config
	all := func(same func(imageConfig) bool) bool {
		return !slices.ContainsFunc(images, func(i imageOne) bool { return !same(i.Config) })
	}
	if u := config.User; isShown(u) && all(func(c imageConfig) bool { return c.User == u }) {
		d.Add("user", u)
	}
	if len(config.Healthcheck) > 0 && all(func(c imageConfig) bool { return len(c.Healthcheck) > 0 }) {
		d.Add("healthcheck", true)
	}
	if shownList(config.Ports) && all(func(c imageConfig) bool { return slices.Equal(c.Ports, config.Ports) }) {
		d.Add("ports", anyList(config.Ports))
	}
	return d, nil
}
