package prose

import (
	"strings"
	"sync"
)

// wordSet is a set of words, for asking often: most words are in none, and that is seen without looking them up.
// It is filled when it is first asked: most commands ask none of them.
type wordSet struct {
	maybe [64]uint64
	words map[string]bool
	once  sync.Once
	fill  func(add func(word string))
}

// set is the set of words in a text.
func set(words string) *wordSet {
	return &wordSet{fill: func(add func(string)) {
		for w := range strings.FieldsSeq(words) {
			add(w)
		}
	}}
}

// has tells whether a word is in the set.
func (s *wordSet) has(w string) bool {
	if w == "" {
		return false
	}
	s.once.Do(s.make)
	h := sketch(w)
	return s.maybe[h>>6]>>(h&63)&1 == 1 && s.words[w]
}

func (s *wordSet) make() {
	s.words = map[string]bool{}
	s.fill(func(w string) {
		s.words[w] = true
		h := sketch(w)
		s.maybe[h>>6] |= 1 << (h & 63)
	})
}

// sketch is a number of 12 bits for a word, out of its length and three of its letters.
func sketch(w string) uint32 {
	n := len(w)
	return (uint32(w[0]) | uint32(w[n/2])<<8 | uint32(w[n-1])<<16 | uint32(n)<<24) * 2654435761 >> 20 //nolint:gosec // a number to tell words apart
}

// stems is a set of the stems of words.
func stems(words string) *wordSet {
	return &wordSet{fill: func(add func(string)) {
		for w := range strings.FieldsSeq(words) {
			add(stem(w))
		}
	}}
}
