package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"crosswalk/record"
)

// sheet is a table of many rows that belong to runs. Rows are only ever
// added, in order, and each is sealed together with the one before it.
type sheet struct {
	table   string
	columns []string // all but run and n
	rows    string   // columns of ledger_runs with the number of rows and their seal
	seal    string
}

var (
	asideSheet = sheet{
		table: "ledger_set_aside", columns: []string{"entity", "source", "row_key", "outcome", "rule", "reason", "input"},
		rows: "aside_rows", seal: "aside_seal",
	}
	findingSheet = sheet{
		table: "ledger_findings", columns: []string{"id", "entity", "row_key", "kind", "fields"},
		rows: "finding_rows", seal: "finding_seal",
	}
)

// seal is a running hash over the rows of a sheet: of the hash before, and
// the canonical encoding of the row.
type seal struct {
	rows int64
	hash [sha256.Size]byte
	buf  []byte
}

// unseal continues a seal as String has shown it.
func unseal(rows int64, text string) (seal, error) {
	s := seal{rows: rows}
	_, err := hex.Decode(s.hash[:], []byte(text))
	return s, err
}

func (s *seal) add(cells []string) {
	s.buf = append(s.buf[:0], s.hash[:]...)
	for _, c := range cells {
		s.buf = record.Append(s.buf, record.Text(c))
	}
	s.hash = sha256.Sum256(s.buf)
	s.rows++
}

// String is empty for no rows.
func (s *seal) String() string {
	if s.rows == 0 {
		return ""
	}
	return hex.EncodeToString(s.hash[:])
}

// add appends n rows to the sheet of a run that the transaction has locked.
// fill puts row i into cells.
func (s *sheet) add(ctx context.Context, t *tx, run *runRow, n int, sealed seal, fill func(i int, cells []string)) (seal, error) {
	insert, err := t.PrepareContext(ctx, t.Rebind("INSERT INTO "+s.table+" (run, n, "+strings.Join(s.columns, ", ")+
		") VALUES (?, ?"+strings.Repeat(", ?", len(s.columns))+")"))
	if err != nil {
		return sealed, err
	}
	defer insert.Close()
	cells := make([]string, len(s.columns))
	args := make([]any, len(s.columns)+2)
	for i := range n {
		fill(i, cells)
		for j, c := range cells {
			cells[j] = clean(c)
			args[j+2] = cells[j]
		}
		sealed.add(cells)
		args[0], args[1] = run.BeginEntry, sealed.rows
		if _, err := insert.ExecContext(ctx, args...); err != nil {
			return sealed, err
		}
	}
	_, err = t.exec(ctx, "UPDATE ledger_runs SET "+s.rows+" = ?, "+s.seal+" = ? WHERE id = ?", sealed.rows, sealed.String(), run.ID)
	return sealed, err
}
