package reconcile

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/record"
)

// nodes is a table that points at itself.
func nodes() *record.Schema {
	return &record.Schema{Table: "nodes", Unique: true, Key: []int{0}, Fields: []record.Field{
		{Name: "id", Type: record.Type{Kind: record.KindText}},
		{Name: "qty", Type: record.Type{Kind: record.KindInt}},
		{Name: "parent", Type: record.Type{Kind: record.KindText}, Nullable: true},
	}}
}

// node is a row; "" is no parent.
func node(id string, qty int64, parent string) record.Row {
	if parent == "" {
		return seat(id, qty, record.Null())
	}
	return seat(id, qty, record.Text(parent))
}

// family is a target that keeps the foreign key of nodes row by row, takes no
// row whose id begins with "bad", and never stops in the middle of a Write.
type family struct{ *target }

func (f family) Write(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	if f.before != nil {
		if err := f.before(ctx, c); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	answers, known := f.noted[c.Note]
	f.mu.Unlock()
	if !known {
		var err error
		if answers, err = f.rowByRow(context.WithoutCancel(ctx), c); err != nil {
			return nil, err
		}
	}
	if f.lose != nil {
		return answers, f.lose(c)
	}
	return answers, nil
}

func (f family) rowByRow(ctx context.Context, c *connectors.Changes) ([]connectors.Answer, error) {
	var answers []connectors.Answer
	for i := range c.Rows.Len() {
		row := c.Rows.Row(i)
		if parent := row[2]; c.Ops[i] != connectors.Delete && !parent.IsNull() && !f.has(ctx, parent) {
			answers = append(answers, connectors.Answer{Outcome: connectors.Rejected, Reason: "the parent is not there"})
			continue
		}
		if strings.HasPrefix(row[0].AsText(), "bad") {
			answers = append(answers, connectors.Answer{Outcome: connectors.Rejected, Reason: "bad"})
			continue
		}
		one := record.Batch{}
		one.Reset(c.Rows.Schema)
		copy(one.Add(), row)
		answer, err := f.DB.Write(ctx, &connectors.Changes{Rows: &one, Ops: c.Ops[i : i+1], Before: c.Before[i : i+1], Compared: c.Compared})
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer...)
	}
	if c.Note != "" {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.noted[c.Note] = answers
	}
	return answers, nil
}

func (f family) has(ctx context.Context, key record.Value) bool {
	r, err := f.Lookup(ctx, "nodes", nil, []record.Row{{key}})
	if err != nil {
		return false
	}
	defer r.Close()
	var b record.Batch
	return r.Read(ctx, &b) == nil
}

func nodeSection() Section {
	s := section(nodes(), false)
	s.SelfRefs = []int{2}
	return s
}

func TestChildrenMayComeBeforeTheirParents(t *testing.T) {
	for name, all := range map[string][]record.Row{
		"child first":        {node("a", 1, "b"), node("b", 2, "")},
		"a chain, deep down": {node("a", 1, "b"), node("b", 2, "c"), node("c", 3, "d"), node("d", 4, "e"), node("e", 5, "")},
		"a cycle of two":     {node("a", 1, "b"), node("b", 2, "a")},
		"its own parent":     {node("a", 1, "a")},
		"parent first":       {node("a", 1, ""), node("b", 2, "a")},
	} {
		for chunk := 1; chunk <= 3; chunk++ {
			t.Run(fmt.Sprintf("%s, chunks of %d", name, chunk), func(t *testing.T) {
				plan, want := list{{Section: nodeSection()}}, map[string]string{}
				for _, row := range all {
					plan[0].Changes = append(plan[0].Changes, create(row))
					want[row[0].AsText()] = show(row[1:])
				}
				f := family{newTarget(t, nodes())}
				wrote := 0
				answers, err := applyAll(t.Context(), f, plan, ApplyOptions{Chunk: chunk, TempDir: t.TempDir(), Wrote: func(n int) { wrote += n }})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, content(t, f, "nodes")); diff != "" {
					t.Error(diff)
				}
				n := int64(len(all))
				if diff := cmp.Diff(map[string]Answers{AnswerKey("nodes", "first.yaml"): {Created: n}}, answers); diff != "" || int64(wrote) != n {
					t.Errorf("%d rows reported as written; %s", wrote, diff)
				}
				again, err := applyAll(t.Context(), f, plan, ApplyOptions{Chunk: chunk})
				if err != nil || again[AnswerKey("nodes", "first.yaml")] != (Answers{Unchanged: n}) {
					t.Errorf("a second time: %v, %v", again, err)
				}
			})
		}
	}
}

