package reconcile

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"crosswalk/connectors"
	"crosswalk/record"
)

// holds is the Side of a table that a connector holds, read in n parts.
func holds(s connectors.Source, table string, n int) Side {
	return Side{Unique: true, Open: func(ctx context.Context) ([]record.Reader, error) {
		ranges, err := s.(connectors.Partitioner).Partition(ctx, table, n)
		if err != nil {
			return nil, err
		}
		var readers []record.Reader
		for _, r := range ranges {
			reader, err := s.Read(ctx, connectors.Query{Table: table, Range: r})
			if err != nil {
				closeAll(readers)
				return nil, err
			}
			readers = append(readers, reader)
		}
		return readers, nil
	}}
}

// planOf compares and makes the plan that would remove every difference.
func planOf(t rapid.TB, want, have Side, spec Spec) (list, Tally) {
	t.Helper()
	plan := list{{Section: section(spec.Schema, false)}, {Section: section(spec.Schema, true)}}
	var scratch []byte
	tally, err := Compare(context.Background(), want, have, spec, func(f *Finding) error {
		c, kept, ok := ChangeOf(f, spec.Compared, scratch)
		scratch = kept
		if !ok {
			return fmt.Errorf("no change removes a finding %s", f.Kind.Name())
		}
		at := plan[:1]
		if c.Op == connectors.Delete {
			at = plan[1:]
		}
		return at.Change(context.Background(), &c)
	})
	if err != nil {
		t.Fatal(err)
	}
	return plan, tally
}

// Whatever is wanted and whatever is there: compare, plan (in memory or
// through a file), apply, and the next comparison finds nothing.
func TestApplyingThePlanRemovesEveryDifference(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		table := rapid.MapOfN(rapid.StringMatching(`[a-d\x00]{0,3}`), rapid.Custom(func(t *rapid.T) record.Row {
			return record.Row{anyOf(t, record.KindText), record.Int(rapid.Int64Range(0, 2).Draw(t, "qty")), anyOf(t, record.KindText)}
		}), 0, 30)
		draw := func(name string) (list []record.Row) {
			for id, row := range table.Draw(t, name) {
				list = append(list, seat(id, row[1].AsInt(), row[2]))
			}
			return list
		}
		want := rows(seats(), draw("want")...)
		g := newTarget(t, seats(), draw("have")...)
		spec := Spec{Schema: seats(), Compared: []int{1, 2}, TempDir: dir}
		plan, tally := planOf(t, want, holds(g, "seats", 3), spec)
		if rapid.Bool().Draw(t, "through a file") {
			path, _ := writePlan(t, dir, plan)
			p, err := OpenPlan(path)
			if err != nil {
				t.Fatal(err)
			}
			plan = nil
			if err := p.Each(context.Background(), &plan); err != nil {
				t.Fatal(err)
			}
		}
		o := ApplyOptions{Chunk: rapid.IntRange(1, 7).Draw(t, "chunk"), Workers: rapid.IntRange(1, 3).Draw(t, "workers"), TempDir: dir}
		answers, err := applyAll(context.Background(), g, plan, o)
		if err != nil {
			t.Fatal(err)
		}
		total := answers[AnswerKey("seats", "first.yaml")].Plus(answers[AnswerKey("seats", "")])
		if diff := cmp.Diff(Answers{Created: tally.Missing, Updated: tally.Changed, Deleted: tally.Extra}, total); diff != "" {
			t.Fatal(diff)
		}
		rest, after := planOf(t, want, holds(g, "seats", 2), spec)
		if !after.Clean() || len(rest[0].Changes)+len(rest[1].Changes) > 0 || after.Same != tally.Want {
			t.Fatalf("a difference is left: %+v", after)
		}
	})
}
