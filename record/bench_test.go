package record_test

import (
	"testing"
	"time"

	"crosswalk/record"
)

// entitlement is a row of 14 columns as the hub has them.
func entitlement() record.Row {
	return record.Row{
		record.Text("6f1c7c1e-9a34-5d7a-8f0e-3c1d8c5b2a10"), record.Text("91ab2f60-1111-5d7a-8f0e-3c1d8c5b2a10"), record.Text("FLT-PRO-2024"), record.Decimal(25, 0),
		record.Date(2024, 1, 1), record.Date(2024, 12, 31), record.Text("active"), record.Bool(true), record.Decimal(123450, 2), record.Text("EUR"),
		record.Instant(time.Unix(1_700_000_000, 0)), record.Null(), record.Int(3), record.Text("legacy/ORD-000123/2"),
	}
}

func BenchmarkDigestRow(b *testing.B) {
	row := entitlement()
	var encoded []byte
	b.ReportAllocs()
	for b.Loop() {
		encoded = record.AppendRow(encoded[:0], row)
		record.DigestOf(encoded)
	}
}

func BenchmarkDecodeRow(b *testing.B) {
	encoded := record.AppendRow(nil, entitlement())
	row := make(record.Row, 14)
	var texts record.Arena
	b.ReportAllocs()
	for b.Loop() {
		if _, err := record.DecodeRow(encoded, row, &texts); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendKey(b *testing.B) {
	row := entitlement()
	var key []byte
	b.ReportAllocs()
	for b.Loop() {
		key = record.AppendKey(key[:0], row, []int{0, 12})
	}
}
