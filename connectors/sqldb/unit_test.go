package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOneQueryIsOnePairOfBrackets(t *testing.T) {
	for text, want := range map[string]bool{
		"(SELECT 1)":                          true,
		" (SELECT 1)":                         true,
		"(SELECT (1), 2) ":                    true,
		"(SELECT ')' AS \")\", [)] FROM `)`)": true,
		"(SELECT 'it''s )')":                  true,
		"(SELECT 1 -- )\n)":                   true,
		"(SELECT 1 /* ) ' */)":                true,
		"(SELECT ';')":                        true,
		"(SELECT 1":                           false,
		"(SELECT 1) t":                        false,
		"(SELECT 1); DROP TABLE t":            false,
		"(SELECT 1); (SELECT 2)":              false,
		"(SELECT 1; SELECT 2)":                false,
		"(SELECT 'a)":                         false,
		"(SELECT 1 -- )":                      false,
		"(SELECT 1 /* )":                      false,
		"()()":                                false,
		"":                                    false,
	} {
		if oneQuery(text) != want {
			t.Errorf("%s: %v", text, !want)
		}
	}
}

func FuzzOneQuery(f *testing.F) {
	f.Add("(SELECT ')' AS \")\", [)] FROM `)`)")
	f.Add("(SELECT 1 -- )\n /* ( */)")
	f.Fuzz(func(t *testing.T, text string) {
		if !oneQuery(text) {
			return
		}
		for _, more := range []string{"; SELECT 1", " x", "()", "'"} {
			if oneQuery(text + more) {
				t.Errorf("%q passes with %q after it", text, more)
			}
		}
	})
}

func TestTimesReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(-62135596800_000000, 253402300799_999999).Draw(t, "micros")
		at := time.UnixMicro(micros).UTC()
		for _, layout := range []string{"2006-01-02 15:04:05.999999", "2006-01-02T15:04:05.000000"} {
			text := at.Format(layout)
			got, ok := parseClock([]byte(text))
			if !ok || !got.Equal(at) {
				t.Fatalf("%s read as %v, %v", text, got, ok)
			}
		}
		day, rest, ok := parseDay(at.Format(time.DateOnly))
		if !ok || rest != "" || record.DateOf(day) != record.DateOf(at) {
			t.Fatalf("%s read as %v", at, day)
		}
	})
}

func TestWhatIsNoTimeStaysText(t *testing.T) {
	for _, text := range []string{
		"", "2024", "0000-00-00", "2024-02-30 10:00:00", "2024-01-01", "2024-01-01 24:00:00", "2024-01-01 10:60:00", "2024-01-01 10:00",
		"2024-01-01 10:00:00.", "2024-01-01 10:00:00.1234567", "2024-01-01 10:00:00Z", "2024-01-01_10:00:00", "+024-01-01 10:00:00",
	} {
		v, err := decodeLocal(&record.Batch{}, text)
		if err != nil || v != record.Text(text) {
			t.Errorf("%q became %s %v, %v", text, v.Kind(), v, err)
		}
	}
}

func TestSamplesCutIntoEqualParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "n")
		rows := rapid.IntRange(0, 20_000).Draw(t, "rows")
		s := sampler{most: 64 * n, step: 1}
		for i := range rows {
			s.add(record.Row{record.Int(int64(i))})
		}
		parts := ranges(s.cuts(n))
		if len(parts) > n {
			t.Fatalf("%d parts, want at most %d", len(parts), n)
		}
		start := 0
		for i, p := range parts {
			end := rows
			if p.To != nil {
				end = int(p.To[0].AsInt())
			}
			if i > 0 && int(p.From[0].AsInt()) != start {
				t.Fatalf("part %d starts at %v, not at %d", i, p.From, start)
			}
			if fair := float64(rows) / float64(n); rows >= n && float64(end-start) > 1.1*fair+2 {
				t.Fatalf("part %d of %d has %d of %d rows", i, n, end-start, rows)
			}
			start = end
		}
	})
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	for want, c := range map[string]Config{
		"which database":        {},
		"path is a SQLite file": {Path: "x.db", Host: "h"},
		"either dsn or host":    {DSN: "mysql://h/db", User: "u"},
		"port is 70000":         {Host: "h", Port: 70000},
		"max_connections is -1": {Host: "h", MaxConnections: -1},
		"tls is \"on\"":         {Host: "h", TLS: "on"},
		"end_dates is \"last\"": {Host: "h", EndDates: "last"},
		"zone is \"Mars/Base\"": {Host: "h", Zone: "Mars/Base"},
		"\"[\" is no pattern":   {Host: "h", Tables: []string{"["}},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
	full := Config{Host: "h", Port: 1, User: "u", Password: "p", Database: "d", TLS: "verify-full", Zone: "Europe/Berlin", Tables: []string{"a*"}, EndDates: connectors.EndExclusive}
	if err := full.Validate(); err != nil {
		t.Error(err)
	}
}

