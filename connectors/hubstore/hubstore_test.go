package hubstore

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// storeTest is a test that begins with an empty hub.
type storeTest struct {
	name string
	run  func(t *testing.T, s *Store)
}

// onBoth runs tests on a hub in each database, which is emptied before each.
func onBoth(t *testing.T, tests []storeTest) {
	for name, s := range map[string]*Store{
		"sqlite":   open(t, Config{Driver: hub.SQLite, Path: filepath.Join(t.TempDir(), "hub.db")}),
		"postgres": open(t, Config{Driver: hub.Postgres, DSN: testdb.Postgres(t)}),
	} {
		t.Run(name, func(t *testing.T) {
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					clean(t, s)
					test.run(t, s)
				})
			}
		})
	}
}

// clean deletes all rows but those that a new hub has.
func clean(t testing.TB, s *Store) {
	t.Helper()
	statement := ""
	for _, table := range append(hub.Tables(), hub.Xref(), hub.Notes()) {
		if table.Name != "units_of_measure" {
			statement = "DELETE FROM " + table.Name + ";" + statement
		}
	}
	if _, err := s.Hub().Writer().Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, c Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// id makes an id that is easy to read.
func id(n int) string {
	const zero = "00000000-0000-0000-0000-000000000000"
	digits := record.Int(int64(n)).String()
	return zero[:36-len(digits)] + digits
}

// values makes a row: a string is a text, an int an int, nil a null.
func values(all ...any) record.Row {
	row := make(record.Row, len(all))
	for i, v := range all {
		switch v := v.(type) {
		case string:
			row[i] = record.Text(v)
		case int:
			row[i] = record.Int(int64(v))
		case bool:
			row[i] = record.Bool(v)
		case record.Value:
			row[i] = v
		}
	}
	return row
}

// batch makes a change of rows with the named columns of a table, each with
// the same operation, guarded by before: nil where there was none.
func batch(t testing.TB, s *Store, table string, fields []string, op connectors.Op, rows, before []record.Row) *connectors.Changes {
	t.Helper()
	full, err := s.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if fields == nil {
		fields = full.Names()
	}
	schema, _, err := full.Select(fields)
	if err != nil {
		t.Fatal(err)
	}
	c := &connectors.Changes{Rows: &record.Batch{}}
	c.Rows.Reset(schema)
	for f := range fields {
		c.Compared = append(c.Compared, f)
	}
	for i, row := range rows {
		copy(c.Rows.Add(), row)
		c.Ops = append(c.Ops, op)
		var d record.Digest
		if before != nil && before[i] != nil {
			d = record.DigestOf(record.AppendFields(nil, before[i], c.Compared))
		}
		c.Before = append(c.Before, d)
	}
	return c
}

func write(t testing.TB, s *Store, c *connectors.Changes) []connectors.Answer {
	t.Helper()
	answers, err := s.Write(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// create creates rows and fails the test if any is not applied.
func create(t testing.TB, s *Store, table string, rows ...record.Row) {
	t.Helper()
	wantOutcomes(t, write(t, s, batch(t, s, table, nil, connectors.Create, rows, nil)), slices.Repeat([]connectors.Outcome{connectors.Applied}, len(rows))...)
}

func wantOutcomes(t testing.TB, answers []connectors.Answer, want ...connectors.Outcome) {
	t.Helper()
	var have []string
	var wanted []string
	for i, a := range answers {
		have = append(have, a.Outcome.String())
		if i < len(want) && a.Outcome != want[i] {
			t.Logf("row %d: %s: %s", i, a.Outcome, a.Reason)
		}
	}
	for _, o := range want {
		wanted = append(wanted, o.String())
	}
	if diff := cmp.Diff(wanted, have); diff != "" {
		t.Errorf("outcomes (-want +have):\n%s", diff)
	}
}

func wantReasons(t testing.TB, answers []connectors.Answer, want ...string) {
	t.Helper()
	have := make([]string, len(answers))
	for i, a := range answers {
		have[i] = a.Outcome.String()
		if a.Reason != "" {
			have[i] += ": " + a.Reason
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("answers (-want +have):\n%s", diff)
	}
}

func readAll(t testing.TB, s connectors.Source, q connectors.Query) []record.Row {
	t.Helper()
	r, err := s.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var rows []record.Row
	var b record.Batch
	for {
		err := r.Read(t.Context(), &b)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			rows = append(rows, slices.Clone(b.Row(i)))
		}
	}
}

func wantRows(t testing.TB, have []record.Row, want ...record.Row) {
	t.Helper()
	if diff := cmp.Diff(texts(want), texts(have)); diff != "" {
		t.Errorf("rows (-want +have):\n%s", diff)
	}
}

func texts(rows []record.Row) [][]string {
	all := make([][]string, len(rows))
	for i, row := range rows {
		for _, v := range row {
			all[i] = append(all[i], v.Kind().String()+" "+v.String())
		}
	}
	return all
}
