package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

var (
	errAbsent   = errors.New("not found")                       // the object is not there, and was seen not to be
	errUnserved = errors.New("the server has no such path")     // the kind is not there
	errSilent   = errors.New("no answer in time")               // within the client's own bound
	errDenied   = errors.New("forbidden")                       // found with errors.Is in a forbidden error
	errExpired  = errors.New("the resource version is too old") // a watch or a continued list must begin anew
)

// denied is an answer that policy of the cluster does not allow.
type denied struct {
	steps.NotAllowed
	cause *refusal
}

func (d *denied) Is(target error) bool { return target == errDenied || target == steps.ErrForbidden }
func (d *denied) Unwrap() []error      { return []error{&d.NotAllowed, d.cause} }

// tooLarge is an answer that we do not want to hold.
type tooLarge struct{ text string }

func (t *tooLarge) Error() string { return t.text }

// fault words the error of a request, and tells what may pass from what will not.
// known says that the server has answered before.
func (c *client) fault(w what, err error, known bool) error {
	var r *refusal
	var large *tooLarge
	switch {
	case err == nil, errors.Is(err, errAbsent), errors.Is(err, errUnserved):
		return err
	case errors.As(err, &r):
		return c.refusedFor(w, r)
	case errors.As(err, &large):
		return fmt.Errorf("%s: %w", w, err)
	case c.ctx.Err() != nil || errors.Is(err, context.Canceled):
		return context.Canceled
	case strings.Contains(err.Error(), "getting credentials: "):
		_, text, _ := strings.Cut(oneLine(err), "getting credentials: ")
		return &check.Unauthenticated{Err: fmt.Errorf("no credentials for %s: %s", c.place, text)}
	}
	text, how := c.lost(err)
	err = fmt.Errorf("%s: %s", c.place, text)
	if how == passes || how == passesIfKnown && known {
		return &check.Transient{Err: err}
	}
	return &check.Lasting{Err: err}
}

// refusedFor words an answer that is none of the 200s, after the Kubernetes API conventions,
// https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#http-status-codes
func (c *client) refusedFor(w what, r *refusal) error {
	switch {
	case r.code == http.StatusUnauthorized:
		return &check.Unauthenticated{Err: fmt.Errorf("%s does not accept the credentials: %w", c.place, r)}
	case r.code == http.StatusForbidden:
		err := &denied{steps.NotAllowed{Text: fmt.Sprintf("%s: not allowed to %s%s", c.place, w, userOf(r.status.Message))}, r}
		if strings.HasSuffix(err.Text, anonymous) {
			return &check.Unauthenticated{Err: err}
		}
		return err
	case r.code == http.StatusNotFound && r.status.Details != nil && r.status.Details.Name != "":
		return errAbsent
	case r.unserved():
		return errUnserved
	case r.code == http.StatusGone:
		return errExpired
	case r.code == http.StatusTooManyRequests, r.code >= 500:
		return &check.Transient{Err: fmt.Errorf("%s: %s: %w", c.place, w, r), After: r.after}
	}
	return fmt.Errorf("%s: %s: %w", c.place, w, r)
}

// anonymous is whom the server takes for one without credentials.
const anonymous = " as system:anonymous"

var userPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`User "([^"]+)"`) })

func userOf(message string) string {
	if m := userPattern().FindStringSubmatch(message); m != nil {
		return " as " + m[1]
	}
	return ""
}
