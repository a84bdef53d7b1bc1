package reconcile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// target is a memory database whose Write can be made to misbehave.
type target struct {
	*memory.DB
	traits connectors.Traits
	before func(ctx context.Context, c *connectors.Changes) error // an error goes instead of the Write
	after  func(c *connectors.Changes, answers []connectors.Answer) []connectors.Answer
	lose   func(c *connectors.Changes) error // an error goes instead of the answers

	mu     sync.Mutex
	writes []string // the keys of each Write that came through
	noted  map[string][]connectors.Answer
}

func newTarget(t rapid.TB, s *record.Schema, list ...record.Row) *target {
	t.Helper()
	db := memory.New(s)
	if err := db.Load(s.Table, list...); err != nil {
		t.Fatal(err)
	}
	return &target{DB: db, traits: db.Traits(), noted: map[string][]connectors.Answer{}}
}

func (g *target) Traits() connectors.Traits { return g.traits }

func (g *target) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	if g.before != nil {
		if err := g.before(ctx, c); err != nil {
			return nil, err
		}
	}
	answers, err := g.DB.Write(ctx, c)
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writes = append(g.writes, keysOf(c))
	if g.after != nil {
		answers = g.after(c, answers)
	}
	if g.lose != nil {
		if err := g.lose(c); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func keysOf(c *connectors.Changes) string {
	keys := make([]string, c.Rows.Len())
	for i := range keys {
		keys[i] = c.Rows.Row(i)[c.Rows.Schema.Key[0]].String()
	}
	return strings.Join(keys, " ")
}

// content returns the rows of a table by their key.
func content(t rapid.TB, db connectors.Source, table string) map[string]string {
	t.Helper()
	r, err := db.Read(context.Background(), connectors.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all := map[string]string{}
	var b record.Batch
	for {
		err := r.Read(context.Background(), &b)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			all[b.Row(i)[0].String()] = show(b.Row(i)[1:])
		}
	}
}

func show(row record.Row) string {
	parts := make([]string, len(row))
	for i, v := range row {
		parts[i] = string(record.AppendJSON(nil, v))
	}
	return strings.Join(parts, " ")
}

// create, change and remove make the changes of a plan.
func create(row record.Row) Change { return Change{Op: connectors.Create, Row: row} }

func change(was, row record.Row, compared []int) Change {
	return Change{Op: connectors.Update, Row: row, Was: was, Before: digestOf(was, compared), Fields: compared}
}

func remove(was record.Row, compared []int) Change {
	return Change{Op: connectors.Delete, Row: was, Was: was, Before: digestOf(was, compared)}
}

func digestOf(row record.Row, compared []int) record.Digest {
	return record.DigestOf(record.AppendFields(nil, row, compared))
}

func section(s *record.Schema, deletes bool) Section {
	return Section{Schema: s, Compared: []int{1, 2}, Origins: []string{"first.yaml", "second.yaml"}, Deletes: deletes}
}

// applyAll passes a plan to a new Applier and finishes or stops it.
func applyAll(ctx context.Context, g connectors.Target, l list, o ApplyOptions) (map[string]Answers, error) {
	a := NewApplier(g, o)
	if err := l.pass(ctx, a); err != nil {
		a.Stop()
		return nil, err
	}
	return a.Finish(ctx)
}

// checkpoints remembers what a ledger would.
type checkpoints struct {
	answers map[int]map[string]Answers
	stop    int // the number of checkpoints after which the power goes; 0 never
}

var errPower = errors.New("the power went")

func (c *checkpoints) set(_ context.Context, chunk int, answers map[string]Answers) error {
	if c.answers == nil {
		c.answers = map[int]map[string]Answers{}
	}
	if _, twice := c.answers[chunk]; twice {
		return fmt.Errorf("chunk %d has two checkpoints", chunk)
	}
	c.answers[chunk] = answers
	if len(c.answers) == c.stop {
		return errPower
	}
	return nil
}

func (c *checkpoints) done(chunk int) (map[string]Answers, bool) {
	answers, ok := c.answers[chunk]
	return answers, ok
}
