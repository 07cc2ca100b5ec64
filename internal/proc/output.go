package proc

import (
	"bytes"
	"fmt"
	"io"
)

// Output is what a program wrote into one stream: all of it, or its beginning and its end.
type Output struct {
	Text    string
	Dropped int64 // bytes that were left out of the middle
}

// capture keeps the beginning and the end of what is read.
type capture struct {
	half  int // how much of either
	head  []byte
	tail  []byte // a ring once it is full
	next  int    // where the ring goes on
	total int64
	ended bool
}

const (
	firstRead = 512
	maxRead   = 64 << 10
)

// readFrom reads until the end or an error. Its buffer is small until there is much to read.
func (c *capture) readFrom(r io.Reader) {
	buf := make([]byte, firstRead)
	for {
		n, err := r.Read(buf)
		c.write(buf[:n])
		if err != nil {
			return
		}
		if n == len(buf) && n < maxRead {
			buf = make([]byte, maxRead)
		}
	}
}

func (c *capture) write(p []byte) {
	c.total += int64(len(p))
	n := min(len(p), c.half-len(c.head))
	c.head, p = append(c.head, p[:n]...), p[n:]
	if len(p) >= c.half {
		c.tail, c.next = append(c.tail[:0], p[len(p)-c.half:]...), 0
		return
	}
	n = min(len(p), c.half-len(c.tail))
	c.tail, p = append(c.tail, p[:n]...), p[n:]
	for len(p) > 0 {
		n = copy(c.tail[c.next:], p)
		c.next, p = (c.next+n)%len(c.tail), p[n:]
	}
}

// maxEdge is how much of a line without an end is left out as well: as much as a secret may be long.
const maxEdge = 8 << 10

// output joins what was kept. Where something is left out, so are the lines that it begins or ends in, or what is next
// to it in a line that is longer than that: half a line could hold half a secret, which nobody would recognise.
func (c *capture) output() Output {
	tail := append(c.tail[c.next:len(c.tail):len(c.tail)], c.tail[:c.next]...)
	if c.total <= int64(len(c.head)+len(tail)) {
		return Output{Text: string(append(c.head, tail...))}
	}
	head := c.head
	if i := bytes.LastIndexByte(head, '\n'); i >= 0 {
		head = head[:i+1]
	} else {
		head = head[:len(head)-min(len(head)/8, maxEdge)]
	}
	if i := bytes.IndexByte(tail, '\n'); i >= 0 {
		tail = tail[i+1:]
	} else {
		tail = tail[min(len(tail)/8, maxEdge):]
	}
	dropped := c.total - int64(len(head)+len(tail))
	return Output{Text: fmt.Sprintf("%s[… %d bytes left out …]\n%s", head, dropped, tail), Dropped: dropped}
}
