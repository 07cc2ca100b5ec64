package leak

import "strings"

// minLiteral is how long a password is that is taken for one in a line that somebody wrote by hand.
const minLiteral = 6

// Literal returns what of a line that somebody wrote is a password in an assignment or an address; "" where none is.
// It looks with this package's own rules alone, which cost next to nothing.
func Literal(line string) string {
	low := strings.ToLower(line)
	if !strings.Contains(low, "pass") && !strings.Contains(low, "secret_key") && !(strings.Contains(low, "://") && strings.Contains(low, "@")) {
		return ""
	}
	for _, f := range inLine(1, line[:min(len(line), maxLine)]) {
		if len(f.Secret) >= minLiteral && !pattern(f.Secret) || f.Rule == "url-password" {
			return f.Secret
		}
	}
	return ""
}

// pattern tells of what is looked for, rather than meant.
func pattern(s string) bool {
	return strings.ContainsAny(s, `\*+?^|`) || strings.HasPrefix(s, "[") || strings.HasPrefix(s, "(")
}
