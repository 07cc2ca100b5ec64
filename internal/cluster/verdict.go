package cluster

import (
	"net/http"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// verdict reads what the server has against an object; nil where the refusal is about something else: whoever asks,
// a webhook that is down, the server itself.
func (r *refusal) verdict() *saying {
	message := strings.TrimSpace(r.status.Message)
	d := r.status.Details
	switch {
	case strings.HasPrefix(message, "failed to create typed patch object"), strings.HasPrefix(message, "failed to convert new object"):
		return &saying{fields: true, Verdict: steps.Verdict{Rejected: typedErrors(message)}} // the code is 500
	case r.code == http.StatusNotFound && d != nil && d.Kind == "namespaces":
		return &saying{Verdict: steps.Verdict{NoNamespace: true}}
	case r.code == http.StatusBadRequest && strings.Contains(message, "does not support dry run"):
		return nil
	case r.code == http.StatusBadRequest:
		return &saying{fields: true, Verdict: steps.Verdict{Rejected: decodingErrors(message)}}
	case r.code == http.StatusForbidden && !strings.Contains(strings.ToLower(message), `forbidden: user "`):
		return whole(message)
	case r.code == http.StatusUnprocessableEntity, r.code == http.StatusConflict, r.code == http.StatusMethodNotAllowed:
		if d == nil || len(d.Causes) == 0 || admission(message) {
			return whole(message)
		}
		out := &saying{}
		for _, c := range d.Causes {
			if c.Field == "<nil>" { // "some validation rules were not checked", beside those that failed
				continue
			}
			out.Rejected = append(out.Rejected, steps.Rejection{Path: c.Field, Message: oneLineOf(c.Message)})
		}
		return out
	}
	return nil
}

// admission tells of a denial by policy, whose causes repeat its message.
func admission(message string) bool {
	return strings.Contains(message, "denied request: ") || strings.Contains(message, "admission webhook ")
}

// whole is a verdict about no field in particular, without the object's name, which is told anyway.
func whole(message string) *saying {
	message = oneLineOf(message)
	if _, after, ok := strings.Cut(message, " is forbidden: "); ok {
		message = after
	} else if _, after, ok := strings.Cut(message, " is invalid: "); ok {
		message = after
	}
	return &saying{Verdict: steps.Verdict{Rejected: []steps.Rejection{{Message: message}}}}
}

// typedErrors reads what structured-merge-diff says of a patch: one "PATH: message", or "errors:" and one in each line.
func typedErrors(message string) (out []steps.Rejection) {
	_, list, ok := strings.Cut(message, "): ")
	if !ok {
		list = message
	}
	for line := range strings.SplitSeq(strings.TrimPrefix(list, "errors:"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		path, text, ok := strings.Cut(line, ": ")
		if !ok || !strings.HasPrefix(path, ".") {
			path, text = "", line
		}
		out = append(out, steps.Rejection{Path: strings.TrimPrefix(path, "."), Message: oneLineOf(text)})
	}
	return out
}

var (
	unknownField = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(unknown|duplicate) field "([^"]+)"`) })
	wrongType    = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`json: cannot unmarshal (\S+)(?: [^ ]+)? into Go struct field \w+\.(\S+) of type (\S+)`)
	})
)

// decodingErrors reads what strict decoding says of an object that is created.
func decodingErrors(message string) (out []steps.Rejection) {
	for _, m := range unknownField().FindAllStringSubmatch(message, -1) {
		out = append(out, steps.Rejection{Path: m[2], Message: m[1] + " field"})
	}
	if m := wrongType().FindStringSubmatch(message); m != nil {
		out = append(out, steps.Rejection{Path: m[2], Message: "expected " + m[3] + ", got " + m[1]})
	}
	if out == nil {
		return whole(message).Rejected
	}
	return out
}
