package pipeline

import (
	"fmt"
	"testing"

	"crosswalk/connectors/memory"
	"crosswalk/record"
)

// BenchmarkProfile reads 50,000 rows of eight columns as license tables have
// them: keys, codes, names, dates, numbers.
func BenchmarkProfile(b *testing.B) {
	const rows = 50_000
	s := &record.Schema{Table: "t"}
	for _, name := range []string{"id", "no", "company", "sku", "start", "qty", "name", "note"} {
		s.Fields = append(s.Fields, record.Field{Name: name, Nullable: true})
	}
	db := memory.New(s)
	table := make([]record.Row, rows)
	for i := range table {
		table[i] = record.Row{
			record.Int(int64(i)), record.Text(fmt.Sprintf("LIC-%07d", i)), record.Int(int64(i % 500)), record.Text(fmt.Sprintf("CV-%d", i%70)),
			record.Date(2010, 1, i%4000), record.Text(fmt.Sprint(i % 97)), record.Text(fmt.Sprintf("Müller %d GmbH", i%20_000)), record.Null(),
		}
	}
	if err := db.Load("t", table...); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Profile(b.Context(), db, "t", ProfileOptions{Key: []string{"no"}}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
