package app

import (
	"bytes"
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// Format writes the blocks of plans as all plans write them; without args of all plans of the workspace. Where dry says
// so, it only works out the change. What is returned are the files that it changes. With an error, those are the ones
// that were written before it.
func (a *App) Format(ctx context.Context, args []string, dry bool) ([]Edited, Seen, error) {
	files, seen, err := a.Look(ctx, args)
	if err != nil {
		return nil, seen, err
	}
	all := make([]Edited, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, f := range files {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				all[i], err = a.format(ctx, f, dry)
			}
			return err
		})
	}
	err = g.Wait()
	var out []Edited
	for _, e := range all {
		if e.Written || err == nil && !bytes.Equal(e.Old, e.New) {
			out = append(out, e)
		}
	}
	return out, seen, err
}

func (a *App) format(ctx context.Context, path string, dry bool) (Edited, error) {
	out := Edited{Name: a.relative(path)}
	src, err := a.Files.Read(path)
	if err != nil {
		return out, err
	}
	words := a.words(path)
	out.Old, out.New = src, words.Reformat(out.Name, src)
	if dry || bytes.Equal(out.Old, out.New) {
		return out, nil
	}
	out.Written, err = a.Files.Update(ctx, path, func(src []byte) ([]byte, error) {
		out.Old, out.New = src, words.Reformat(out.Name, src)
		return out.New, nil
	})
	return out, err
}
