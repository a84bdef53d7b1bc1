package filesource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/record"
)

func TestFind(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.csv", "a.CSV", ".c.csv", "~$d.csv", "e.txt", "f[1].csv", "g.csv/h.csv"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		path, want string
		class      connectors.Class
	}{
		{"", "a.CSV b.csv f[1].csv", 0},
		{"b.csv", "b.csv", 0},
		{"f[1].csv", "f[1].csv", 0}, // a file of that very name goes before the pattern
		{"*.csv", "b.csv f[1].csv", 0},
		{"x.csv", "", connectors.Missing},
		{"*.xlsx", "", connectors.Missing},
		{"[", "", connectors.Missing},
	} {
		files, err := Find(filepath.Join(dir, test.path), ".csv")
		if connectors.ClassOf(err) != test.class || (err == nil) != (test.want != "") {
			t.Errorf("%s: %v", test.path, err)
		}
		got := strings.ReplaceAll(strings.Join(files, " "), dir+"/", "")
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
	if _, err := Find(dir, ".xlsx"); connectors.ClassOf(err) != connectors.Missing {
		t.Errorf("folder without files: %v", err)
	}
}

func TestUnionKeepsTheOrderOfTheFirst(t *testing.T) {
	names, partial := Union([][]string{{"id", "sku"}, {"note", "id"}, {"sku", "id"}})
	if d := cmp.Diff([]string{"id", "sku", "note"}, names); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]bool{false, true, true}, partial); d != "" {
		t.Error(d)
	}
}

// numbers yields 1 to n, one for each call, and then err.
type numbers struct {
	selection *Selection
	at, n     int
	err       error
	closed    *int
}

func (p *numbers) Read(_ context.Context, b *record.Batch) error {
	if p.at == p.n {
		return p.err
	}
	p.at++
	p.selection.Add(b, func(int) record.Value { return record.Int(int64(p.at)) })
	return nil
}

func (p *numbers) Close() error { *p.closed++; return nil }

func reader(t *testing.T, closed *int, ends ...error) *Reader {
	t.Helper()
	schema := &record.Schema{Table: "t", Fields: []record.Field{{Name: "n"}}}
	selection, err := Select(schema, connectors.Query{Table: "t"})
	if err != nil {
		t.Fatal(err)
	}
	var parts []func(context.Context) (Part, error)
	for _, end := range ends {
		parts = append(parts, func(context.Context) (Part, error) {
			return &numbers{selection: selection, n: 3, err: end, closed: closed}, nil
		})
	}
	return NewReader(selection.Schema, parts)
}

func TestPartsAreReadOneAfterAnother(t *testing.T) {
	closed := 0
	r := reader(t, &closed, io.EOF, io.EOF)
	var got []int64
	b := &record.Batch{Limit: 4}
	for r.Read(t.Context(), b) == nil {
		for i := range b.Len() {
			got = append(got, b.Row(i)[0].AsInt())
		}
	}
	if d := cmp.Diff([]int64{1, 2, 3, 1, 2, 3}, got); d != "" {
		t.Error(d)
	}
	if err := r.Read(t.Context(), b); err != io.EOF || closed != 2 {
		t.Errorf("at the end: %v, %d parts closed", err, closed)
	}
}

func TestErrorWaitsForTheRowsBeforeIt(t *testing.T) {
	closed, broken := 0, errors.New("broken")
	r := reader(t, &closed, io.EOF, broken, io.EOF)
	b := new(record.Batch)
	if err := r.Read(t.Context(), b); err != nil || b.Len() != 6 {
		t.Errorf("got %d rows, %v", b.Len(), err)
	}
	for range 2 {
		if err := r.Read(t.Context(), b); !errors.Is(err, broken) || b.Len() != 0 {
			t.Errorf("got %d rows, %v", b.Len(), err)
		}
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil || closed != 2 {
		t.Errorf("%v, %d parts closed", err, closed)
	}
}

func TestCatalogLetsGoOnceAndIsClosedThen(t *testing.T) {
	released := 0
	c := NewCatalog(map[string]Table{"b": nil, "a": nil}, func() error { released++; return nil })
	_, err := c.Describe(t.Context(), "x")
	if connectors.ClassOf(err) != connectors.Missing || !strings.HasSuffix(err.Error(), "there are a, b") {
		t.Errorf("unknown table: %v", err)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil || released != 1 {
		t.Errorf("released %d times, %v", released, err)
	}
	if _, err := c.Read(t.Context(), connectors.Query{Table: "a"}); err == nil || !strings.Contains(err.Error(), "the source is closed") {
		t.Errorf("read of a closed source: %v", err)
	}
}

func TestFailuresAreClassed(t *testing.T) {
	_, missing := os.Open(filepath.Join(t.TempDir(), "x"))
	denied := &os.PathError{Op: "open", Path: "p", Err: os.ErrPermission}
	classed := connectors.Errorf(connectors.Transient, "read", "p", "later")
	for err, want := range map[error]connectors.Class{
		missing: connectors.Missing, denied: connectors.Denied, io.ErrUnexpectedEOF: connectors.Unknown,
		fmt.Errorf("again: %w", classed): connectors.Transient,
	} {
		if got := Fail("open", "p", err); got.Class != want || strings.Count(got.Error(), "open") > 1 {
			t.Errorf("%v: %s", got, got.Class)
		}
	}
}
