package hubstore

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// The benchmarks write and read activations of 14 columns, each with its
// link: half a million in PostgreSQL, where psql is the measure.
//
//	go test -run '^$' -bench . -benchtime 1x ./connectors/hubstore
const (
	benchPostgres = 500_000
	benchSQLite   = 100_000
	benchChunk    = 20_000
)

func BenchmarkPostgres(b *testing.B) {
	server, err := testdb.StartPostgres(b.Context(), testdb.Options{Durable: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Stop)
	dsn, _, err := server.Create(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	s := open(b, Config{Driver: hub.Postgres, DSN: dsn})
	benchParents(b, s)
	creates := benchChanges(b, s, benchPostgres, connectors.Create)
	files := copyFiles(b, creates)
	b.Run("psql", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			benchEmpty(b, s)
			b.StartTimer()
			for _, file := range files {
				if out, err := exec.Command("psql", dsn, "-q", "-c", `\copy `+file).CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		}
	})
	benchmarkAll(b, s, creates, 2)
}

func BenchmarkSQLite(b *testing.B) {
	s := open(b, Config{Driver: hub.SQLite, Path: filepath.Join(b.TempDir(), "hub.db")})
	benchParents(b, s)
	benchmarkAll(b, s, benchChanges(b, s, benchSQLite, connectors.Create), 1)
}

func benchmarkAll(b *testing.B, s *Store, creates []*connectors.Changes, writers int) {
	updates := benchChanges(b, s, len(creates)*benchChunk, connectors.Update)
	b.Run("create", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			benchEmpty(b, s)
			b.StartTimer()
			writeAll(b, s, creates, writers, connectors.Applied)
		}
	})
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			writeAll(b, s, creates, writers, connectors.Unchanged)
		}
	})
	b.Run("update", func(b *testing.B) {
		for b.Loop() {
			writeAll(b, s, updates, writers, connectors.Applied)
		}
	})
	for _, sorted := range []bool{false, true} {
		b.Run(fmt.Sprintf("read-sorted-%t", sorted), func(b *testing.B) {
			for b.Loop() {
				benchRead(b, s, sorted, len(creates)*benchChunk)
			}
		})
	}
}

func benchRead(b *testing.B, s *Store, sorted bool, want int) {
	r, err := s.Read(b.Context(), connectors.Query{Table: "activations", Sorted: sorted})
	if err != nil {
		b.Fatal(err)
	}
	defer r.Close()
	var batch record.Batch
	for rows := 0; ; rows += batch.Len() {
		err := r.Read(b.Context(), &batch)
		if err == io.EOF && rows == want {
			return
		}
		if err != nil {
			b.Fatalf("after %d rows: %v", rows, err)
		}
	}
}

func benchParents(b *testing.B, s *Store) {
	statements := parents
	for n := range 50 {
		statements += fmt.Sprintf("INSERT INTO devices (id, host_type, host_id, kind, state, source) VALUES ('%s', 'MAC', '%d', 'node', 'active', 'legacy');", id(n), n)
	}
	if _, err := s.Hub().Writer().Exec(statements); err != nil {
		b.Fatal(err)
	}
}

func benchRow(i int) record.Row {
	day := record.Date(2015, 1, 1).AddDays(i % 4000)
	n := fmt.Sprint(i)
	return values(fmt.Sprintf("%08x-%04x-5000-8000-%012d", uint32(i)*2654435761, i%65536, i), "FUL-2024-"+n, id(1), id(i%50), nil,
		i%50+1, 0, day, nil, "active", nil, "actual", "CAD", "legacy", "fulfillments", n)
}

// benchChanges makes changes of all rows, in chunks. Updates make the rows
// that the creates made obsolete.
func benchChanges(b *testing.B, s *Store, rows int, op connectors.Op) []*connectors.Changes {
	var all []*connectors.Changes
	for from := 0; from < rows; from += benchChunk {
		var want, before []record.Row
		for i := range benchChunk {
			row := benchRow(from + i)
			if op == connectors.Update {
				before = append(before, slices.Clone(row))
				row[9] = record.Text("superseded")
			}
			want = append(want, row)
		}
		all = append(all, batch(b, s, "activations", nil, op, want, before))
	}
	return all
}

func writeAll(b *testing.B, s *Store, chunks []*connectors.Changes, writers int, want connectors.Outcome) {
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() {
			for i := n; i < len(chunks); i += writers {
				answers, err := s.Write(context.Background(), chunks[i])
				if err != nil {
					b.Error(err)
					return
				}
				for _, a := range answers {
					if a.Outcome != want {
						b.Errorf("%s: %s", a.Outcome, a.Reason)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func benchEmpty(b *testing.B, s *Store) {
	for _, table := range []string{"activations", "xref"} {
		if _, err := s.Hub().Writer().Exec("DELETE FROM " + table); err != nil {
			b.Fatal(err)
		}
	}
	statement := "PRAGMA wal_checkpoint(TRUNCATE)"
	if s.Hub().Dialect() == hub.Postgres {
		statement = "VACUUM FULL activations, xref; CHECKPOINT"
	}
	for statement := range strings.SplitSeq(statement, "; ") {
		if _, err := s.Hub().Writer().Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
}

// copyFiles writes the rows as files for psql and returns what to copy.
func copyFiles(b *testing.B, chunks []*connectors.Changes) []string {
	dir := b.TempDir()
	var table, xref []byte
	for _, c := range chunks {
		for i := range c.Rows.Len() {
			row := c.Rows.Row(i)
			for f := range 14 {
				if f > 0 {
					table = append(table, '\t')
				}
				table = appendCopy(table, row[f])
			}
			table = append(table, '\n')
			xref = fmt.Appendf(xref, "%s\t%s\t%s\tactivations\t%s\tprimary\n", row[13], row[14], row[15], row[0])
		}
	}
	for name, content := range map[string][]byte{"activations": table, "xref": xref} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return []string{"activations FROM '" + dir + "/activations'", "xref FROM '" + dir + "/xref'"}
}
