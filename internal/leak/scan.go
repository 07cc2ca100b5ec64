package leak

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	ahocorasick "github.com/BobuSumisu/aho-corasick"
	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect/codec"
	"github.com/zricethezav/gitleaks/v8/logging"
)

// scanner looks at texts with the rules of gitleaks. It finds what gitleaks' own detector finds, which brings readers of
// archives, of repositories and writers of reports along; see docs/decisions/2026-11-22-rules-of-gitleaks.md.
type scanner struct {
	rules    []config.Rule
	allowed  []*config.Allowlist // whatever the rule
	keywords *ahocorasick.Trie   // of all rules
}

// theScanner holds gitleaks' rules; compiling them takes a moment, so it is made when the first text is looked at.
var theScanner = sync.OnceValues(func() (*scanner, error) {
	logging.Logger = zerolog.Nop() // it writes secrets
	cfg, err := theRules()
	if err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	s := &scanner{}
	keywords := ahocorasick.NewTrieBuilder()
	for _, id := range cfg.OrderedRules {
		r := cfg.Rules[id]
		if r.SkipReport {
			continue
		}
		for i, k := range r.Keywords {
			r.Keywords[i] = strings.ToLower(k)
		}
		keywords.AddStrings(r.Keywords)
		s.rules = append(s.rules, r)
	}
	s.keywords = keywords.Build()
	for _, a := range cfg.Allowlists { // without paths: lock files and the like are looked at too
		everywhere := &config.Allowlist{MatchCondition: a.MatchCondition, RegexTarget: a.RegexTarget, Regexes: a.Regexes, StopWords: a.StopWords}
		if err := everywhere.Validate(); err != nil {
			return nil, fmt.Errorf("read the rules for secrets: %w", err)
		}
		s.allowed = append(s.allowed, everywhere)
	}
	return s, nil
})

// theRules are those that gitleaks has when nobody gives it others.
func theRules() (config.Config, error) {
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return config.Config{}, err
	}
	var settings config.ViperConfig
	if err := v.Unmarshal(&settings); err != nil {
		return config.Config{}, err
	}
	return settings.Translate()
}

// scan is one look at a text: as it stands, or with what is encoded in it decoded in its place.
type scan struct {
	*scanner
	file    string
	text    string
	now     string                  // what is looked at
	decoded []*codec.EncodedSegment // where it differs from text
}

// find returns the secrets in a text. Base64 and the like are decoded once, as Secrets of Kubernetes need it.
func (s *scanner) find(ctx context.Context, file, text string) []Finding {
	out := scan{scanner: s, file: file, text: text, now: text}.look(ctx)
	if now, decoded := codec.NewDecoder().Decode(text, nil); len(decoded) > 0 {
		out = append(out, scan{s, file, text, now, decoded}.look(ctx)...)
	}
	return out
}

// look tries all rules of which a keyword stands in the text.
func (s scan) look(ctx context.Context) (out []Finding) {
	low, here := strings.ToLower(s.now), map[string]bool{}
	for _, m := range s.keywords.MatchString(low) {
		here[m.MatchString()] = true
	}
	for _, r := range s.rules {
		if ctx.Err() != nil {
			break
		}
		if len(r.Keywords) == 0 || slices.ContainsFunc(r.Keywords, func(k string) bool { return here[k] }) {
			out = append(out, s.try(r)...)
		}
	}
	return out
}

// try returns what a rule finds.
func (s scan) try(r config.Rule) (out []Finding) {
	switch {
	case r.Path != nil && !r.Path.MatchString(s.file), s.passesOver(r.Allowlists):
		return nil
	case r.Regex == nil && s.decoded == nil: // the name alone tells
		return []Finding{{Rule: r.RuleID, Line: 1}}
	case r.Regex == nil:
		return nil
	}
	for _, at := range r.Regex.FindAllStringIndex(s.now, -1) {
		match := strings.Trim(s.now[at[0]:at[1]], "\n")
		at[1] = at[0] + len(match)
		line := ""
		if s.decoded != nil {
			parts := codec.SegmentsWithDecodedOverlap(s.decoded, at[0], at[1])
			if len(parts) == 0 {
				continue // it is found in the text as it stands
			}
			at, line = codec.AdjustMatchIndex(parts, at), codec.CurrentLine(parts, s.now)
		}
		line = cmp.Or(line, lineAround(s.text, at[0], at[1]))
		secret := theSecret(r, match)
		if r.Entropy != 0 && entropy(secret) <= r.Entropy || s.isAllowed(s.allowed, secret, match, line) || s.isAllowed(r.Allowlists, secret, match, line) {
			continue
		}
		out = append(out, Finding{r.RuleID, 1 + strings.Count(s.text[:min(at[0]+1, len(s.text))], "\n"), secret})
	}
	return out
}

// theSecret is what of a match is the secret: the group that the rule names, or the first that is not empty.
func theSecret(r config.Rule, match string) string {
	groups := r.Regex.FindStringSubmatch(match)
	if len(groups) < 2 {
		return match
	}
	if r.SecretGroup > 0 {
		return groups[r.SecretGroup]
	}
	for _, g := range groups[1:] {
		if g != "" {
			return g
		}
	}
	return match
}

// passesOver tells whether a rule does not look at files of this name.
func (s scan) passesOver(lists []*config.Allowlist) bool {
	return slices.ContainsFunc(lists, func(a *config.Allowlist) bool {
		alone := a.MatchCondition == config.AllowlistMatchOr || len(a.Regexes)+len(a.StopWords)+len(a.Commits) == 0
		return alone && a.PathAllowed(s.file)
	})
}

// isAllowed tells whether one of some lists allows a secret to stand there.
func (s scan) isAllowed(lists []*config.Allowlist, secret, match, line string) bool {
	return slices.ContainsFunc(lists, func(a *config.Allowlist) bool {
		target := secret
		switch a.RegexTarget {
		case "match":
			target = match
		case "line":
			target = line
		}
		pattern := a.RegexAllowed(target)
		word, _ := a.ContainsStopWord(secret)
		if a.MatchCondition == config.AllowlistMatchOr {
			return pattern || word
		}
		return len(a.Commits) == 0 && (len(a.Paths) == 0 || a.PathAllowed(s.file)) &&
			(len(a.Regexes) == 0 || pattern) && (len(a.StopWords) == 0 || word)
	})
}

// lineAround returns the lines that a range of text stands in.
func lineAround(text string, start, end int) string {
	from := strings.LastIndexByte(text[:start], '\n') + 1
	if i := strings.IndexByte(text[end:], '\n'); i >= 0 {
		return text[from : end+i]
	}
	return text[from:]
}

// entropy is Shannon's: how many bits a character of s carries.
func entropy(s string) (bits float64) {
	count := map[rune]int{}
	for _, r := range s {
		count[r]++
	}
	for _, n := range count {
		share := float64(n) / float64(len(s))
		bits -= share * math.Log2(share)
	}
	return bits
}
