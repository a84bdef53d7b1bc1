package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
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
	hash, err := hex.DecodeString(text)
	if err != nil || copy(s.hash[:], hash) != len(hash) {
		return s, fmt.Errorf("%q is no seal: verify the ledger", text)
	}
	return s, nil
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

// insertRows go into one INSERT. More are not faster on either database.
const insertRows = 100

// add appends n rows to the sheet of a run that the transaction has locked.
// fill puts row i into cells.
func (s *sheet) add(ctx context.Context, t *tx, run *runRow, n int, sealed seal, fill func(i int, cells []string)) error {
	cells := make([]string, len(s.columns))
	args := make([]any, 0, insertRows*(len(cells)+2))
	var full *sql.Stmt // inserts as many rows as go into one statement
	for i := range n {
		fill(i, cells)
		for j := range cells {
			cells[j] = clean(cells[j])
		}
		sealed.add(cells)
		args = append(args, run.BeginEntry, sealed.rows)
		for _, c := range cells {
			args = append(args, c)
		}
		if len(args) < cap(args) {
			continue
		}
		if full == nil {
			stmt, err := t.PrepareContext(ctx, t.Rebind(s.insert(insertRows)))
			if err != nil {
				return err
			}
			defer stmt.Close()
			full = stmt
		}
		if _, err := full.ExecContext(ctx, args...); err != nil {
			return err
		}
		args = args[:0]
	}
	if rest := len(args) / (len(cells) + 2); rest > 0 {
		if err := t.exec(ctx, s.insert(rest), args...); err != nil {
			return err
		}
	}
	return t.exec(ctx, "UPDATE ledger_runs SET "+s.rows+" = ?, "+s.seal+" = ? WHERE id = ?", sealed.rows, sealed.String(), run.ID)
}

// insert returns the statement that inserts so many rows.
func (s *sheet) insert(rows int) string {
	row := "(?, ?" + strings.Repeat(", ?", len(s.columns)) + ")"
	return "INSERT INTO " + s.table + " (run, n, " + strings.Join(s.columns, ", ") + ") VALUES " +
		row + strings.Repeat(", "+row, rows-1)
}

// reseal seals the rows of a run as they now are.
func (s *sheet) reseal(ctx context.Context, t *tx, run int64) (seal, error) {
	var sealed seal
	rows, err := t.QueryContext(ctx, t.Rebind("SELECT n, "+strings.Join(s.columns, ", ")+" FROM "+s.table+" WHERE run = ? ORDER BY n"), run)
	if err != nil {
		return sealed, err
	}
	defer rows.Close()
	var n int64
	cells := make([]string, len(s.columns))
	dest := []any{&n}
	for i := range cells {
		dest = append(dest, &cells[i])
	}
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return sealed, err
		}
		sealed.add(cells)
	}
	return sealed, rows.Err()
}
