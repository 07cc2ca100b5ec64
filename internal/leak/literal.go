package leak

import "strings"

// minLiteral is how long a password is that is taken for one in a line that somebody wrote by hand.
const minLiteral = 6

// Literal returns what of a line that somebody wrote is a password in an assignment or an address; "" where none is.
// It looks with this package's own rules alone, which cost next to nothing.
func Literal(line string) string {
	if !mayAssign(line) {
		return ""
	}
	for _, f := range inLine(1, line[:min(len(line), maxLine)]) {
		if len(f.Secret) >= minLiteral && !pattern(f.Secret) || f.Rule == "url-password" {
			return f.Secret
		}
	}
	return ""
}

// Masked returns a text that a program wrote with mask in the place of all that looks like a password in an assignment
// or an address. Rather too much of it is masked: what Literal takes for a pattern or too short is, too.
func Masked(text, mask string) string {
	if !mayAssign(text) {
		return text
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		for _, f := range inLine(1, strings.TrimRight(line[:min(len(line), maxLine)], "\r\n")) {
			line = strings.ReplaceAll(line, f.Secret, mask)
		}
		out.WriteString(line)
	}
	return out.String()
}

// mayAssign tells whether it is worth while to look closer.
func mayAssign(text string) bool {
	low := strings.ToLower(text)
	return strings.Contains(low, "pass") || strings.Contains(low, "secret_key") || strings.Contains(low, "://") && strings.Contains(low, "@")
}

// pattern tells of what is looked for, rather than meant.
func pattern(s string) bool {
	return strings.ContainsAny(s, `\*+?^|`) || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "(")
}
