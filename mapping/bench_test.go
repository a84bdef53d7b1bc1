package mapping

import (
	"fmt"
	"strings"
	"testing"

	"crosswalk/record"
)

// BenchmarkMap is the usual row: 14 plain columns, its id and one reference.
func BenchmarkMap(b *testing.B) {
	source := &record.Schema{Table: "license", Fields: []record.Field{of("id", record.KindInt), of("company_id", record.KindInt)}}
	target := &record.Schema{Table: "entitlements", Key: []int{0}, Fields: []record.Field{required(text("id", 36)), required(text("org_id", 36))}}
	var fields strings.Builder
	in := record.Row{record.Int(1), record.Int(2)}
	for i := range 14 {
		column, v := text(fmt.Sprintf("c%d", i), 40), record.Text("some text of a row")
		if i%3 == 0 {
			column, v = of(column.Name, record.KindInt), record.Int(int64(i))
		}
		source.Fields, target.Fields = append(source.Fields, column), append(target.Fields, column)
		fmt.Fprintf(&fields, "  %s: %s\n", column.Name, column.Name)
		in = append(in, v)
	}
	target.Fields = append(target.Fields, required(text("source", 40)), text("source_entity", 80), text("source_key", 400))
	benchmarkMap(b, Env{Source: source, Target: Table{Schema: target}}, in, `
mapping: bench
source: {system: licdb, table: license}
target: entitlements
key: [id]
fields:
  org_id: {ref: company, key: [company_id]}
`+fields.String())
}

// BenchmarkExpressions measures one expression of each kind per row.
func BenchmarkExpressions(b *testing.B) {
	row := record.Row{record.Text(" CF-EP25\u00a0"), record.Int(5), record.Date(2024, 2, 29), record.Decimal(1999, 2), record.Text("31.12.2025")}
	source := &record.Schema{Table: "t", Fields: []record.Field{text("sku", 0), of("qty", record.KindInt), of("day", record.KindDate), of("price", record.KindDecimal), text("typed", 0)}}
	for _, expression := range []string{
		"qty + 1", "qty * price", "lower(trim(sku))", "left(sku, 3) == 'CF-'", "qty > 3 and sku != null ? 'many' : 'few'", "lookup('status', sku)",
		"parse_date(typed, 'd.m.yyyy')", "add_months(day, 12)", "null_if_in(day, date('9999-12-31'))", "concat(sku, '-', qty)", "minor(price, 2)",
	} {
		b.Run(expression, func(b *testing.B) {
			target := &record.Schema{Table: "e", Fields: []record.Field{required(text("id", 36)), of("v", record.KindNull)}}
			benchmarkMap(b, Env{Source: source, Target: Table{Schema: target}, ReadFile: environment().ReadFile}, row, fmt.Sprintf(`
mapping: bench
source: {system: licdb, table: t}
target: e
key: [qty]
lookups: {status: {file: lookups/status.csv, key: code, value: state}}
fields: {v: %q}
`, expression))
		})
	}
}

func benchmarkMap(b *testing.B, env Env, row record.Row, file string) {
	f, err := Parse("m.yaml", []byte(file))
	if err != nil {
		b.Fatal(err)
	}
	p, err := f.Compile(env)
	if err != nil {
		b.Fatal(err)
	}
	in, out := make(record.Row, len(p.Needs())), make(record.Row, len(p.Schema().Fields))
	for i, name := range p.Needs() {
		in[i] = row[env.Source.Index(name)]
	}
	m := p.Mapper()
	b.ReportAllocs()
	for b.Loop() {
		if v := m.Map(in, out); v.Outcome != Carried {
			b.Fatal(v)
		}
	}
}
