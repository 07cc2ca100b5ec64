package workspace

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"

	"github.com/fxamacker/cbor/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// An index file is a head, and for each text that was seen: its SHA-256, the length of its summary and the summary in
// CBOR (none: no workplan). Behind them stands their CRC-32.
const (
	indexHead   = "wpctl index 1\n"
	indexMax    = 1 << 30 // bytes; what is larger is not ours
	indexEntry  = 1 << 10 // bytes that an entry has, about
	indexUnused = 1000    // summaries of texts that are no more are kept up to so many beside as many as are in use
)

// index is summaries by what files hold.
type index struct {
	path string
	key  [sha256.Size]byte
	was  map[[sha256.Size]byte][]byte // as the file has them

	mu   sync.Mutex
	used map[[sha256.Size]byte]bool
	add  map[[sha256.Size]byte][]byte
}

// openIndex reads an index. One that is not there, not whole, or of another key is an empty one.
func openIndex(path, key string) *index {
	ix := &index{
		path: path, key: sha256.Sum256([]byte(key)), was: map[[sha256.Size]byte][]byte{},
		used: map[[sha256.Size]byte]bool{}, add: map[[sha256.Size]byte][]byte{},
	}
	if path == "" {
		return ix
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() > indexMax {
		return ix
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return ix
	}
	if entries, ok := ix.entries(src); ok {
		ix.was, ix.used = entries, make(map[[sha256.Size]byte]bool, len(entries))
	}
	return ix
}

func (ix *index) entries(src []byte) (map[[sha256.Size]byte][]byte, bool) {
	head := append([]byte(indexHead), ix.key[:]...)
	if len(src) < len(head)+crc32.Size || !bytes.HasPrefix(src, head) {
		return nil, false
	}
	body, sum := src[:len(src)-crc32.Size], src[len(src)-crc32.Size:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(sum) {
		return nil, false
	}
	out := make(map[[sha256.Size]byte][]byte, len(body)/indexEntry)
	for body = body[len(head):]; len(body) > 0; {
		if len(body) < sha256.Size+4 {
			return nil, false
		}
		key := [sha256.Size]byte(body)
		n := int(binary.LittleEndian.Uint32(body[sha256.Size:]))
		body = body[sha256.Size+4:]
		if n > len(body) {
			return nil, false
		}
		out[key], body = body[:n:n], body[n:]
	}
	return out, true
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// get fills s from the index; ours tells whether the text is a workplan.
func (ix *index) get(sum [sha256.Size]byte, s *Summary) (ours, ok bool) {
	blob, ok := ix.was[sum]
	if !ok || len(blob) > 0 && cbor.Unmarshal(blob, s) != nil {
		*s = Summary{}
		return false, false
	}
	ix.mu.Lock()
	ix.used[sum] = true
	ix.mu.Unlock()
	return len(blob) > 0, true
}

// put takes in the summary of a text; nil is one that is no workplan.
func (ix *index) put(sum [sha256.Size]byte, s *Summary) {
	var blob []byte
	if s != nil {
		var err error
		if blob, err = cbor.Marshal(s); err != nil {
			return // it is parsed again next time
		}
	}
	ix.mu.Lock()
	ix.add[sum] = blob
	ix.mu.Unlock()
}

// save writes the index where it changed: aside, and then in one step into its place. Of two processes the later one's
// stays, and what the other found out is found out again.
func (ix *index) save() error {
	unused := len(ix.was) - len(ix.used)
	drop := unused > len(ix.used)+len(ix.add)+indexUnused
	if ix.path == "" || len(ix.add) == 0 && !drop {
		return nil
	}
	size := len(indexHead) + len(ix.key) + crc32.Size
	for _, entries := range []map[[sha256.Size]byte][]byte{ix.was, ix.add} {
		for _, blob := range entries {
			size += sha256.Size + 4 + len(blob)
		}
	}
	out := append(make([]byte, 0, size), indexHead...)
	out = append(out, ix.key[:]...)
	put := func(sum [sha256.Size]byte, blob []byte) {
		out = append(out, sum[:]...)
		out = binary.LittleEndian.AppendUint32(out, uint32(len(blob)))
		out = append(out, blob...)
	}
	for sum, blob := range ix.was {
		if _, again := ix.add[sum]; !again && (ix.used[sum] || !drop) {
			put(sum, blob)
		}
	}
	for sum, blob := range ix.add {
		put(sum, blob)
	}
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, castagnoli))
	if len(out) > indexMax {
		return nil
	}
	dir := filepath.Dir(ix.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return disk.Put(ix.path, out, disk.Own{Perm: 0o600})
}
