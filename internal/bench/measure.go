package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// usage is what one run of a process took.
type usage struct {
	wall  time.Duration
	cpu   time.Duration // of the process alone
	peak  int64         // bytes of memory
	calls int           // of an API, where that counts them
}

// measure runs a command in dir. Exit codes in fine are no failure.
func measure(ctx context.Context, dir string, fine []int, name string, args ...string) (usage, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	started := time.Now()
	err := cmd.Run()
	u := usage{wall: time.Since(started)}
	if cmd.ProcessState != nil {
		if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
			u.peak = r.Maxrss << 10
			u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		}
		if slices.Contains(fine, cmd.ProcessState.ExitCode()) {
			return u, nil
		}
	}
	if err != nil {
		return u, fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, tail(stderr.String()))
	}
	return u, nil
}

func tail(s string) string {
	s = strings.TrimSpace(s)
	return s[max(0, len(s)-500):]
}

// pair runs two measurements in turn and returns the medians of both.
func pair(runs int, ours, limit func() (usage, error)) (a, b usage, err error) {
	var as, bs []usage
	for range runs {
		for _, side := range []struct {
			run func() (usage, error)
			all *[]usage
		}{{ours, &as}, {limit, &bs}} {
			u, err := side.run()
			if err != nil {
				return a, b, err
			}
			*side.all = append(*side.all, u)
		}
	}
	return median(as), median(bs), nil
}

// median has the median times and the greatest peak.
func median(all []usage) usage {
	slices.SortFunc(all, func(a, b usage) int { return int(a.wall - b.wall) })
	m := all[len(all)/2]
	slices.SortFunc(all, func(a, b usage) int { return int(a.cpu - b.cpu) })
	m.cpu = all[len(all)/2].cpu
	for _, u := range all {
		m.peak = max(m.peak, u.peak)
	}
	return m
}

// table is what bench prints.
type table struct {
	times [][]string
	peaks map[string][]string
	api   [][]string
}

// time adds a line about times. An aim of 0 means that there is none.
func (t *table) time(what string, ours, limit usage, against string, aim float64) {
	if t == nil {
		return
	}
	ratio := ours.wall.Seconds() / limit.wall.Seconds()
	aimed, met := "none", ""
	if aim > 0 {
		aimed, met = fmt.Sprintf("%.2f", aim), verdict(ratio <= aim)
	}
	t.times = append(t.times, []string{what, seconds(ours), seconds(limit), against, fmt.Sprintf("%.2f", ratio), aimed, met})
}

// cpu adds a line about the time of the processors, where a server that runs
// on the same ones would blur the time on the clock.
func (t *table) cpu(what string, ours, limit usage, against string, aim float64) {
	t.time(what+", processor time", usage{wall: ours.cpu}, usage{wall: limit.cpu}, against, aim)
}

// calls adds a line about API calls and the memory of the client.
func (t *table) calls(what string, u usage, aim int) {
	const limit = 256 << 20
	t.api = append(t.api, []string{what, seconds(u), fmt.Sprint(u.calls), fmt.Sprint(aim), mebibytes(u), verdict(u.calls <= aim && u.peak < limit)})
}

func (t *table) memory(what string, few, more usage) {
	const limit = 256 << 20
	growth := float64(more.peak)/float64(few.peak) - 1
	if t.peaks == nil {
		t.peaks = map[string][]string{}
	}
	t.peaks[what] = []string{what, mebibytes(few), mebibytes(more), fmt.Sprintf("%+.0f %%", growth*100),
		fmt.Sprintf("%.2f", more.wall.Seconds()/few.wall.Seconds()), verdict(few.peak < limit && growth <= 0.10)}
}

func (t *table) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	row("TIME", "CROSSWALK", "LIMIT", "THE LIMIT IS", "RATIO", "AIM", "")
	for _, cells := range t.times {
		row(cells...)
	}
	if len(t.peaks) > 0 {
		row()
		row("PEAK MEMORY", "NORMAL DAY", "MANY ROWS", "GROWTH", "TIME RATIO", "")
		for _, name := range slices.Sorted(maps.Keys(t.peaks)) {
			row(t.peaks[name]...)
		}
	}
	if len(t.api) > 0 {
		row()
		row("SALESFORCE", "TIME", "API CALLS", "AIM", "CLIENT'S PEAK", "")
		for _, cells := range t.api {
			row(cells...)
		}
	}
	w.Flush()
}

func seconds(u usage) string   { return fmt.Sprintf("%.2f s", u.wall.Seconds()) }
func mebibytes(u usage) string { return fmt.Sprintf("%d MiB", u.peak>>20) }

func verdict(met bool) string {
	if met {
		return "met"
	}
	return "MISSED"
}
