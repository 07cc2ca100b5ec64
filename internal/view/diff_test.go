package view

import (
	"bytes"
	"testing"
)

const (
	before = "id: T04\r\nstatus: todo  \r\ntitle:\tDatabase\n::error::x\nlast"
	after  = "id: T04\r\nstatus: done  \r\ntitle:\tDatabase\n::error::x\n\x1b[31mnew\u202e\nlast"
)

func TestDiff(t *testing.T) {
	for name, o := range map[string]Options{"plain": {}, "color": {Color: true}, "github": {GitHub: true}} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Diff(&b, "workplans/\x1bshop.md", before, after, o); err != nil {
				t.Fatal(err)
			}
			golden(t, "diff."+name+".txt", b.String())
		})
	}
}

func TestDiffOfTheSame(t *testing.T) {
	var b bytes.Buffer
	if err := Diff(&b, "a", before, before, Options{}); err != nil || b.Len() > 0 {
		t.Errorf("%v, %q", err, b.String())
	}
}
