package bulk

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"testing"
)

// result is a page as the platform writes it, of 14 columns.
func result(rows int) []byte {
	var b bytes.Buffer
	for i := range rows {
		fmt.Fprintf(&b, "\"02i%012dAAA\",\"Fleet server, node %d\",\"SN-%08d\",\"5.00\",\"Installed\",\"\",\"2026-01-31\",\"2027-01-30\",\"001%012dAAA\",\"01t%012dAAA\",\"2026-01-31T10:00:00.000Z\",\"false\",\"K%d\",\"a \"\"quoted\"\" text\"\n", i, i, i, i, i, i)
	}
	return b.Bytes()
}

func BenchmarkScanner(b *testing.B) {
	text := result(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := newScanner(bytes.NewReader(text))
		for {
			if _, err := s.next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkEncodingCSV(b *testing.B) {
	text := result(10_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(text))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
