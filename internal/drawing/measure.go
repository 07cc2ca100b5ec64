package drawing

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// asciiWidths are the widths of the runes from blank to tilde in thousandths of the font's size. They are those of the
// widest fonts that pictures are commonly shown with, so that with any other font a text takes less room.
var asciiWidths = [95]uint16{
	352, 402, 460, 838, 636, 950, 780, 275, 402, 402, 500, 838, 364, 364, 364, 337,
	636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531,
	1000, 684, 686, 698, 770, 632, 575, 775, 752, 421, 455, 693, 557, 863, 748, 787,
	603, 787, 695, 684, 617, 732, 684, 989, 685, 615, 685, 402, 337, 402, 838, 500,
	500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 280, 592, 278, 974, 634, 612,
	635, 635, 411, 521, 394, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
}

// width estimates how wide s is at a size of a font, rather too much than too little.
func width(s string, size float64) float64 {
	sum := 0
	for _, r := range s {
		sum += runeWidth(r)
	}
	return float64(sum) * size / 1000
}

func runeWidth(r rune) int {
	switch {
	case r >= ' ' && r <= '~':
		return int(asciiWidths[r-' '])
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case r >= 0x1100: // East Asian scripts, pictures, and what nobody knows
		return 1050
	case unicode.IsUpper(r):
		return 800
	}
	return 660
}

// boldly is how much wider bold text is.
const boldly = 1.12

// fold breaks s into at most lines lines that are no wider than most; what is cut off becomes an ellipsis.
// It breaks at blanks, behind marks that join words, and within words that are wider than a line.
func fold(s string, most, size float64, lines int) []string {
	var out []string
	for s = strings.TrimSpace(s); s != "" && len(out) < lines; {
		n := breakAt(s, most, size)
		l, rest := strings.TrimSpace(s[:n]), strings.TrimSpace(s[n:])
		if len(out) == lines-1 && rest != "" {
			l = cut(s, most, size)
		}
		out, s = append(out, l), rest
	}
	return out
}

// breakAt returns how many bytes of s make the first line.
func breakAt(s string, most, size float64) int {
	sum, good := 0.0, 0
	for i, r := range s {
		if r == ' ' && i > 0 {
			good = i
		}
		sum += float64(runeWidth(r)) * size / 1000
		if sum > most {
			if good > 0 {
				return good
			}
			return max(i, utf8.RuneLen(r))
		}
		if strings.ContainsRune("-/_.,:;·–—", r) && sum > most/2 {
			good = i + utf8.RuneLen(r)
		}
	}
	return len(s)
}

// cut returns s where it is no wider than most, else its beginning and an ellipsis.
func cut(s string, most, size float64) string {
	if width(s, size) <= most {
		return s
	}
	sum := width("…", size)
	for i, r := range s {
		if sum += float64(runeWidth(r)) * size / 1000; sum > most {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}
