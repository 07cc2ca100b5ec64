package steps

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

var errLength = errors.New("this is no length: wanted 32, >=32, or >=8 <=72")

// length says how long something is to be: 32, >=32, or >=8 <=72.
type length struct {
	text     string
	min, max int
}

// UnmarshalNode reads the bounds.
func (l *length) UnmarshalNode(n *yaml.Node) error {
	if n.Kind != yaml.ScalarNode || strict.IsNull(n) {
		return fmt.Errorf("wanted a length, such as 32 or >=32, found %s", strict.Describe(n))
	}
	*l = length{text: strings.Join(strings.Fields(n.Value), " "), max: 1 << 30}
	for part := range strings.FieldsSeq(operatorSpace.Replace(n.Value)) {
		number := strings.TrimLeft(part, "<>=")
		i, err := strconv.Atoi(number)
		if err != nil || i < 0 {
			return errLength
		}
		switch strings.TrimSuffix(part, number) {
		case "", "=", "==":
			l.min, l.max = max(l.min, i), min(l.max, i)
		case ">=":
			l.min = max(l.min, i)
		case ">":
			l.min = max(l.min, i+1)
		case "<=":
			l.max = min(l.max, i)
		case "<":
			l.max = min(l.max, i-1)
		default:
			return errLength
		}
	}
	if l.text == "" || l.min > l.max {
		return errors.New("nothing has such a length")
	}
	return nil
}

// DescribeType tells how a length is written.
func (*length) DescribeType() (string, map[string]any) {
	return "a length: 32, >=32, or >=8 <=72", map[string]any{"type": []any{"string", "integer"}}
}

func (l length) holds(n int) bool { return l.min <= n && n <= l.max }

var operatorSpace = strings.NewReplacer("> ", ">", "< ", "<", "= ", "=")
