package sqldb

import (
	"io"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"
)

const benchRows = 500_000

// BenchmarkRead reads half a million entitlements of 14 columns.
func BenchmarkRead(b *testing.B) {
	for _, l := range labs() {
		b.Run(l.dialect.name, func(b *testing.B) {
			src := entitlements(b, l)
			for name, q := range map[string]connectors.Query{
				"plain":  {Table: "entitlements"},
				"sorted": {Table: "entitlements", Sorted: true},
			} {
				b.Run(name, func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if n := count(b, src, q); n != benchRows {
							b.Fatalf("%d rows", n)
						}
					}
				})
			}
		})
	}
}

func count(t testing.TB, src connectors.Source, q connectors.Query) int {
	t.Helper()
	r, err := src.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := 0
	var batch record.Batch
	for {
		err := r.Read(t.Context(), &batch)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += batch.Len()
	}
}

// entitlements makes the table on the server itself, which is quick.
func entitlements(b *testing.B, l lab) *Source {
	config, db := l.fresh(b)
	const columns = `entitlement_id bigint PRIMARY KEY, account_no varchar(20), product_code varchar(20), quantity integer,
		start_date date, end_date date, license_key varchar(64), status varchar(10), price decimal(12,2), created timestamp NULL,
		modified timestamp NULL, contact varchar(100), order_no bigint, notes text`
	switch l.dialect.name {
	case "postgres":
		run(b, db, "CREATE TABLE entitlements ("+columns+")", `INSERT INTO entitlements SELECT i, 'ACC-' || (i % 40000), 'SKU-' || (i % 300), i % 500,
			date '2015-01-01' + (i % 3000), date '2016-01-01' + (i % 3000), upper(md5(i::text)), 'active', (i % 100000) / 100.0,
			timestamp '2015-01-01 10:00:00' + i * interval '1 minute', timestamp '2015-01-01 10:00:00' + i * interval '2 minutes',
			'person' || i || '@example.com', 7000000 + i / 3, CASE WHEN i % 5 = 0 THEN 'renewed by phone' END FROM generate_series(1, 500000) i`)
	case "mysql":
		run(b, db, "CREATE TABLE entitlements ("+columns+")", `INSERT INTO entitlements SELECT seq, concat('ACC-', seq % 40000), concat('SKU-', seq % 300), seq % 500,
			date '2015-01-01' + interval seq % 3000 day, date '2016-01-01' + interval seq % 3000 day, upper(md5(seq)), 'active', (seq % 100000) / 100.0,
			timestamp '2015-01-01 10:00:00' + interval seq minute, timestamp '2015-01-01 10:00:00' + interval seq minute,
			concat('person', seq, '@example.com'), 7000000 + seq div 3, if(seq % 5 = 0, 'renewed by phone', NULL) FROM seq_1_to_500000`)
	case "sqlite":
		run(b, db, "CREATE TABLE entitlements ("+columns+")", `INSERT INTO entitlements WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 500000)
			SELECT i, 'ACC-' || (i % 40000), 'SKU-' || (i % 300), i % 500,
			date('2015-01-01', (i % 3000) || ' days'), date('2016-01-01', (i % 3000) || ' days'), hex(i * 123456789), 'active', (i % 100000) / 100.0,
			datetime('2015-01-01 10:00:00', i || ' minutes'), datetime('2015-01-01 10:00:00', i || ' minutes'),
			'person' || i || '@example.com', 7000000 + i / 3, CASE WHEN i % 5 = 0 THEN 'renewed by phone' END FROM s`)
	}
	src, err := l.open(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { src.Close() })
	return src
}
