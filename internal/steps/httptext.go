package steps

import "fmt"

// judgeBody compares body and json. Where the body was cut at maxBody only what its beginning shows for certain counts:
// a match of contains, a match of lacks.
func (v *httpVisit) judgeBody() (ms []Mismatch, err error) {
	if t := v.args.Body; t != nil {
		if v.seen.Truncated {
			ms, err = v.judgeBeginning(*t)
		} else {
			ms = t.Check("body", v.seen.Body)
		}
	}
	if v.args.JSON == nil || err != nil {
		return ms, err
	}
	if v.seen.Truncated {
		return ms, v.tooLong("json")
	}
	if v.noJSON != nil {
		return append(ms, Mismatch{"a JSON body", fmt.Sprintf("no JSON: %v", v.noJSON)}), nil
	}
	return append(ms, matchJSON("json", v.args.JSON, v.seen.JSON)...), nil
}

func (v *httpVisit) judgeBeginning(t Text) ([]Mismatch, error) {
	if ms := (Text{Lacks: t.Lacks}).Check("body", v.seen.Body); len(ms) > 0 {
		return ms, nil
	}
	whole := t.Equals != nil || t.Lacks != nil || t.Only != nil || t.Matches != nil
	if whole || len(t.Check("body", v.seen.Body)) > 0 {
		return nil, v.tooLong("body")
	}
	return nil, nil
}

// tooLong is the error of an expectation that needs the rest of the body.
func (v *httpVisit) tooLong(field string) error {
	return fmt.Errorf("the body is longer than the %d bytes that are read, and %s needs the rest: raise maxBody", v.args.MaxBody, field)
}
