package safe

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON returns a JSON text in which runes are written by number that would be commands to a terminal, or change how
// others look. JSON itself asks that only of those below the blank.
func JSON(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == '#' && (bytes.HasPrefix(text[i:], []byte("##[")) || bytes.HasPrefix(text[i:], []byte("##vso["))) || r == 0x7f || r >= 0x80 && hidden(r) && r != utf8.RuneError {
			for _, u := range utf16.AppendRune(nil, r) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
		} else {
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}
