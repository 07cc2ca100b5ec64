package main

import "testing"

func TestNumbered(t *testing.T) {
	for _, c := range []struct {
		described, number string
		release           bool
	}{
		{"v1.2.3-0-g0123abcd", "1.2.3", true},
		{"v1.2.3-rc.1-0-g0123abcd", "1.2.3-rc.1", true},
		{"v1.2.3-5-g0123abcd", "1.2.4-dev.5.g0123abcd", false},
		{"v1.2.3-0-g0123abcd-dirty", "1.2.4-dev.0.g0123abcd.dirty", false},
		{"v1.3.0-rc.1-5-g0123abcd", "1.3.0-rc.1.dev.5.g0123abcd", false},
	} {
		number, release, err := numbered(c.described)
		if err != nil || number != c.number || release != c.release {
			t.Errorf("%s: %s, %v, %v; want %s, %v", c.described, number, release, err, c.number, c.release)
		}
	}
	if _, _, err := numbered("latest-0-g0123abcd"); err == nil {
		t.Error("a tag that is no version was taken for one")
	}
}
