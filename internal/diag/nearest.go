package diag

import (
	"fmt"
	"strings"
)

// DidYouMean returns the hint `did you mean "x"?` with the candidate that is nearest to word,
// or "" where none is near enough to be meant: one slip for every three letters of the longer of both.
// Letters count without their case, and of equally near candidates the first in the alphabet is taken,
// so that the order of candidates does not matter.
func DidYouMean(word string, candidates []string) string {
	best, least := "", 0
	for _, c := range candidates {
		limit := max(len(word), len(c)) / 3
		if c == word || max(len(word)-len(c), len(c)-len(word)) > limit {
			continue
		}
		d := distance(strings.ToLower(word), strings.ToLower(c))
		if d <= limit && (best == "" || d < least || d == least && c < best) {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the Damerau-Levenshtein distance (optimal string alignment): insertions, deletions,
// replacements and swaps of neighbours, in bytes.
// One digit for another counts twice: T08 is no slip for T09, as htpp is for http.
func distance(a, b string) int {
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+replacement(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}

func replacement(x, y byte) int {
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	switch {
	case x == y:
		return 0
	case digit(x) && digit(y):
		return 2
	}
	return 1
}

// OneOf says which of names was probably meant by a word, or else what there is.
func OneOf(word string, names []string) string {
	if hint := DidYouMean(word, names); hint != "" {
		return hint
	}
	if len(names) == 1 {
		return "there is only " + names[0]
	}
	return "there are " + strings.Join(names, ", ")
}
