package policy

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf16"
)

const (
	minLine  = 8       // a shorter line of a longer secret is a word like any other
	maxValue = 4 << 10 // a longer value is looked for in pieces, so that a stream need not hold more back
	piece    = 3 << 10 // a multiple of 3: the pieces have whole characters of base64
	maxLines = 200     // of the lines after these only the plain form is looked for
)

// forms yields the texts in which a value may stand.
func forms(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		// yield adds to a set and never ends early
		trimmed := strings.TrimSpace(value)
		if trimmed != value {
			each(base64Whole(value), yield)
		}
		formsOfPieces(trimmed, yield)
		if !strings.Contains(trimmed, "\n") {
			return
		}
		n := 0
		for line := range strings.Lines(trimmed) {
			line = strings.TrimSpace(line)
			if len(line) < minLine || strings.HasPrefix(line, "-----") {
				continue
			}
			if n++; n <= maxLines {
				formsOfPieces(line, yield)
			} else if len(line) <= maxValue {
				yield(line)
			}
		}
	}
}

func each(list []string, yield func(string) bool) {
	for _, s := range list {
		yield(s)
	}
}

func formsOfPieces(v string, yield func(string) bool) {
	if len(v) < minSecret {
		return
	}
	for len(v) > maxValue {
		formsOf(v[:piece], yield)
		v = v[piece:]
	}
	formsOf(v, yield)
	if blanks := strings.Join(strings.Fields(v), " "); blanks != v && !strings.Contains(v, "\n") { // as in HTML
		formsOf(blanks, yield)
	}
}

func formsOf(v string, yield func(string) bool) {
	yield(v)
	each(escapes(v), yield)
	each([]string{hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v)))}, yield)
	for _, b := range append(base64Whole(v), base64Cores(v)...) {
		yield(b)
		if escaped := url.QueryEscape(b); escaped != b {
			each([]string{escaped, lowerEscapes(escaped)}, yield)
		}
	}
}

// escapes are the forms of a value as a string in other languages, and those quoted once more: what was seen is told
// in quotes.
func escapes(v string) []string {
	out := percentForms(v)
	for _, j := range []string{jsonEscape(v, true), jsonEscape(v, false), asciiEscape(v), strings.ReplaceAll(jsonEscape(v, false), "/", `\/`)} {
		out = append(out, j, jsonEscape(j, false)) // JSON in JSON
	}
	out = append(out,
		unquoted(strconv.Quote(v)), unquoted(strconv.QuoteToASCII(v)),
		html.EscapeString(v), strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(v),
		strings.ReplaceAll(v, "'", `'\''`), strings.ReplaceAll(v, "'", "''"),
	)
	for _, s := range out[:len(out):len(out)] {
		if out = append(out, unquoted(strconv.Quote(s))); strings.Contains(s, "  ") {
			out = append(out, unquoted(strconv.Quote(strings.Join(strings.Fields(s), " "))))
		}
	}
	return out
}

func unquoted(s string) string { return s[1 : len(s)-1] }

func jsonEscape(v string, forHTML bool) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(forHTML)
	if enc.Encode(v) != nil {
		return v
	}
	return unquoted(strings.TrimSuffix(b.String(), "\n"))
}

// asciiEscape is JSON with all that is not ASCII escaped.
func asciiEscape(v string) string {
	var b strings.Builder
	for _, r := range jsonEscape(v, false) {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, u)
		}
	}
	return b.String()
}

// percentForms are the forms of a value in URLs. Which characters are escaped differs between programs.
func percentForms(v string) (out []string) {
	for _, s := range []string{
		url.QueryEscape(v), strings.ReplaceAll(url.QueryEscape(v), "+", "%20"), url.PathEscape(v),
		percent(v, "-_.~"), percent(v, "-_.!~*'()"), percent(v, "-_.*"), percent(v, ""),
		percent(v, "-_.~!$&'()*+,;=:@"), url.UserPassword("", v).String()[1:], (&url.URL{Path: "/" + v}).EscapedPath()[1:],
	} {
		out = append(out, s, lowerEscapes(s))
	}
	return out
}

// percent escapes all but letters, digits and those in plain.
func percent(v, plain string) string {
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// lowerEscapes writes the digits of %XX in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], strings.ToLower(s[i:i+3]))
			i += 2
		}
	}
	return string(b)
}

// base64Whole are the encodings of a value that stands alone, also as base64(1) and PEM break them.
func base64Whole(v string) []string {
	std := base64.StdEncoding.EncodeToString([]byte(v))
	out := []string{std, base64.URLEncoding.EncodeToString([]byte(v))}
	for _, width := range []int{64, 76} {
		for rest := std; len(std) > width && len(rest) >= minLine; {
			n := min(width, len(rest))
			out = append(out, rest[:n])
			rest = rest[n:]
		}
	}
	return out
}

// base64Cores are those characters of a longer text's base64 that a value in it decides alone, for each of the
// three ways in which it can be aligned; and with what follows them where the value ends the text.
func base64Cores(v string) (out []string) {
	for before := range 3 {
		padded := append(make([]byte, before, before+len(v)), v...)
		from, to := (before*8+5)/6, len(padded)*8/6
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			whole := enc.EncodeToString(padded)
			out = append(out, whole[from:to], strings.TrimRight(whole[from:], "="), whole[from:])
		}
	}
	return out
}
