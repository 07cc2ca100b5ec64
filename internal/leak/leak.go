// Package leak finds plaintext secrets in texts: with the rules of gitleaks, and with a few of its own for what those
// leave out, such as short passwords.
// It reads no files, and honours no comment in a text that says to look away: what may stay is said by who asks.
package leak

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"
)

// Finding is a secret in a text.
type Finding struct {
	Rule   string // its id: one of gitleaks', or of Rules
	Line   int    // the first is 1
	Secret string // must never be shown
}

// Find returns the secrets in a text, at most one for a line, in their order.
// The name of its file, with slashes, decides about rules for kinds of files; it may be empty.
// An error is that ctx ended.
func Find(ctx context.Context, name, text string) ([]Finding, error) {
	d, err := detector()
	if err != nil {
		return nil, err
	}
	var out []Finding
	fragment := detect.Fragment{Raw: text, FilePath: name, StartLine: 1} //nolint:staticcheck // v8 takes nothing else
	for _, f := range d.DetectContext(ctx, fragment) {
		out = append(out, Finding{f.RuleID, max(f.StartLine, 1), f.Secret})
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Line, b.Line), specific(a, b)) })
	out = append(out, own(text)...)
	slices.SortStableFunc(out, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
	return slices.CompactFunc(out, func(a, b Finding) bool { return a.Line == b.Line }), nil
}

// specific puts the rules that know what they found before those that guess.
func specific(a, b Finding) int {
	guess := func(f Finding) int {
		if strings.HasPrefix(f.Rule, "generic") {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(guess(a), guess(b)), strings.Compare(a.Rule, b.Rule))
}

// detector holds gitleaks' rules; compiling them takes a moment, so it is made when the first text is looked at.
var detector = sync.OnceValues(func() (*detect.Detector, error) {
	logging.Logger = zerolog.Nop() // it writes secrets
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(config.DefaultConfig)); err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	var settings config.ViperConfig
	if err := v.Unmarshal(&settings); err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	cfg, err := settings.Translate()
	if err != nil {
		return nil, fmt.Errorf("read the rules for secrets: %w", err)
	}
	for i, a := range cfg.Allowlists { // without paths: lock files and the like are looked at too
		everywhere := &config.Allowlist{MatchCondition: a.MatchCondition, RegexTarget: a.RegexTarget, Regexes: a.Regexes, StopWords: a.StopWords}
		if err := everywhere.Validate(); err != nil {
			return nil, fmt.Errorf("read the rules for secrets: %w", err)
		}
		cfg.Allowlists[i] = everywhere
	}
	d := detect.NewDetector(cfg)
	d.IgnoreGitleaksAllow = true
	d.MaxDecodeDepth = 1 // base64, as Secrets have it
	return d, nil
})
