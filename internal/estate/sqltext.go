package estate

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"os"
	"strconv"
)

// rowsPerStatement keeps a statement well below a server's largest packet.
const rowsPerStatement = 500

// sqlText writes LICDB as SQL text for MariaDB, in windows-1252, which MySQL
// calls latin1. Each statement stands on one line.
type sqlText struct {
	file    *os.File
	out     *bufio.Writer
	pending map[string]*insert
}

// insert is a statement that still takes rows.
type insert struct {
	text []byte
	rows int
}

func openSQLText(path string) (*sqlText, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	t := &sqlText{file: file, out: bufio.NewWriterSize(file, 1<<18), pending: make(map[string]*insert)}
	t.statement("SET NAMES latin1")
	t.statement("SET SESSION sql_mode = ''") // as in 2006: bad dates become 0000-00-00, long text is cut
	return t, nil
}

// Failures of out are kept by bufio and come back from close.
func (t *sqlText) statement(text string) {
	t.out.WriteString(text)
	t.out.WriteString(";\n")
}

func (t *sqlText) create(of table) {
	t.statement("DROP TABLE IF EXISTS " + of.name)
	t.statement(of.create("mariadb"))
	for _, column := range of.indexes {
		t.statement(of.index(column))
	}
}

func (t *sqlText) row(table string, values []any) {
	i := t.pending[table]
	if i == nil {
		i = new(insert)
		t.pending[table] = i
	}
	if i.rows == 0 {
		i.text = append(append(append(i.text[:0], "INSERT INTO "...), table...), " VALUES ("...)
	} else {
		i.text = append(i.text, ",("...)
	}
	for at, v := range values {
		if at > 0 {
			i.text = append(i.text, ',')
		}
		i.text = appendSQL(i.text, v)
	}
	i.text = append(i.text, ')')
	if i.rows++; i.rows == rowsPerStatement {
		t.flush(table)
	}
}

// flush writes the pending statement of a table.
func (t *sqlText) flush(table string) {
	if i := t.pending[table]; i != nil && i.rows > 0 {
		t.out.Write(i.text)
		t.out.WriteString(";\n")
		i.rows = 0
	}
}

func (t *sqlText) close() error {
	return cmp.Or(t.out.Flush(), t.file.Close())
}

func appendSQL(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "NULL"...)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case day:
		return append(append(append(dst, '\''), v.String()...), '\'')
	case []byte:
		return append(hex.AppendEncode(append(dst, "X'"...), v), '\'')
	case string:
		return appendQuoted(dst, windows1252(v))
	}
	panic("estate: no SQL literal for this type of value")
}

func appendQuoted(dst []byte, bytes string) []byte {
	dst = append(dst, '\'')
	for i := range len(bytes) {
		switch c := bytes[i]; c {
		case '\'', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case 0:
			dst = append(dst, '\\', '0')
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '\'')
}
