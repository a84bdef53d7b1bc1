package sqldb

import (
	"io"
	"testing"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
)

// with opens a fresh database after running statements on it.
func (l lab) with(t *testing.T, statements ...string) *Source {
	t.Helper()
	config, db := l.fresh(t)
	run(t, db, statements...)
	src, err := l.open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// all reads a table to its end.
func all(t *testing.T, src connectors.Source, q connectors.Query) []record.Row {
	t.Helper()
	r, err := src.Read(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return drain(t, r)
}

func drain(t *testing.T, r record.Reader) []record.Row {
	t.Helper()
	var rows []record.Row
	var b record.Batch
	for {
		err := r.Read(t.Context(), &b)
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			rows = append(rows, append(record.Row{}, b.Row(i)...))
		}
	}
}

// readings returns rows as kind and text, one line each: readable in a diff.
func readings(s *record.Schema, rows []record.Row) []string {
	var lines []string
	for _, row := range rows {
		for i, v := range row {
			lines = append(lines, s.Fields[i].Name+" "+s.Fields[i].Type.String()+" = "+v.Kind().String()+" "+v.String())
		}
	}
	return lines
}

func checkReadings(t *testing.T, src connectors.Source, table string, want []string) {
	t.Helper()
	schema, err := src.Describe(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, readings(schema, all(t, src, connectors.Query{Table: table}))); diff != "" {
		t.Errorf("%s (-want +got):\n%s", table, diff)
	}
}

func TestTypesOfMariaDB(t *testing.T) {
	src := mariadbLab().with(t,
		`SET SESSION sql_mode = ''`,
		`CREATE TABLE t (id bigint unsigned PRIMARY KEY, ti tinyint(1), mi mediumint, yr year, dec_ decimal(38,10), dec_big decimal(65,0), fl float, db double,
			bi bit(12), d date, dt datetime(3), ts timestamp(6) NULL, tm time(2), en enum('a','b'), st set('x','y'), js json, bl blob, bin binary(4),
			ch char(5), u uuid)`,
		`INSERT INTO t VALUES (18446744073709551615, 7, -5, 2024, 1234567890123456789012345678.0123456789, 12345678901234567890123456789012345678901234567890123456789012345,
			0.1, 0.1, b'101010101010', '2024-02-29', '2024-02-29 12:30:00.5', '2024-02-29 12:30:00.123456', '-12:30:00.25', 'b', 'x,y', '{"a": 1}', x'00ff', x'01', 'ab  ',
			'123E4567-e89b-12d3-a456-426614174000')`,
		`CREATE TABLE nothing (a int)`)
	checkReadings(t, src, "t", []string{
		"id int = decimal 18446744073709551615",
		"ti int = int 7",
		"mi int = int -5",
		"yr int = int 2024",
		"dec_ decimal(38,10) = decimal 1234567890123456789012345678.0123456789",
		"dec_big decimal(65,0) = decimal 12345678901234567890123456789012345678901234567890123456789012345",
		"fl float = float 0.1",
		"db float = float 0.1",
		"bi int = int 2730",
		"d date = date 2024-02-29",
		"dt local = local 2024-02-29T12:30:00.5",
		"ts instant = instant 2024-02-29T12:30:00.123456Z",
		"tm text = text -12:30:00.25",
		"en text = text b",
		"st text = text x,y",
		`js text = text {"a": 1}`,
		"bl bytes(65535) = bytes 00ff",
		"bin bytes(4) = bytes 01000000",
		"ch text(5) = text ab",
		"u text = text 123e4567-e89b-12d3-a456-426614174000",
	})
}

func TestLegacyMariaDBIsNotPrettified(t *testing.T) {
	src := mariadbLab().with(t,
		`CREATE TABLE legacy (id bigint unsigned PRIMARY KEY, note varchar(50) CHARACTER SET latin1, starts date, changed datetime, seen timestamp NULL, single float, price decimal(10,2))`,
		// Written with the permissive mode of old installations; 0x93 and 0x94 are the smart quotes of Windows.
		`SET sql_mode = 'ALLOW_INVALID_DATES';
		 INSERT INTO legacy VALUES (1, CONVERT(x'934f6b94' USING latin1), '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 0.1, 1.00),
		 	(9223372036854775808, CONVERT(x'e9' USING latin1), '2023-02-31', '2024-00-00 10:00:00', '2024-01-01 00:00:00', 0.7, -0.5)`)
	checkReadings(t, src, "legacy", []string{
		"id int = int 1",
		"note text(50) = text “Ok”",
		"starts date = text 0000-00-00",
		"changed local = text 0000-00-00 00:00:00",
		"seen instant = text 0000-00-00 00:00:00",
		"single float = float 0.1",
		"price decimal(10,2) = decimal 1",
		"id int = decimal 9223372036854775808",
		"note text(50) = text é",
		"starts date = text 2023-02-31",
		"changed local = text 2024-00-00 10:00:00",
		"seen instant = instant 2024-01-01T00:00:00Z",
		"single float = float 0.7",
		"price decimal(10,2) = decimal -0.5",
	})
	for _, m := range []connectors.Match{
		{Field: "note", In: []record.Value{record.Text("é"), record.Text("emoji 👩")}},
		{Field: "starts", In: []record.Value{record.Text("2023-02-31")}},
		{Field: "id", In: []record.Value{record.Uint(1 << 63)}},
		{Field: "single", In: []record.Value{record.Float(0.7)}},
		{Field: "price", In: []record.Value{record.Decimal(1004, 3), record.Decimal(-5, 1), record.Text("n/a")}},
	} {
		rows := all(t, src, connectors.Query{Table: "legacy", Fields: []string{"id"}, Match: []connectors.Match{m}})
		if len(rows) != 1 || rows[0][0] != record.Uint(1<<63) {
			t.Errorf("%s in %v: %v", m.Field, m.In, rows)
		}
	}
	after := all(t, src, connectors.Query{Table: "legacy", Fields: []string{"id"}, Range: record.Range{From: record.Row{record.Uint(1 << 63)}}})
	if len(after) != 1 {
		t.Errorf("from 2^63: %v", after)
	}
}

func TestTypesOfPostgres(t *testing.T) {
	src := postgresLab().with(t,
		`CREATE TYPE mood AS ENUM ('sad', 'happy')`,
		`CREATE DOMAIN sku AS varchar(20) CHECK (value <> '')`,
		`CREATE TABLE t (id bigint PRIMARY KEY, small smallint, num numeric, num2 numeric(38,10), nan numeric, f4 real, f8 double precision, b boolean,
			vc varchar(10), bp char(5), by bytea, d date, dinf date, ts timestamp, tsz timestamptz, tszinf timestamptz, tm time, tmz timetz, iv interval,
			u uuid, js jsonb, arr int[], m mood, s sku, ip inet, mon money, bits bit(3), old date)`,
		`INSERT INTO t VALUES (1, -2, 1.50, 1234567890123456789012345678.0123456789, 'NaN', 0.1, 0.1, true, 'é', 'ab', '\x00ff', '2024-02-29', 'infinity',
			'2024-02-29 12:30:00.123456', '2024-02-29 12:30:00+02', '-infinity', '24:00', '12:30:00.5+02', '1 day 2 hours', '123E4567-e89b-12d3-a456-426614174000',
			'{"a": 1}', '{1,2}', 'happy', 'AB-1', '10.0.0.1', 12.34, b'101', '0044-03-15 BC')`)
	checkReadings(t, src, "t", []string{
		"id int = int 1",
		"small int = int -2",
		"num decimal = decimal 1.5",
		"num2 decimal(38,10) = decimal 1234567890123456789012345678.0123456789",
		"nan decimal = text NaN",
		"f4 float = float 0.1",
		"f8 float = float 0.1",
		"b bool = bool true",
		"vc text(10) = text é",
		"bp text(5) = text ab",
		"by bytes = bytes 00ff",
		"d date = date 2024-02-29",
		"dinf date = text infinity",
		"ts local = local 2024-02-29T12:30:00.123456",
		"tsz instant = instant 2024-02-29T10:30:00Z",
		"tszinf instant = text -infinity",
		"tm text = text 24:00:00",
		"tmz text = text 12:30:00.5+02",
		"iv text = text 1 day 02:00:00",
		"u text(36) = text 123e4567-e89b-12d3-a456-426614174000",
		`js text = text {"a": 1}`,
		"arr text = text {1,2}",
		"m text = text happy",
		"s text(20) = text AB-1",
		"ip text = text 10.0.0.1/32",
		"mon decimal = decimal 12.34",
		"bits text = text 101",
		"old date = date -0043-03-15",
	})
	rows := all(t, src, connectors.Query{Table: "t", Fields: []string{"id"}, Match: []connectors.Match{
		{Field: "dinf", In: []record.Value{record.Text("infinity")}}, {Field: "bp", In: []record.Value{record.Text("ab")}},
		{Field: "m", In: []record.Value{record.Text("happy")}}, {Field: "nan", In: []record.Value{record.Text("NaN")}},
		{Field: "u", In: []record.Value{record.Text("123e4567-e89b-12d3-a456-426614174000")}},
	}})
	if len(rows) != 1 {
		t.Errorf("matched %d rows, want 1", len(rows))
	}
}

func TestTypesOfSQLiteFollowWhatIsStored(t *testing.T) {
	src := sqliteLab().with(t,
		`CREATE TABLE t (id INTEGER PRIMARY KEY, n INT, price DECIMAL(10,2), real_ REAL, flag BOOLEAN, day DATE, at DATETIME, zoned TIMESTAMPTZ, name VARCHAR(3), raw BLOB, untyped)`,
		`INSERT INTO t VALUES (1, 5, 19.99, 1, 1, '2024-02-29', '2024-02-29 12:30:00', '2024-02-29T12:30:00+02:00', 'long name', x'00ff', 1.5)`,
		`INSERT INTO t VALUES (2, 'five', 'n/a', 'x', 2, '29.02.2024', '2024-02-30 12:30:00', '2024-02-29', x'ff', 'text', 'abc')`,
		`INSERT INTO t VALUES (3, 1.5, 12, 0.5, NULL, 20240229, '2024-02-29T12:30:00.5', NULL, 7, NULL, NULL)`)
	checkReadings(t, src, "t", []string{
		"id int = int 1",
		"n int = int 5",
		"price decimal(10,2) = decimal 19.99",
		"real_ float = float 1",
		"flag bool = bool true",
		"day date = date 2024-02-29",
		"at local = local 2024-02-29T12:30:00",
		"zoned instant = instant 2024-02-29T10:30:00Z",
		"name text = text long name",
		"raw bytes = bytes 00ff",
		"untyped any = float 1.5",
		"id int = int 2",
		"n int = text five",
		"price decimal(10,2) = text n/a",
		"real_ float = text x",
		"flag bool = int 2",
		"day date = text 29.02.2024",
		"at local = text 2024-02-30 12:30:00",
		"zoned instant = text 2024-02-29",
		"name text = bytes ff",
		"raw bytes = text text",
		"untyped any = text abc",
		"id int = int 3",
		"n int = float 1.5",
		"price decimal(10,2) = decimal 12",
		"real_ float = float 0.5",
		"flag bool = any ",
		"day date = int 20240229",
		"at local = local 2024-02-29T12:30:00.5",
		"zoned instant = any ",
		"name text = text 7",
		"raw bytes = any ",
		"untyped any = any ",
	})
	for _, m := range []connectors.Match{
		{Field: "n", In: []record.Value{record.Text("five")}},
		{Field: "day", In: []record.Value{record.Text("29.02.2024")}},
		{Field: "at", In: []record.Value{record.Text("2024-02-30 12:30:00")}},
		{Field: "untyped", In: []record.Value{record.Text("abc")}},
		{Field: "price", In: []record.Value{record.Text("n/a")}},
	} {
		if rows := all(t, src, connectors.Query{Table: "t", Fields: []string{"id"}, Match: []connectors.Match{m}}); len(rows) != 1 || rows[0][0] != record.Int(2) {
			t.Errorf("%s in %v: %v", m.Field, m.In, rows)
		}
	}
}
