package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	Time    string   `xml:"time,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name      string `xml:"name,attr"`
	File      string `xml:"file,attr"`
	Timestamp string `xml:"timestamp,attr"`
	Time      string `xml:"time,attr"`
	junitCounts
	Cases []junitCase `xml:"testcase"`
}

// junitCounts are the four counts that suites have.
type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
	Skipped  int `xml:"skipped,attr"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	File    string       `xml:"file,attr"`
	Line    int          `xml:"line,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
}

type junitResult struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit is r as JUnit XML: a suite for each plan, a case for each step, and one for what is wrong with a task beside them,
// or in a file.
// Steps of tasks that nobody claims are skipped cases where they do not hold.
func JUnit(r Run) ([]byte, error) {
	out := junitSuites{Name: "wpctl " + r.Verb, Time: seconds(r.Ended.Sub(r.Started))}
	at := map[string]int{}
	took := map[string]time.Duration{}
	for _, s := range r.Sections {
		i, ok := at[s.Plan]
		if !ok {
			i = len(out.Suites)
			at[s.Plan] = i
			out.Suites = append(out.Suites, junitSuite{Name: s.Plan, File: s.Place.File, Timestamp: r.Started.UTC().Format("2006-01-02T15:04:05")})
		}
		took[s.Plan] += s.Took
		out.Suites[i].Cases = append(out.Suites[i].Cases, cases(r, s)...)
	}
	for i := range out.Suites {
		s := &out.Suites[i]
		s.Time = seconds(took[s.Name])
		for _, c := range s.Cases {
			s.add(c)
			out.add(c)
		}
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(out); err != nil {
		return nil, fmt.Errorf("write JUnit: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// cases are those of a section's steps, and one of its own where they do not say what is wrong with it.
func cases(r Run, s Section) (out []junitCase) {
	class := s.ID
	if s.Title != "" {
		class += " " + s.Title
	}
	said, told := false, false
	for _, st := range s.Steps {
		told = told || st.told()
		c := junitCase{Name: st.Name, Class: class, File: st.Place.File, Line: st.Place.Line, Time: seconds(st.Took)}
		result := &junitResult{Message: st.said(), Type: string(st.Outcome), Text: strings.Join(append([]string{st.Place.String() + ": " + s.Message}, st.Why...), "\n")}
		counts := !st.Advisory && (s.Claim || r.Verb == "run")
		switch {
		case st.Outcome == check.Passed:
		case st.Outcome == check.Failed && counts:
			c.Failure, said = result, true
		case st.Outcome == check.Unknown && counts:
			c.Error, said = result, true
		default:
			c.Skipped = &junitResult{Message: st.said()}
		}
		out = append(out, c)
	}
	own := junitCase{Name: "status", Class: class, File: s.Place.File, Line: s.Place.Line, Time: seconds(0)}
	if s.Mistake {
		own.Name, own.Class = s.ID, s.Plan
	}
	switch {
	case said:
		return out
	case s.Level == Error:
		own.Failure = &junitResult{Message: s.Message, Type: s.Rule, Text: s.Place.String()}
	case s.Level == Warning && !told, len(s.Steps) == 0:
		own.Skipped = &junitResult{Message: s.Message}
	default:
		return out
	}
	return append(out, own)
}

func (n *junitCounts) add(c junitCase) {
	n.Tests++
	switch {
	case c.Failure != nil:
		n.Failures++
	case c.Error != nil:
		n.Errors++
	case c.Skipped != nil:
		n.Skipped++
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", max(d, 0).Seconds()) }
