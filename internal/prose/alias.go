package prose

import "strings"

// alias takes the key of a ticket off a title: "[CI-201] Base image", "CI-201: Base image".
func alias(title string) (key, rest string) {
	s := strings.TrimSpace(title)
	if inner, ok := strings.CutPrefix(s, "["); ok {
		if key, rest, ok = strings.Cut(inner, "]"); ok && isKey(key) {
			return key, strings.TrimLeft(rest, " :–—-")
		}
		return "", title
	}
	i := strings.IndexAny(s, " :")
	if i < 0 || !isKey(s[:i]) {
		return "", title
	}
	return s[:i], strings.TrimLeft(s[i:], " :–—-")
}

// isKey tells whether s is made as the key of a ticket is: CI-201.
func isKey(s string) bool {
	letters, digits, ok := strings.Cut(s, "-")
	return ok && len(letters) >= 2 && len(letters) <= 10 && len(digits) >= 1 && len(digits) <= 6 &&
		strings.Trim(letters, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && strings.Trim(digits, "0123456789") == ""
}
