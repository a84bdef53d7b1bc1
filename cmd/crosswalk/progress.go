package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"crosswalk/pipeline"
	"crosswalk/reconcile"
)

// progress shows how a run comes along: a moving line on a terminal, a plain
// line now and then elsewhere, nothing with --quiet or --json.
func (a *app) progress() pipeline.Progress {
	switch {
	case a.shown != nil:
	case a.quiet || a.json:
		a.shown = silent{}
	case a.terminal:
		a.shown = &bar{out: a.stderr}
	default:
		a.shown = &lines{out: a.stderr, now: a.now}
	}
	return a.shown
}

// endProgress finishes the display before something else is printed.
func (a *app) endProgress() {
	if e, ok := a.shown.(interface{ end() }); ok {
		e.end()
	}
}

type silent struct{}

func (silent) Stage(string, int64) {}
func (silent) Rows(int)            {}

// bar is the display on a terminal.
type bar struct {
	mu   sync.Mutex
	out  io.Writer
	line *progressbar.ProgressBar
}

func (b *bar) Stage(name string, rows int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
	if rows <= 0 {
		rows = -1 // a spinner: nobody knows how long this takes
	}
	b.line = progressbar.NewOptions64(rows, progressbar.OptionSetWriter(b.out), progressbar.OptionSetDescription(name),
		progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSpinnerType(14),
		progressbar.OptionSetSpinnerChangeInterval(0), // nothing is drawn behind our back, over what is printed next
		progressbar.OptionSetElapsedTime(true))
}

func (b *bar) Rows(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.line != nil {
		_ = b.line.Add(n) // a terminal that cannot be written to is no reason to stop
	}
}

func (b *bar) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clear()
}

func (b *bar) clear() {
	if b.line != nil {
		_ = b.line.Clear()
		_ = b.line.Exit()
		b.line = nil
	}
}

// lines is the display in a pipe or a log: one line at the end of each stage,
// and one every ten seconds of a long one. There are no control codes.
type lines struct {
	mu      sync.Mutex
	out     io.Writer
	now     func() time.Time
	stage   string
	rows    int64
	total   int64 // rows to expect; 0 if unknown
	started time.Time
	last    time.Time
}

const lineEvery = 10 * time.Second

func (l *lines) Stage(name string, rows int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print()
	l.stage, l.rows, l.total, l.started = name, 0, rows, l.now()
	l.last = l.started
}

func (l *lines) Rows(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rows += int64(n)
	if now := l.now(); now.Sub(l.last) >= lineEvery {
		l.last = now
		l.print()
	}
}

func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.print()
	l.stage = ""
}

func (l *lines) print() {
	if l.stage == "" || l.rows == 0 {
		return
	}
	elapsed := l.now().Sub(l.started)
	rate := float64(l.rows) / max(elapsed.Seconds(), 0.001)
	left := ""
	if l.total > l.rows {
		left = fmt.Sprintf(", about %s left", (time.Duration(float64(l.total-l.rows)/rate) * time.Second).Round(time.Second))
	}
	fmt.Fprintf(l.out, "%s: %s rows in %s (%s rows/s%s)\n", l.stage, reconcile.Thousands(l.rows), elapsed.Round(100*time.Millisecond), reconcile.Thousands(int64(rate)), left)
}
