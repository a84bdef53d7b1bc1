package estate

import (
	"bufio"
	"encoding/hex"
	"os"
	"strconv"
)

// sqlText writes LICDB as SQL text for MariaDB, in windows-1252, which MySQL
// calls latin1. Each statement stands on one line.
type sqlText struct {
	file *os.File
	out  *bufio.Writer
	open string // table whose INSERT is open
	rows int
	buf  []byte
}

func openSQLText(path string) (*sqlText, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	t := &sqlText{file: file, out: bufio.NewWriterSize(file, 1<<18)}
	t.line("SET NAMES latin1")
	t.line("SET SESSION sql_mode = ''") // as in 2006: bad dates become 0000-00-00, long text is cut
	return t, nil
}

// Failures of out are kept by bufio and come back from close.
func (t *sqlText) line(statement string) {
	t.flush()
	t.out.WriteString(statement)
	t.out.WriteString(";\n")
}

func (t *sqlText) create(of table) {
	t.line("DROP TABLE IF EXISTS " + of.name)
	t.line(of.create("mariadb"))
	for _, column := range of.indexes {
		t.line(of.index(column))
	}
}

func (t *sqlText) row(table string, values []any) {
	if t.open != table || t.rows == 500 {
		t.flush()
		t.open = table
		t.out.WriteString("INSERT INTO " + table + " VALUES ")
	} else {
		t.out.WriteByte(',')
	}
	t.rows++
	t.buf = append(t.buf[:0], '(')
	for i, v := range values {
		if i > 0 {
			t.buf = append(t.buf, ',')
		}
		t.buf = appendSQL(t.buf, v)
	}
	t.out.Write(append(t.buf, ')'))
}

// flush ends the open INSERT.
func (t *sqlText) flush() {
	if t.rows > 0 {
		t.out.WriteString(";\n")
	}
	t.open, t.rows = "", 0
}

func (t *sqlText) close() error {
	t.flush()
	return firstError(t.out.Flush(), t.file.Close())
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
