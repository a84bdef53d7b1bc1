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
			src, err := Open(ctx, Config{Table: Table{Path: path, NullTokens: []string{""}}})
			return withoutOrigin{src}, err
		},
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

// withoutOrigin hides _file and _line, which no other system has.
type withoutOrigin struct{ *Source }

func (s withoutOrigin) Describe(ctx context.Context, table string) (*record.Schema, error) {
	schema, err := s.Source.Describe(ctx, table)
	if err != nil {
		return nil, err
	}
	schema, _, err = schema.Select(schema.Names()[:len(schema.Fields)-2])
	return schema, err
}

func (s withoutOrigin) Read(ctx context.Context, q connectors.Query) (record.Reader, error) {
	if q.Fields == nil {
		schema, err := s.Describe(ctx, q.Table)
		if err != nil {
			return nil, err
		}
		q.Fields = schema.Names()
	}
	return s.Source.Read(ctx, q)
}
