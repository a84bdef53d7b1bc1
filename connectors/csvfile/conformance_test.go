package csvfile

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			path := filepath.Join(t.TempDir(), s.Table+".csv")
			if err := os.WriteFile(path, []byte(write(s, rows)), 0o600); err != nil {
				return nil, err
			}
			return Open(ctx, Config{Table: Table{Path: path, NullTokens: []string{""}}})
		},
		Adds:        []string{fileColumn, lineColumn},
		Unsupported: []conformance.Part{conformance.Range, conformance.Sorted, conformance.After},
		As:          func(_ record.Field, v record.Value) record.Value { return record.Text(v.String()) },
	})
}

// write quotes everything but null.
func write(s *record.Schema, rows []record.Row) string {
	var b strings.Builder
	b.WriteString(strings.Join(s.Names(), ",") + "\n")
	for _, row := range rows {
		for i, v := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			if !v.IsNull() {
				b.WriteString(`"` + strings.ReplaceAll(v.String(), `"`, `""`) + `"`)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
