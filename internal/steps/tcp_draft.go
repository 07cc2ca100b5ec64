package steps

import (
	"context"
	"regexp"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// bannerWait is how long a draft waits for a server that may have nothing to say first.
const bannerWait = 2 * time.Second

// tcpDraft expects the port as it is: open, refusing, and of a banner the part before the first digit: what follows is
// mostly a version.
func tcpDraft(ctx context.Context, at check.Site, _ string, a tcpArgs) (check.Draft, error) {
	var d check.Draft
	a.Refused, a.Banner = false, nil
	r, err := tcpLook(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		d.Add("refused", true)
		return d, nil
	}
	short, stop := context.WithTimeout(ctx, bannerWait)
	defer stop()
	a.Banner = &Text{}
	r, err = tcpLook(short, at, a)
	self, _ := r.Self.(tcpSelf)
	if err != nil || self.Banner == "" { // it waits for the other side to begin
		return d, ctx.Err()
	}
	if word := beforeDigit(self.Banner); len(word) >= 3 && isShown(word) {
		d.Add("banner", map[string]any{"contains": "^" + regexp.QuoteMeta(word)})
	}
	return d, nil
}

// beforeDigit is a text up to its first digit; SSH-2.0- and HTTP/1.1 name their protocol, and belong to it.
func beforeDigit(s string) string {
	if strings.HasPrefix(s, "SSH-2.0-") {
		return "SSH-2.0-"
	}
	if i := strings.IndexAny(s, "0123456789"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimRight(s, " ")
}