func TestAChangeThatIsPassedOnStaysAsItIs(t *testing.T) {
	c := create(node("a", 1, "b"))
	a := NewApplier(newTarget(t, nodes()), ApplyOptions{})
	if err := a.Section(t.Context(), nodeSection()); err != nil {
		t.Fatal(err)
	}
	if err := a.Change(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if show(c.Row) != show(node("a", 1, "b")) {
		t.Errorf("the row of the caller is %s now", show(c.Row))
	}
	// A caller may use one Change again and again.
	c.Row = node("c", 2, "")
	if err := a.Change(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	if answers, err := a.Finish(t.Context()); err != nil || answers[AnswerKey("nodes", "first.yaml")].Created != 2 {
		t.Errorf("%v, %v", answers, err)
	}
}

// genealogy is a random plan for nodes, what is there, and what must become
// of it.
type genealogy struct {
	plan  list
	there []record.Row
	want  map[string]string
	total Answers
}

func drawGenealogy(t *rapid.T) genealogy {
	g := genealogy{plan: list{{Section: nodeSection()}}, want: map[string]string{}}
	var ids []string
	for i := range rapid.IntRange(1, 12).Draw(t, "nodes") {
		ids = append(ids, rapid.SampledFrom([]string{"old", "new", "new", "bad"}).Draw(t, "kind")+fmt.Sprint(i))
	}
	for i, id := range ids {
		parent := rapid.OneOf(rapid.Just(""), rapid.SampledFrom(ids)).Draw(t, "parent")
		row, orphan := node(id, int64(i), parent), strings.HasPrefix(parent, "bad")
		switch {
		case strings.HasPrefix(id, "old"):
			was := node(id, 99, "")
			g.there = append(g.there, was)
			g.plan[0].Changes = append(g.plan[0].Changes, change(was, row, []int{1, 2}))
			g.want[id] = show(row[1:])
			if orphan {
				g.want[id] = show(was[1:])
				g.total.Rejected++
			} else {
				g.total.Updated++
			}
			continue
		case strings.HasPrefix(id, "bad"):
			g.total.Rejected++
		case orphan:
			g.want[id] = show(node(id, int64(i), "")[1:])
			g.total.Rejected++
		default:
			g.want[id] = show(row[1:])
			g.total.Created++
		}
		g.plan[0].Changes = append(g.plan[0].Changes, create(row))
	}
	shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	shuffle.Shuffle(len(ids), func(i, j int) {
		all := g.plan[0].Changes
		all[i], all[j] = all[j], all[i]
	})
	return g
}

func (g genealogy) target(t rapid.TB) family {
	f := family{newTarget(t, nodes(), g.there...)}
	return f
}

func (g genealogy) check(t *rapid.T, f family, answers map[string]Answers) {
	t.Helper()
	if diff := cmp.Diff(g.want, content(t, f, "nodes")); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(g.total, answers[AnswerKey("nodes", "first.yaml")]); diff != "" {
		t.Fatal(diff)
	}
}

func TestAnyOrderOfAnyFamilyEndsTheSame(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGenealogy(t)
		f := g.target(t)
		answers, err := applyAll(context.Background(), f, g.plan, ApplyOptions{
			Chunk: rapid.IntRange(1, 5).Draw(t, "chunk"), Workers: rapid.IntRange(1, 2).Draw(t, "workers"), TempDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		g.check(t, f, answers)
	})
}

// The power goes after every chunk in turn; what follows is as if it had not.
func TestAnApplyResumesAtAnyChunk(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGenealogy(t)
		o := ApplyOptions{Chunk: rapid.IntRange(1, 4).Draw(t, "chunk"), Workers: rapid.IntRange(1, 2).Draw(t, "workers"), TempDir: dir}
		for stop := 1; ; stop++ {
			f := g.target(t)
			marks := checkpoints{stop: stop}
			o.Checkpoint, o.Done = marks.set, nil
			answers, err := applyAll(context.Background(), f, g.plan, o)
			if err == nil {
				g.check(t, f, answers)
				return
			}
			if !errors.Is(err, errPower) {
				t.Fatal(err)
			}
			marks.stop = 0
			o.Done = marks.done
			if answers, err = applyAll(context.Background(), f, g.plan, o); err != nil {
				t.Fatal(err)
			}
			g.check(t, f, answers)
		}
	})
}

