package reconcile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"crosswalk/record"
)

// closing counts the readers that are open.
type closing struct {
	record.Reader
	open *atomic.Int64
}

func (c closing) Close() error {
	c.open.Add(-1)
	return c.Reader.Close()
}

func TestEveryReaderIsClosedWhateverHappens(t *testing.T) {
	broken := errors.New("connection lost")
	full := []record.Row{seat("a", 1, record.Null()), seat("b", 2, record.Null())}
	for name, test := range map[string]struct {
		want, have []record.Row
		fails      bool // reading the wanted side
		visit      error
	}{
		"clean":           {want: full, have: full},
		"drift":           {want: full, have: full[:1]},
		"empty target":    {want: full},
		"read error":      {want: full, have: full, fails: true},
		"error of visit":  {want: full, have: full[:1], visit: broken},
		"nothing at all":  {},
		"nothing wanted":  {have: full},
		"failing, target": {fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			var open atomic.Int64
			side := func(all []record.Row, fails bool) Side {
				return Side{Open: func(context.Context) ([]record.Reader, error) {
					open.Add(1)
					var r record.Reader = &listReader{seats(), all}
					if fails {
						r = failingReader{r, broken}
					}
					return []record.Reader{closing{r, &open}}, nil
				}}
			}
			_, err := Compare(t.Context(), side(test.want, test.fails), side(test.have, false), Spec{Schema: seats(), Compared: []int{1, 2}}, func(*Finding) error { return test.visit })
			if (err != nil) != (test.fails || test.visit != nil) || err != nil && !errors.Is(err, broken) {
				t.Errorf("got %v", err)
			}
			if open.Load() != 0 {
				t.Errorf("%d readers are still open", open.Load())
			}
		})
	}
}

func TestAComparisonLeavesNoFiles(t *testing.T) {
	dir := t.TempDir()
	var want []record.Row
	for i := range 3000 {
		want = append(want, seat(fmt.Sprint(i), 1, record.Text(strings.Repeat("x", 10_000))))
	}
	spec := Spec{Schema: seats(), Compared: []int{1, 2}, TempDir: dir}
	planned := 0
	if _, err := Compare(t.Context(), rows(seats(), want...), rows(seats()), spec, func(*Finding) error { planned++; return nil }); err != nil || planned != 3000 {
		t.Errorf("%d found, %v", planned, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	spec.TempDir = filepath.Join(dir, "gone")
	if _, err := Compare(t.Context(), rows(seats(), want...), rows(seats()), spec, func(*Finding) error { return nil }); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without room to sort: %v", err)
	}
}

func TestRowsThatAReaderSetAsideMakeAComparisonFail(t *testing.T) {
	broken := Side{Open: func(context.Context) ([]record.Reader, error) {
		return []record.Reader{rejecting{&listReader{seats(), nil}}}, nil
	}}
	full := rows(seats(), seat("a", 1, record.Null()))
	for name, sides := range map[string][2]Side{"want": {broken, full}, "have": {full, broken}} {
		_, err := Compare(t.Context(), sides[0], sides[1], Spec{Schema: seats(), Compared: []int{1, 2}}, func(*Finding) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "line 7") {
			t.Errorf("%s side: got %v, want the place of the broken line", name, err)
		}
	}
}

type rejecting struct{ record.Reader }

func (r rejecting) Read(_ context.Context, b *record.Batch) error {
	b.Reset(r.Schema())
	b.Rejects = append(b.Rejects, record.Reject{Where: "line 7", Reason: "too few columns"})
	return nil
}

func TestACanceledComparisonIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Compare(ctx, rows(seats(), seat("a", 1, record.Null()), seat("b", 1, record.Null())), rows(seats()), Spec{Schema: seats(), Compared: []int{1, 2}}, func(*Finding) error {
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
