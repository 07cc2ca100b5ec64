// Package text knows bytes, lines and edits.
// It knows nothing of markdown or YAML, and it never reads or writes a file.
package text

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Len returns the number of bytes in s.
func (s Span) Len() int { return s.End - s.Start }

// IsZero tells whether s is the zero span, which stands for "nowhere".
func (s Span) IsZero() bool { return s == Span{} }

// Contains tells whether offset lies in s.
func (s Span) Contains(offset int) bool { return s.Start <= offset && offset < s.End }

// Pos is a place in a file as people name it.
// Line and Col count from 1, and Col counts bytes.
type Pos struct {
	File string `json:"file" doc:"the file, as one would write it here"`
	Line int    `json:"line" doc:"from 1; 0 stands for the whole file"`
	Col  int    `json:"col" doc:"in bytes, from 1"`
}

// String returns "file:line:col"; a Pos without a line is just its file.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// File is a named text with an index of its lines.
// It is safe for use by several goroutines, and its bytes must not be changed.
// The zero File is an empty one without a name.
type File struct {
	Name  string
	Src   []byte
	lines []int // the offset of each line's first byte
}

// NewFile indexes the lines of src, which end at LF. An empty src is one empty line.
func NewFile(name string, src []byte) *File {
	lines := make([]int, 1, bytes.Count(src, []byte("\n"))+1)
	for at := 0; len(lines) < cap(lines); lines = append(lines, at) {
		at += bytes.IndexByte(src[at:], '\n') + 1
	}
	return &File{Name: name, Src: src, lines: lines}
}

// Pos returns the place of a byte offset; an offset beyond the end is the end.
func (f *File) Pos(offset int) Pos {
	offset = min(max(offset, 0), len(f.Src))
	line, begins := slices.BinarySearch(f.lines, offset)
	if begins {
		line++
	}
	line = max(line, 1)
	return Pos{File: f.Name, Line: line, Col: offset - f.LineSpan(line).Start + 1}
}

// Line returns the text of a line, counted from 1, without its line ending, which is LF or CRLF.
// A line that does not exist is empty.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	s := f.LineSpan(n)
	line, ended := strings.CutSuffix(string(f.Src[s.Start:s.End]), "\n")
	if ended {
		line = strings.TrimSuffix(line, "\r")
	}
	return line
}

// LineSpan returns the bytes of a line, counted from 1, its line ending included.
// A line that does not exist is the empty span at the end.
func (f *File) LineSpan(n int) Span {
	if n < 1 || n > len(f.lines) {
		return Span{len(f.Src), len(f.Src)}
	}
	end := len(f.Src)
	if n < len(f.lines) {
		end = f.lines[n]
	}
	return Span{f.lines[n-1], end}
}

// Lines returns the number of lines; the empty rest after a last LF counts as one.
func (f *File) Lines() int { return max(len(f.lines), 1) }

// Edit replaces the bytes of its span by New.
type Edit struct {
	Span
	New string
}

// Apply returns src with all edits made; src itself is not changed.
// The order of the edits does not matter, save that insertions at one place keep theirs.
// An edit out of bounds, or two that overlap, are an error, and no bytes come back.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var out bytes.Buffer
	at := 0
	for _, e := range sorted {
		if e.Start < 0 || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edit %d-%d: out of bounds of %d bytes", e.Start, e.End, len(src))
		}
		if e.Start < at {
			return nil, fmt.Errorf("edit %d-%d: overlaps the edit before it, which ends at %d", e.Start, e.End, at)
		}
		out.Write(src[at:e.Start])
		out.WriteString(e.New)
		at = e.End
	}
	out.Write(src[at:])
	return out.Bytes(), nil
}
