package safe

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	for _, tt := range []struct {
		text string
		most int
		want string
	}{
		{"", 3, ""},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"äöü", 3, "äöü"},
		{"äöüß", 3, "äö…"},
		{"ab", 1, "…"},
		{"\xff\xfe\xfd", 3, "\xff\xfe\xfd"},
	} {
		if got := Cut(tt.text, tt.most); got != tt.want {
			t.Errorf("%q of %d: got %q, want %q", tt.text, tt.most, got, tt.want)
		}
	}
	if got := Cut(strings.Repeat("ü", 1000), 200); utf8.RuneCountInString(got) != 200 {
		t.Errorf("%d letters", utf8.RuneCountInString(got))
	}
}
