package steps

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// secretURL is what the URL of a database says, without its password.
type secretURL struct {
	Scheme   string `json:"scheme" doc:"such as postgres"`
	User     string `json:"user" doc:"decoded"`
	Host     string `json:"host" doc:"without its port; several are parted by commas"`
	Port     int    `json:"port" doc:"as written, else that of the scheme; 0 where neither is known"`
	Database string `json:"database" doc:"the path, decoded, without the slash"`
}

// dsn is a URL with what nobody is shown.
type dsn struct {
	secretURL
	password string
	raw      string // the password as it is written
	query    string // its parameters, as written
	doubt    string // what is allowed, and misread by some programs
	hidden   bool   // it can be read in two ways, and a part of it may be the password
}

// dsnPorts are the ports of schemes where a URL has none.
var dsnPorts = map[string]int{
	"postgres": 5432, "mysql": 3306, "mariadb": 3306, "mongodb": 27017, "redis": 6379, "rediss": 6379, "amqp": 5672, "amqps": 5671,
}

// readDSN reads the URL of a database as RFC 3986 has it. What is wrong is said in words that hold no part of it but
// single characters: of a URL that is not written right nobody knows which part is the password.
func readDSN(s string) (d dsn, wrong string) {
	if strings.TrimSpace(s) != s {
		return d, "it begins or ends with a space or a line end"
	}
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+.-") != "" {
		return d, "it is no URL: it does not begin with a scheme, such as postgres://"
	}
	d.Scheme, d.hidden = schemeName(scheme), strings.Count(rest, "@") > 1
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, after := rest[:end], rest[end:]
	path, _, _ := strings.Cut(after, "?")
	if i := strings.LastIndex(authority, "@"); i >= 0 && !strings.Contains(path, "@") {
		if wrong = d.login(authority[:i]); wrong != "" {
			return d, wrong
		}
		return d, d.place(authority[i+1:], after)
	}
	// An @ behind the first slash, ? or #: these stand in the password, and whoever reads the URL ends it there.
	if i := strings.LastIndex(rest, "@"); i >= 0 && (strings.Contains(path, "@") || !portLike(authority)) {
		_, d.raw, _ = strings.Cut(rest[:i], ":")
		return d, "the password has " + special(d.raw) + " not percent-encoded"
	}
	return d, d.place(authority, after)
}

// portLike tells whether what follows a colon can be a port.
func portLike(authority string) bool {
	_, port, ok := strings.Cut(authority, ":")
	_, err := strconv.ParseUint(port, 10, 16)
	return !ok || err == nil
}

// login reads USER[:PASSWORD].
func (d *dsn) login(info string) (wrong string) {
	user, password, _ := strings.Cut(info, ":")
	d.raw = password
	for _, part := range []struct {
		what, raw string
		plain     *string
	}{{"password", password, &d.password}, {"user", user, &d.User}} {
		if strings.ContainsFunc(part.raw, func(r rune) bool { return !strings.ContainsRune(loginChars, r) }) {
			return "the " + part.what + " has " + special(part.raw) + " not percent-encoded"
		}
		var err error
		if *part.plain, err = url.PathUnescape(part.raw); err != nil {
			return "the " + part.what + " has a % that is not percent-encoded, which is %25"
		}
	}
	if strings.ContainsAny(password, "+=") {
		d.doubt = "the password has " + special(password) + " not percent-encoded: allowed, and misread by some programs"
	}
	return ""
}

// loginChars may stand in a user and a password, https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
const loginChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:%"

// special names the characters of s that mean something in a URL.
func special(s string) string {
	var out []string
	for _, r := range "/+=?#@[]" {
		if strings.ContainsRune(s, r) {
			out = append(out, strconv.Quote(string(r)))
		}
	}
	if out == nil {
		return "characters that a URL cannot have,"
	}
	return strings.Join(out, ", ")
}

// place reads HOST[:PORT][,HOST[:PORT]] and /DATABASE[?PARAMETERS].
func (d *dsn) place(authority, after string) (wrong string) {
	var hosts []string
	for i, one := range strings.Split(authority, ",") {
		host, port, wrong := dsnHost(one)
		if wrong != "" {
			return wrong
		}
		if port == 0 {
			port = dsnPorts[d.Scheme]
		}
		if hosts = append(hosts, host); i > 0 && port != d.Port {
			port = 0
		}
		d.Port = port
	}
	d.Host = strings.Join(hosts, ",")
	after, _, _ = strings.Cut(after, "#")
	path, query, _ := strings.Cut(after, "?")
	d.query = query
	database, err := url.PathUnescape(strings.TrimPrefix(path, "/"))
	if err != nil {
		return "its path has a % that is not percent-encoded, which is %25"
	}
	d.Database = database
	return ""
}

// sslmode is how the connection is encrypted; "" where the URL does not say, or not in libpq's words.
func (d dsn) sslmode() string {
	params, err := url.ParseQuery(d.query)
	if mode := params.Get("sslmode"); err == nil && slices.Contains(sslmodes, mode) {
		return mode
	}
	return ""
}

var sslmodes = []string{"disable", "prefer", "require", "verify-ca", "verify-full"}

// dsnHost reads HOST[:PORT]; port is 0 where there is none.
func dsnHost(s string) (host string, port int, wrong string) {
	host = s
	if i := strings.LastIndex(s, ":"); i >= 0 && !strings.HasSuffix(s, "]") {
		n, err := strconv.ParseUint(s[i+1:], 10, 16)
		if err != nil || n == 0 {
			return "", 0, "its port is no number from 1 to 65535"
		}
		host, port = s[:i], int(n)
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		if _, err := netip.ParseAddr(strings.TrimSuffix(inner, "]")); err != nil {
			return "", 0, "its host is in brackets and no IPv6 address"
		}
		return strings.TrimSuffix(inner, "]"), port, ""
	}
	switch {
	case host == "":
		return "", 0, "it has no host"
	case strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || strings.ContainsRune(`:[]<>"\^{}|`+"`", r) }):
		return "", 0, "its host has characters that no host has"
	}
	return host, port, ""
}

// schemeName is the scheme in one spelling, without the driver that SQLAlchemy and others put behind it.
func schemeName(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(s), "+")
	if s == "postgresql" || s == "pgsql" {
		return "postgres"
	}
	return s
}

// sameHost tells whether two names are one host, by the names that a service has inside a cluster.
func sameHost(a, b string) bool { return hostKey(a) == hostKey(b) }

func hostKey(s string) string {
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	return strings.TrimSuffix(strings.TrimSuffix(s, ".cluster.local"), ".svc")
}
