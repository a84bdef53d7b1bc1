package org

import (
	"context"
	"testing"
	"time"
)

// A world is an org with a clock that a test moves.
type world struct {
	t   *testing.T
	org *Org
	now time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, now: time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)}
	w.open("")
	return w
}

func (w *world) open(path string) {
	w.t.Helper()
	o, err := Open(context.Background(), Options{Path: path, Now: func() time.Time { return w.now }, Seed: 7})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = o.Close() })
	w.org = o
}

func TestOpen(t *testing.T) {
	w := newWorld(t)
	t.Log(w.org.ID(), w.org.User())
	for _, o := range w.org.Objects() {
		t.Log(o.Name, o.KeyPrefix, len(o.Fields), len(o.Children))
	}
}
