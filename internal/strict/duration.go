package strict

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"
)

// DurationWords says what a duration looks like.
const DurationWords = "a duration such as 30s, 5m, 1h30m or 90d"

func (d *decoder) duration(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.ScalarNode {
		d.wrong(n, "", DurationWords)
		return
	}
	t, ok := ParseDuration(n.Value)
	switch {
	case !ok:
		d.wrong(n, durationHint(n.Value), DurationWords)
	case t < 0:
		d.add(n, "bad-value", "", "a duration cannot be negative: %s", n.Value)
	default:
		v.SetInt(int64(t))
	}
}

// maxDays keeps a duration far from overflowing: a hundred years.
const maxDays = 36500

// ParseDuration reads what time.ParseDuration does, and days before it: 90d, 1d12h.
func ParseDuration(s string) (time.Duration, bool) {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		t, err := time.ParseDuration(s)
		return t, err == nil
	}
	i, err := strconv.Atoi(days)
	if err != nil || i < -maxDays || i > maxDays || i < 0 && rest != "" {
		return 0, false
	}
	t := time.Duration(0)
	if rest != "" {
		if t, err = time.ParseDuration(rest); err != nil || strings.ContainsAny(rest[:1], "+-") || t > maxDays*24*time.Hour {
			return 0, false
		}
	}
	return time.Duration(i)*24*time.Hour + t, true
}

// FormatDuration writes a duration as people do: 90d, 2m or 1h rather than 2160h0m0s.
func FormatDuration(d time.Duration) string {
	if d >= 24*time.Hour && d%(24*time.Hour) == 0 {
		return strconv.Itoa(int(d/(24*time.Hour))) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var looseDuration = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9]{1,6}) ?([a-z]*)$`) })

// durationHint guesses what was meant by a number without a unit, weeks, or a unit written out.
func durationHint(s string) string {
	m := looseDuration().FindStringSubmatch(strings.ToLower(s))
	if m == nil {
		return ""
	}
	switch strings.TrimSuffix(m[2], "s") {
	case "", "sec", "second":
		m[2] = "s"
	case "m", "min", "minute":
		m[2] = "m"
	case "h", "hr", "hour":
		m[2] = "h"
	case "d", "day":
		m[2] = "d"
	case "w", "week":
		weeks, _ := strconv.Atoi(m[1])
		m[1], m[2] = strconv.Itoa(7*weeks), "d"
	default:
		return ""
	}
	return fmt.Sprintf("did you mean %q?", m[1]+m[2])
}
