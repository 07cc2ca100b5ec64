package workplan

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// within returns the offset in raw of the byte at offset of the text of scalar n.
// It is exact for plain and quoted scalars on one line and for block scalars,
// and tells the right line for scalars that are folded.
func (b *block) within(n *yaml.Node, offset int) int {
	offset = min(max(offset, 0), len(n.Value))
	at := b.start(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		return at
	case n.Style&yaml.TaggedStyle != 0 || n.Anchor != "" || n.Tag == "!":
		at = b.skipProperties(at)
	}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return b.withinBlock(at, n.Value, offset)
	case n.Style&quoted != 0:
		return b.follow(at+1, n.Value, offset, b.raw[min(at, len(b.raw)-1)])
	}
	return b.follow(at, n.Value, offset, 0)
}

// skipProperties returns the offset of a node's text behind its tag and anchor.
func (b *block) skipProperties(at int) int {
	for at < len(b.raw) && (b.raw[at] == '!' || b.raw[at] == '&') {
		for at < len(b.raw) && b.raw[at] > ' ' {
			at++
		}
		for at < len(b.raw) && b.raw[at] <= ' ' {
			at++
		}
	}
	return at
}

// follow walks along raw and the decoded text of a flow scalar side by side, until offset bytes of the text have gone by.
func (b *block) follow(at int, says string, offset int, quote byte) int {
	for done := 0; done < offset && at < len(b.raw); {
		c := b.raw[at]
		switch {
		case quote == '"' && c == '\\':
			n, s, ok := readEscape(b.raw[at:])
			if !ok {
				return at
			}
			if done+len(s) > offset {
				return at
			}
			done, at = done+len(s), at+n
		case quote == '\'' && c == '\'':
			done, at = done+1, at+2
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			n, breaks := fold(b.raw[at:])
			if breaks == 0 {
				n = min(n, offset-done)
				done, at = done+n, at+n
				continue
			}
			if done += max(1, breaks-1); done > offset {
				return at
			}
			at += n
		default:
			done, at = done+1, at+1
		}
	}
	return min(at, len(b.raw))
}

// fold returns the length of the blanks and line breaks that src begins with, and the number of line breaks.
func fold(src []byte) (n, breaks int) {
	for n < len(src) && (src[n] == ' ' || src[n] == '\t' || src[n] == '\n' || src[n] == '\r') {
		if src[n] == '\n' {
			breaks++
		}
		n++
	}
	return n, breaks
}

// withinBlock is within for scalars that begin with | or >.
func (b *block) withinBlock(at int, says string, offset int) int {
	line := sortedIndex(b.breaks, at) + 1 // the line after the indicator's
	indent := b.blockIndent(at, line)
	for done := 0; line < len(b.breaks); line++ {
		start := b.breaks[line]
		content := start
		for content < len(b.raw) && content-start < indent && b.raw[content] == ' ' {
			content++
		}
		end := content
		for end < len(b.raw) && b.raw[end] != '\n' && b.raw[end] != '\r' {
			end++
		}
		size := end - content
		if !strings.HasPrefix(says[done:], string(b.raw[content:end])) {
			return content
		}
		if offset <= done+size {
			return content + offset - done
		}
		done += size
		if done < len(says) && (says[done] == '\n' || says[done] == ' ') {
			done++
		}
		if done >= len(says) {
			return end
		}
	}
	return len(b.raw)
}

// blockIndent returns the number of spaces in front of the text of a block scalar whose indicator is at,
// and whose text begins with the line of that index.
func (b *block) blockIndent(at, line int) int {
	for i := at; i < len(b.raw) && b.raw[i] > ' '; i++ {
		if c := b.raw[i]; c >= '1' && c <= '9' {
			return b.parentIndent(at) + int(c-'0')
		}
	}
	for ; line < len(b.breaks); line++ {
		rest := b.raw[b.breaks[line]:]
		n := len(rest) - len(bytes.TrimLeft(rest, " "))
		if n < len(rest) && rest[n] != '\n' && rest[n] != '\r' {
			return n
		}
	}
	return 0
}

// parentIndent is the indentation that an explicit indentation indicator counts from:
// that of the line which holds the indicator, with the dashes of list items.
func (b *block) parentIndent(at int) int {
	rest := b.raw[b.breaks[sortedIndex(b.breaks, at)]:]
	n := 0
	for n+1 < len(rest) && (rest[n] == ' ' || rest[n] == '-' && rest[n+1] == ' ') {
		n++
	}
	return n
}

// sortedIndex returns the index of the last of the sorted numbers that is not above n; 0 where all are.
func sortedIndex(sorted []int, n int) int {
	lo, hi := 0, len(sorted)
	for lo < hi {
		if mid := (lo + hi) / 2; sorted[mid] <= n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return max(0, lo-1)
}
