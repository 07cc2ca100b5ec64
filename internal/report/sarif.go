package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string       `json:"id"`
	Short sarifMessage `json:"shortDescription"`
}

type sarifInvocation struct {
	Successful bool   `json:"executionSuccessful"`
	Exit       int    `json:"exitCode"`
	Start      string `json:"startTimeUtc"`
	End        string `json:"endTimeUtc"`
}

type sarifResult struct {
	Rule         string            `json:"ruleId"`
	RuleIndex    int               `json:"ruleIndex"`
	Level        Level             `json:"level"`
	Message      sarifMessage      `json:"message"`
	Locations    []sarifLocation   `json:"locations"`
	Fingerprints map[string]string `json:"partialFingerprints"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI  string `json:"uri"`
	Base string `json:"uriBaseId,omitempty"`
}

type sarifRegion struct {
	Start int `json:"startLine"`
	End   int `json:"endLine"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF is r as SARIF 2.1.0: a result for each step that says what is wrong with its task, on the step's lines, and
// one for a task with which something is wrong beside its steps. What holds has no result.
func SARIF(r Run) ([]byte, error) {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "wpctl", Version: orUnknown(r.Program), Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: !r.Cancelled && r.Exit != app.ExitUsage, Exit: r.Exit, Start: utc(r.Started), End: utc(r.Ended)}},
		Results:     []sarifResult{},
	}
	for _, l := range levels[:3] {
		for _, s := range r.at(l) {
			run.results(s)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	if err := e.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return nil, fmt.Errorf("write SARIF: %w", err)
	}
	return safe.JSON(b.Bytes()), nil
}

func (run *sarifRun) results(s Section) {
	told := false
	for _, st := range s.Steps {
		if st.told() {
			told = true
			run.add(s, st.Place, s.ID+", "+s.Word+": "+st.Name+": "+st.said()+reasons(st.Why), st.Digest)
		}
	}
	if told {
		return
	}
	digest := ""
	if s.Mistake { // of which a file can have several
		digest = s.Message
	}
	run.add(s, s.Place, strings.Join(append([]string{s.Message}, s.Remarks...), "; "), digest)
}

func (run *sarifRun) add(s Section, at Place, message, digest string) {
	rules := &run.Tool.Driver.Rules
	i := slices.IndexFunc(*rules, func(r sarifRule) bool { return r.ID == s.Rule })
	if i < 0 {
		i = len(*rules)
		*rules = append(*rules, sarifRule{s.Rule, sarifMessage{s.Word}})
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{s.Plan, s.ID, s.Rule, digest}, "\x00")))
	physical := sarifPhysical{sarifArtifact{URI: (&url.URL{Path: at.File}).String()}, sarifRegion{at.Line, at.End}}
	if !strings.HasPrefix(at.File, "/") {
		physical.Artifact.Base = "%SRCROOT%"
	}
	run.Results = append(run.Results, sarifResult{
		Rule: s.Rule, RuleIndex: i, Level: s.Level, Message: sarifMessage{message},
		Locations:    []sarifLocation{{physical, []sarifLogical{{s.ID}}}},
		Fingerprints: map[string]string{"wpctl/v1": hex.EncodeToString(sum[:16])},
	})
}

func reasons(why []string) string {
	if len(why) == 0 {
		return ""
	}
	return " (" + strings.Join(why, "; ") + ")"
}

func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
