package hubstore

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"crosswalk/connectors"
	"crosswalk/hub"
	"crosswalk/internal/testdb"
	"crosswalk/record"
)

// The benchmarks write and read half a million activations of 14 columns,
// each with its link. Run them with -benchtime=1x; psql is the measure.
const benchRows = 500_000

func benchStore(b *testing.B) (*Store, string) {
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
	return s, dsn
}

func benchParents(b *testing.B, s *Store) {
	if _, err := s.Hub().Writer().Exec(parents); err != nil {
		b.Fatal(err)
	}
	for n := range 50 {
		_, err := s.Hub().Writer().Exec(fmt.Sprintf("INSERT INTO devices (id, host_type, host_id, kind, state, source) VALUES ('%s', 'MAC', '%d', 'node', 'active', 'legacy')", id(n), n))
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchRow(i int) record.Row {
	day := record.Date(2015, 1, 1).AddDays(i % 4000)
	n := fmt.Sprint(i)
	return values(fmt.Sprintf("%08x-%04x-5000-8000-%012d", uint32(i)*2654435761, i%65536, i), "FUL-2024-"+n, id(1), id(i%50), nil,
		i%50+1, 0, day, nil, "active", nil, "actual", "CAD", "legacy", "fulfillments", n)
}

// benchChanges makes the creates of all rows, in chunks.
func benchChanges(b *testing.B, s *Store, rows int) []*connectors.Changes {
	schema, err := s.Describe(b.Context(), "activations")
	if err != nil {
		b.Fatal(err)
	}
	const chunk = 20_000
	var all []*connectors.Changes
	for from := 0; from < rows; from += chunk {
		c := &connectors.Changes{Rows: &record.Batch{}, Ops: slices.Repeat([]connectors.Op{connectors.Create}, chunk), Before: make([]record.Digest, chunk)}
		c.Rows.Reset(schema)
		for i := range chunk {
			copy(c.Rows.Add(), benchRow(from+i))
		}
		for f := range schema.Fields {
			c.Compared = append(c.Compared, f)
		}
		all = append(all, c)
	}
	return all
}

func writeAll(b *testing.B, s *Store, chunks []*connectors.Changes, writers int) {
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
					if a.Outcome != connectors.Applied {
						b.Errorf("%s: %s", a.Outcome, a.Reason)
						return
					}
				}
			}
		})
	}
	all.Wait()
}

func empty(b *testing.B, s *Store) {
	for _, statement := range []string{"TRUNCATE activations, xref", "CHECKPOINT"} {
		if _, err := s.Hub().Writer().Exec(statement); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreatePostgres(b *testing.B) {
	s, dsn := benchStore(b)
	chunks := benchChanges(b, s, benchRows)
	dir := b.TempDir()
	tables := copyFiles(b, dir, chunks)
	for _, writers := range []int{0, 2, 1} {
		name := fmt.Sprintf("hubstore-%d", writers)
		if writers == 0 {
			name = "psql"
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				empty(b, s)
				b.StartTimer()
				if writers > 0 {
					writeAll(b, s, chunks, writers)
					continue
				}
				for _, file := range tables {
					if out, err := exec.Command("psql", dsn, "-q", "-c", `\copy `+file).CombinedOutput(); err != nil {
						b.Fatalf("%v: %s", err, out)
					}
				}
			}
		})
	}
}

// copyFiles writes the rows as files for psql and returns what to copy.
func copyFiles(b *testing.B, dir string, chunks []*connectors.Changes) []string {
	var table, xref bytes.Buffer
	for _, c := range chunks {
		for i := range c.Rows.Len() {
			row := c.Rows.Row(i)
			var line []byte
			for f := range 14 {
				if f > 0 {
					line = append(line, '\t')
				}
				line = appendCopy(line, row[f])
			}
			table.Write(append(line, '\n'))
			fmt.Fprintf(&xref, "%s\t%s\t%s\tactivations\t%s\tprimary\n", row[13], row[14], row[15], row[0])
		}
	}
	for name, content := range map[string][]byte{"activations": table.Bytes(), "xref": xref.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return []string{"activations FROM '" + dir + "/activations'", "xref FROM '" + dir + "/xref'"}
}
