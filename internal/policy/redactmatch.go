package policy

import "strings"

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	upper   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters = lower + upper
	alnum   = digits + letters
)

// set is a set of bytes.
type set [256]bool

func setOf(members string) *set {
	var s set
	for i := range len(members) {
		s[members[i]] = true
	}
	return &s
}

// span returns how many bytes at the beginning of s are in the set.
func (in *set) span(s string) int {
	for i := range len(s) {
		if !in[s[i]] {
			return i
		}
	}
	return len(s)
}

var (
	inToken68  = setOf(alnum + "-._~+/=")
	inJWT      = setOf(alnum + "-_.")
	inSegment  = setOf(alnum + "-_")
	inLetters  = setOf(letters)
	inLabel    = setOf(upper + digits + " ")
	inKey      = setOf(alnum + "+/=\\\r\n ")
	inDash     = setOf("-")
	inBlank    = setOf(" \t")
	inHeader   = setOf(" :=\"'\\\t")
	inAfter    = setOf(" :=\"'")
	notAllowed = setOf("\"'`<>\\")
)

func atLeast(least int, members string) func(string) (int, int, bool) {
	in := setOf(members)
	return func(s string) (keep, n int, open bool) {
		n = in.span(s)
		open = n == len(s)
		if n < least {
			n = 0
		}
		return 0, n, open
	}
}

func exactly(size int, members string) func(string) (int, int, bool) {
	in := setOf(members)
	return func(s string) (keep, n int, open bool) {
		n = in.span(s)
		open = n == len(s) && n <= size
		if n != size {
			n = 0
		}
		return 0, n, open
	}
}

// named matches a value after its name and up to six separators.
func named(value func(string) (int, int, bool)) func(string) (int, int, bool) {
	return func(s string) (keep, n int, open bool) {
		keep = inAfter.span(s)
		if keep == 0 || keep > 6 {
			return 0, 0, len(s) == 0
		}
		_, n, open = value(s[keep:])
		if n > 0 {
			n += keep
		}
		return keep, n, open
	}
}

// maxHeader is how long the first part of a JWT may be.
const maxHeader = 4 << 10

func jwt(s string) (keep, n int, open bool) {
	head := inSegment.span(s[:min(len(s), maxHeader)])
	if head < 8 || head == len(s) || s[head] != '.' {
		return 0, 0, head == len(s)
	}
	n = inJWT.span(s)
	open = n == len(s)
	body, _, signed := strings.Cut(s[head+1:n], ".")
	if !signed || len(body) < 8 {
		n = 0
	}
	return 0, n, open
}

func bearer(s string) (keep, n int, open bool) {
	keep = inBlank.span(s)
	if strings.HasPrefix(s, "%20") {
		keep = 3
	}
	if keep == 0 {
		return 0, 0, len(s) < 3 && strings.HasPrefix("%20", s)
	}
	n = inToken68.span(s[keep:])
	open = keep+n == len(s)
	if n < 16 || n < 32 && !strings.ContainsAny(s[keep:keep+n], digits) {
		return 0, 0, open
	}
	return keep, keep + n, open
}

// authorization matches the value of the header of that name, in HTTP, JSON or a command line.
func authorization(s string) (keep, n int, open bool) {
	keep = inHeader.span(s)
	if keep == len(s) {
		return 0, 0, keep <= maxSeparators
	}
	if keep == 0 || keep > maxSeparators {
		return 0, 0, false
	}
	word := inLetters.span(s[keep:])
	if keep+word == len(s) {
		return 0, 0, word <= len("negotiate")
	}
	switch strings.ToLower(s[keep : keep+word]) {
	case "basic", "bearer", "token", "digest", "negotiate", "apikey":
	default:
		return 0, 0, false
	}
	keep += word
	blank := inBlank.span(s[keep:])
	keep += blank
	n = inToken68.span(s[keep:])
	open = keep+n == len(s)
	if blank == 0 || n < 8 {
		return 0, 0, open
	}
	return keep, keep + n, open
}

const maxSeparators = 8

// privateKey matches a private key in PEM, also with its line ends escaped.
func privateKey(s string) (keep, n int, open bool) {
	label := inLabel.span(s)
	if len(s) < label+5 {
		return 0, 0, strings.HasPrefix("-----", s[label:])
	}
	if s[label:label+5] != "-----" || !strings.Contains(s[:label], "PRIVATE KEY") {
		return 0, 0, false
	}
	body := label + 5
	if i := strings.Index(s[body:], "-----END "); i >= 0 {
		n = body + i + len("-----END ")
		n += inLabel.span(s[n:])
		dashes := inDash.span(s[n:min(len(s), n+5)])
		return 0, n + dashes, n+dashes == len(s) && dashes < 5
	}
	return 0, body + inKey.span(s[body:]), true
}

// maxUserinfo is how long the part of a URL before @ may be.
const maxUserinfo = 256

// userinfo matches the user and password in a URL. A password may hold a slash that should have been escaped.
func userinfo(s string) (keep, n int, open bool) {
	colon, at := -1, -1
	i := 0
	for ; i < min(len(s), maxUserinfo); i++ {
		c := s[i]
		slash := c == '/' || c == '?' || c == '#'
		switch {
		case c <= ' ' || notAllowed[c]:
			return password(s, at)
		case colon < 0 && (slash || c == '@' || c == '['):
			return 0, 0, false // a host, or a user alone
		case colon < 0 && c == ':':
			colon = i
		case slash && (at >= 0 || strings.Trim(s[colon+1:i], digits) == ""): // else in the password, not after a port
			return password(s, at)
		case c == '@' && i > colon+1:
			at = i
		}
	}
	if i == len(s) && i < maxUserinfo {
		open = true
	}
	keep, n, _ = password(s, at)
	return keep, n, open
}

func password(s string, at int) (keep, n int, open bool) {
	if at < 0 || strings.HasPrefix(s[at+1:], "sha256:") { // nothing, or an image with its digest
		return 0, 0, false
	}
	return 0, at, false
}
