package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"
)

// Row is one line of the table. Got, Floor and Bound are in Unit: "s", "requests", "B", or "B a plan".
type Row struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit"`
	Got   float64  `json:"got"`
	Floor *float64 `json:"floor"` // nil where there is none
	Bound *float64 `json:"bound"` // nil where nothing is promised
	Rule  string   `json:"rule"`  // how the bound is made
	Over  bool     `json:"over"`
	Took  *Measure `json:"took"`      // where Got is the wall time of a process, all of it
	Least *Measure `json:"tookFloor"` // the floor's
}

// bound is what a figure may be: so many times the floor, and something added.
type bound struct {
	times float64
	plus  time.Duration
}

func (r bound) String() string {
	var parts []string
	if r.times > 0 {
		parts = append(parts, fmt.Sprintf("%g × floor", r.times))
	}
	if r.plus > 0 {
		parts = append(parts, amount("s", r.plus.Seconds()))
	}
	return strings.Join(parts, " + ")
}

// add puts a process beside its floor into the table. Nothing is promised where the bound is zero.
func (b *bench) add(name string, got Measure, floor *Measure, limit bound) {
	r := Row{Name: name, Unit: "s", Got: got.Wall.Seconds(), Took: &got, Least: floor}
	if floor != nil {
		r.Floor = new(floor.Wall.Seconds())
	}
	if limit != (bound{}) {
		most := limit.plus.Seconds()
		if floor != nil {
			most += limit.times * floor.Wall.Seconds()
		}
		r.Bound, r.Rule = &most, limit.String()
	}
	b.put(r)
}

// addFigure puts a figure that is no process's wall time into the table. Nothing is promised where most is 0.
func (b *bench) addFigure(name, unit string, got, most float64) {
	r := Row{Name: name, Unit: unit, Got: got}
	if most > 0 {
		r.Bound, r.Rule = &most, amount(unit, most)
	}
	b.put(r)
}

func (b *bench) put(r Row) {
	r.Over = r.Bound != nil && r.Got > *r.Bound
	b.rows = append(b.rows, r)
}

// report is the JSON output.
type report struct {
	Version    int    `json:"version"`
	Kind       string `json:"kind"`
	Date       string `json:"date"`
	Go         string `json:"go"`
	Platform   string `json:"platform"`
	Processors int    `json:"processors"`
	Load       string `json:"load"` // of the last minute, five and fifteen; what else ran spoils walls, less so ratios
	Rows       []Row  `json:"rows"`
}

func show(w io.Writer, rows []Row, output string) error {
	rep := report{
		Version: 1, Kind: "Bench", Date: time.Now().Format(time.DateOnly), Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Processors: runtime.NumCPU(), Load: load(), Rows: rows,
	}
	switch output {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		return enc.Encode(rep)
	case "text":
		fmt.Fprintf(w, "%s, %s, %s, %d processors, load %s\n\n", rep.Date, rep.Go, rep.Platform, rep.Processors, rep.Load)
		return table(w, rows)
	}
	return fmt.Errorf("-o is text or json, not %q", output)
}

// load is what /proc says of the machine; nothing where it says nothing.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	return strings.Join(strings.Fields(string(text))[:min(3, len(strings.Fields(string(text))))], " ")
}

func table(w io.Writer, rows []Row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\twpctl\tfloor\tratio\tbound\t\tCPU\tfloor\tmax RSS\tfloor\t ")
	for _, r := range rows {
		cells := []string{r.Name, amount(r.Unit, r.Got), "", "", "", "", "", "", "", "", " "}
		if r.Floor != nil {
			cells[2], cells[3] = amount(r.Unit, *r.Floor), fmt.Sprintf("%.2f", r.Got/(*r.Floor))
		}
		if r.Bound != nil {
			cells[4], cells[5] = amount(r.Unit, *r.Bound), "ok"
			if r.Over {
				cells[5] = "OVER"
			}
		}
		for i, m := range []*Measure{r.Took, r.Least} {
			if m != nil {
				cells[6+i], cells[8+i] = amount("s", m.CPU.Seconds()), amount("B", float64(m.RSS))
			}
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	return t.Flush()
}

// amount writes a figure as people read it.
func amount(unit string, v float64) string {
	switch {
	case unit == "s" && v < 0.001:
		return fmt.Sprintf("%.0f µs", v*1e6)
	case unit == "s" && v < 0.1:
		return fmt.Sprintf("%.1f ms", v*1e3)
	case unit == "s":
		return fmt.Sprintf("%.2f s", v)
	case unit == "B":
		return fmt.Sprintf("%.1f MiB", v/(1<<20))
	case v == float64(int(v)):
		return fmt.Sprintf("%.0f %s", v, unit)
	}
	return fmt.Sprintf("%.1f %s", v, unit)
}
