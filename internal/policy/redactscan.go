package policy

import "strings"

// filter is a set of beginnings of four bytes; it may take others for members, and never misses one.
type filter [1 << 10]uint64

func (f *filter) add(key uint32) {
	h := hash(key)
	f[h>>6] |= 1 << (h & 63)
}

func (f *filter) has(key uint32) bool {
	h := hash(key)
	return f[h>>6]&(1<<(h&63)) != 0
}

// next returns the first place from i on where a member may begin; where there is none, the first of the last three
// places, about which nothing can be said.
func (f *filter) next(s string, i int) int {
	if i+4 > len(s) {
		return i
	}
	key := first4(s[i:]) << 8
	for ; i+4 <= len(s); i++ {
		key = key>>8 | uint32(s[i+3])<<24
		if f.has(key) {
			return i
		}
	}
	return i
}

func hash(key uint32) uint32 { return key * 0x9E3779B1 >> 16 }

func first4(s string) uint32 {
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// scan appends s to dst, with a mask in the place of each secret. Secrets that overlap have one mask.
//
// The first covered bytes of s belong to a secret whose mask is written. Unless final, more is to come: scan stops at
// the first place that may begin a secret whose end is not yet there, and returns how many bytes of s are done
// with, and how many of the rest are covered.
func (r *Redactor) scan(dst []byte, s string, covered int, final bool) (out []byte, done, stillCovered int) {
	end := covered // of the latest secret; what comes before is written
	i := r.current().next(s, 0)
	for ; i < len(s); i = r.current().next(s, i+1) {
		keep, n, more := r.at(s[i:], final)
		if more {
			break
		}
		if n == 0 {
			continue
		}
		if start := i + keep; start >= end {
			dst = append(append(dst, s[end:start]...), Mask...)
		}
		end = max(end, i+n)
	}
	i = min(i, len(s))
	if end < i {
		return append(dst, s[end:i]...), i, 0
	}
	return dst, i, end - i
}

// at tells what begins at the beginning of s: a secret of n bytes, of which the first keep may be shown; nothing,
// where n is 0; or more: that depends on what follows s.
func (r *Redactor) at(s string, final bool) (keep, n int, more bool) {
	if len(s) < minSecret {
		return 0, 0, !final && (r.starts[s] || shapeStarts()[s])
	}
	key := first4(s)
	if !r.current().has(key) {
		return 0, 0, false
	}
	for _, form := range r.buckets[key] {
		if strings.HasPrefix(s, form) {
			n = len(form)
			break
		}
		if !final && strings.HasPrefix(form, s) {
			return 0, 0, true
		}
	}
	shapeKeep, shapeN, more := shapeAt(s, final)
	switch {
	case more:
		return 0, 0, true
	case n == 0:
		return shapeKeep, shapeN, false
	}
	return 0, max(n, shapeN), false
}
