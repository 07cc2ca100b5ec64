package disk

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const benchSize = 20 << 10 // a plan of thirty tasks

// BenchmarkUpdate changes a status in a file among a hundred others.
func BenchmarkUpdate(b *testing.B) {
	dir := b.TempDir()
	for i := range 100 {
		write(b, dir, "plan"+strconv.Itoa(i)+".md", "x")
	}
	path := write(b, dir, "plan.md", strings.Repeat("a line of text\n", benchSize/15)+"0")
	i := 0
	for b.Loop() {
		i++
		if _, err := (Files{}).Update(b.Context(), path, func(src []byte) ([]byte, error) {
			src[len(src)-1] = byte('0' + i%10)
			return src, nil
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is the least that a safe write costs: write, sync, rename, and sync the folder.
func BenchmarkFloor(b *testing.B) {
	dir := b.TempDir()
	path := write(b, dir, "plan.md", strings.Repeat("a line of text\n", benchSize/15))
	text := []byte(read(b, path))
	for b.Loop() {
		aside := filepath.Join(dir, "aside")
		f, err := os.Create(aside)
		if err != nil {
			b.Fatal(err)
		}
		f.Write(text)
		f.Sync()
		f.Close()
		os.Rename(aside, path)
		syncDir(dir)
	}
}

// BenchmarkNothingToDo is an update that changes nothing.
func BenchmarkNothingToDo(b *testing.B) {
	path := write(b, b.TempDir(), "plan.md", strings.Repeat("a line of text\n", benchSize/15))
	for b.Loop() {
		if _, err := (Files{}).Update(b.Context(), path, func(src []byte) ([]byte, error) { return src, nil }); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut writes records into a folder that holds few and many: it costs the same.
func BenchmarkPut(b *testing.B) {
	for _, n := range []int{10, 10000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			for i := range n {
				write(b, dir, "record"+strconv.Itoa(i)+".json", "{}")
			}
			for b.Loop() {
				if err := Put(filepath.Join(dir, "record.json"), []byte("{}"), Own{Perm: 0o600}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