func TestURLsAndPartsMeanTheSame(t *testing.T) {
	fromURL, err := Config{DSN: "mysql://us%40er:p%2Fw@db.example:3307/legacy?x=1"}.endpoint([]string{"mysql"}, "3306")
	if err != nil {
		t.Fatal(err)
	}
	fromParts, err := Config{Host: "db.example", Port: 3307, User: "us@er", Password: "p/w", Database: "legacy"}.endpoint([]string{"mysql"}, "3306")
	if err != nil {
		t.Fatal(err)
	}
	fromParts.params = fromURL.params
	if diff := cmp.Diff(fromParts, fromURL, cmp.AllowUnexported(endpoint{})); diff != "" {
		t.Error(diff)
	}
	if mode := fromURL.tls(Config{}); mode != tlsRequire {
		t.Errorf("tls for another machine is %s", mode)
	}
	for _, host := range []string{"localhost", "127.0.0.1", "::1", "/run/socket"} {
		if mode := (endpoint{host: host}).tls(Config{}); mode != tlsDisable {
			t.Errorf("tls for %s is %s", host, mode)
		}
	}
}

func TestBrokenCursorsAreRefused(t *testing.T) {
	key := record.Row{record.Text("a"), record.Int(-5)}
	again, err := parseCursor(makeCursor(key), 2)
	if err != nil || !slices.Equal(again, key) {
		t.Errorf("%v became %v, %v", key, again, err)
	}
	for _, c := range []record.Cursor{"!", makeCursor(key[:1]), makeCursor(append(key, record.Null())), "AAAA"} {
		if _, err := parseCursor(c, 2); err == nil {
			t.Errorf("%q passes", c)
		}
	}
}

func TestPasswordsNeverShow(t *testing.T) {
	v := view{dialect: postgres(), place: "h/db", secrets: []string{"s3cret"}}
	err := v.fail("read", "orders", fmt.Errorf("user x, password s3cret: %w", context.Canceled))
	if shown := fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)); strings.Contains(shown, "s3cret") {
		t.Error(shown)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it is no longer known to be canceled: %v", err)
	}
}

// No server answers here for SQL Server, so its statements are at least read.
func TestStatementsOfSQLServer(t *testing.T) {
	v := &view{dialect: sqlserver(), cache: &cache{}}
	table := v.newTable("orders", "[dbo].[orders]", []native{
		{Name: "id", Type: "int", Key: nullInt(1), Unique: true},
		{Name: "name]s", Type: "nvarchar", Size: nullInt(40)},
		{Name: "guid", Type: "uniqueidentifier"},
		{Name: "price", Type: "decimal", Size: nullInt(12), Scale: nullInt(2)},
	})
	st, err := v.statement(table, connectors.Query{
		Table: "orders", Sorted: true,
		Match: []connectors.Match{{Field: "name]s", In: []record.Value{record.Text("a"), record.Null()}}, {Field: "price", In: []record.Value{record.Decimal(150, 2)}}},
		Range: record.Range{From: record.Row{record.Int(1)}, To: record.Row{record.Int(9)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "SELECT t.[id], CAST(t.[name]]s] AS nvarchar(max)), LOWER(CONVERT(char(36), t.[guid])), t.[price] FROM [dbo].[orders] t" +
		" WHERE (CAST(CAST(t.[name]]s] AS nvarchar(max)) AS varbinary(max)) IN (CAST(CAST(@p1 AS nvarchar(max)) AS varbinary(max))) OR t.[name]]s] IS NULL)" +
		" AND (t.[price] IN (CAST(@p2 AS decimal(38,2)))) AND t.[id] >= @p3 AND t.[id] < @p4 ORDER BY t.[id]"
	if diff := cmp.Diff(want, st.text); diff != "" {
		t.Error(diff)
	}
	byName := v.newTable("users", "[dbo].[users]", []native{{Name: "name", Type: "nvarchar", Key: nullInt(1), Unique: true}})
	if _, err := v.statement(byName, connectors.Query{Table: "users", Sorted: true}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("sorted by a text: %v", err)
	}
}

func nullInt(n int64) sql.NullInt64 { return sql.NullInt64{Int64: n, Valid: true} }