// If the power goes after the write and before its checkpoint, the rows count
// as unchanged; every row still counts once, and the state is the same.
func TestAnApplyResumesWithoutItsLastCheckpoint(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		g := drawGenealogy(t)
		o := ApplyOptions{Chunk: rapid.IntRange(1, 4).Draw(t, "chunk"), TempDir: dir}
		for stop := 0; ; stop++ {
			f := g.target(t)
			marks := checkpoints{}
			o.Done = nil
			o.Checkpoint = func(ctx context.Context, chunk int, answers map[string]Answers) error {
				if len(marks.answers) == stop {
					return errPower
				}
				return marks.set(ctx, chunk, answers)
			}
			if _, err := applyAll(context.Background(), f, g.plan, o); err == nil {
				return
			}
			o.Done, o.Checkpoint = marks.done, marks.set
			answers, err := applyAll(context.Background(), f, g.plan, o)
			if err != nil {
				t.Fatal(err)
			}
			total := answers[AnswerKey("nodes", "first.yaml")]
			if total.rows() != g.total.rows() || total.Rejected != g.total.Rejected || total.Stale != 0 {
				t.Fatalf("stopped at chunk %d: got %+v, want %+v", stop, total, g.total)
			}
			if diff := cmp.Diff(g.want, content(t, f, "nodes")); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestAChunkOfWaitingRowsStillNamesItsSection(t *testing.T) {
	marks := checkpoints{}
	plan := list{{Section: nodeSection(), Changes: []Change{create(node("a", 1, "a"))}}}
	if _, err := applyAll(t.Context(), newTarget(t, nodes()), plan, ApplyOptions{Checkpoint: marks.set}); err != nil {
		t.Fatal(err)
	}
	key := AnswerKey("nodes", "first.yaml")
	if diff := cmp.Diff(map[int]map[string]Answers{0: {key: {}}, 1: {key: {Created: 1}}}, marks.answers); diff != "" {
		t.Error(diff)
	}
}

func TestAWaitingRowThatMovedIsStaleAndNamedAsACreate(t *testing.T) {
	var refused []string
	g := newTarget(t, nodes(), node("a", 7, ""))
	plan := list{{Section: nodeSection(), Changes: []Change{create(node("a", 1, "a"))}}}
	answers, err := applyAll(t.Context(), g, plan, ApplyOptions{Refused: func(_ Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error {
		refused = append(refused, fmt.Sprint(op, " ", key[0], " ", answer.Outcome, " ", origin))
		return nil
	}})
	if err != nil || answers[AnswerKey("nodes", "first.yaml")] != (Answers{Stale: 1}) || !slices.Equal(refused, []string{"create a stale first.yaml"}) {
		t.Errorf("%v, %v, %v", answers, refused, err)
	}
}
