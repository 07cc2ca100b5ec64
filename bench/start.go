package main

import (
	"os"
	"time"
)

// start measures the least that a call of wpctl takes.
func (b *bench) start() error {
	m, err := b.turns(4*b.n, program{args: []string{b.wpctl, "version"}}, program{args: []string{b.floor("empty")}})
	if err != nil {
		return err
	}
	b.add("wpctl version", m[0], &m[1], bound{plus: 15 * time.Millisecond})
	return nil
}

// size looks at the program's file.
func (b *bench) size() error {
	info, err := os.Stat(b.wpctl)
	if err != nil {
		return err
	}
	b.addFigure("size of the program", "B", float64(info.Size()), 60e6)
	return nil
}
