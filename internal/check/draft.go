package check

import "errors"

// Draft is a step that expects what is there today. It holds stable facts only: what stays as it is while nobody
// changes anything, so no times, ages, generated names, counters and addresses that are handed out, and no secret.
type Draft struct {
	Fields []Field  // of the kind's value
	Assert []string // in CEL, about self
	Notes  []string // what was seen and is not expected, and why; one line each

	Instead bool // Fields say what the target means, so that it is not written as it was given
}

// Field is a field of a kind's value. The value is what JSON has for it: a text, a whole number, a bool, a list or a mapping
// of these.
type Field struct {
	Key   string
	Value any
}

// Add adds a field.
func (d *Draft) Add(key string, value any) { d.Fields = append(d.Fields, Field{key, value}) }

// Unfit is the error of a draft where something was seen that no step should expect, such as a server's fault.
type Unfit struct{ Saw string }

func (u *Unfit) Error() string { return u.Saw }

// IsUnfit tells whether err says that something was seen, and that no step should expect it.
func IsUnfit(err error) bool {
	var u *Unfit
	return errors.As(err, &u)
}

// BadTarget is the error of a draft whose target, or what was given with it, can mean nothing wherever one looks.
type BadTarget struct{ Reason string }

func (b *BadTarget) Error() string { return b.Reason }
