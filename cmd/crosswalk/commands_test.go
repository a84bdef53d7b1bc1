package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"crosswalk/internal/testdb"
)

type command = func(ts *testscript.TestScript, neg bool, args []string)

// scriptCommands are what scripts can say beyond testscript's own commands.
func scriptCommands() map[string]command {
	return map[string]command{
		"exit":     exitCommand,
		"sql":      sqlCommand,
		"json":     jsonCommand,
		"hubdump":  hubdumpCommand,
		"tiny":     tinyCommand,
		"sample":   sampleCommand,
		"postgres": serverCommand(testdb.Postgres),
		"mariadb":  serverCommand(testdb.MariaDB),
		"edit":     editCommand,
		"lines":    linesCommand,
		"nowhere":  nowhereCommand,
		"short":    shortCommand,
		"workbook": workbookCommand,
		"bomb":     bombCommand,
	}
}

// exit CODE PROGRAM ARG...  runs a program, which must end with that code.
func exitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE PROGRAM ARG...")
	}
	code := 0
	var failed *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &failed) {
		code = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if want, err := strconv.Atoi(args[0]); err != nil || code != want {
		ts.Fatalf("exit code %d, should be %s", code, args[0])
	}
}

// sql DATABASE STATEMENT  executes a statement in a SQLite file, or in the
// PostgreSQL or MariaDB database of a URL, and prints what it selects.
func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql DATABASE STATEMENT")
	}
	db, err := openDatabase(args[0], ts.MkAbs)
	ts.Check(err)
	defer db.Close()
	if head := strings.ToUpper(args[1]); !strings.HasPrefix(head, "SELECT") && !strings.HasPrefix(head, "PRAGMA") {
		_, err := db.Exec(args[1])
		ts.Check(err)
		return
	}
	rows, err := db.Query(args[1])
	ts.Check(err)
	lines, err := textRows(rows)
	ts.Check(err)
	for _, line := range lines {
		fmt.Fprintln(ts.Stdout(), line)
	}
}

// json FILE PATH VALUE  looks a value up in a JSON document; see find.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	found, err := findIn(ts.ReadFile(args[0]), args[1])
	if err != nil && neg {
		return
	}
	ts.Check(err)
	if (spell(found) == args[2]) == neg {
		ts.Fatalf("%s of %s is %s, should %sbe %s", args[1], args[0], spell(found), map[bool]string{true: "not "}[neg], args[2])
	}
}

// findIn looks a value up in the text of a JSON document.
func findIn(text, path string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	return find(document, path)
}

// find follows a path into a JSON document:
//
//	counts.0.read           the member of an object, an element of a list
//	counts.mapping=x.read   the only element whose member is x
//	counts.len              the length of a list
//	counts.+read            the sum of a member over a list
//	counts.@                the names of the members of an object, sorted
func find(v any, path string) (any, error) {
	for _, step := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			if step == "@" {
				return names(at), nil
			}
			next, ok := at[step]
			if !ok {
				return nil, fmt.Errorf("%s: there is no %s, only %s", path, step, names(at))
			}
			v = next
		case []any:
			next, err := element(at, step)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			v = next
		default:
			return nil, fmt.Errorf("%s: %s is no object and no list", path, spell(v))
		}
	}
	return v, nil
}

func element(list []any, step string) (any, error) {
	if step == "len" {
		return len(list), nil
	}
	if name, ok := strings.CutPrefix(step, "+"); ok {
		sum := 0
		for _, e := range list {
			n, err := strconv.Atoi(spell(e.(map[string]any)[name]))
			if err != nil {
				return nil, err
			}
			sum += n
		}
		return sum, nil
	}
	name, value, ok := strings.Cut(step, "=")
	if !ok {
		if i, err := strconv.Atoi(step); err == nil && i < len(list) {
			return list[i], nil
		}
		return nil, fmt.Errorf("a list of %d has no %s", len(list), step)
	}
	var found []any
	for _, e := range list {
		if object, ok := e.(map[string]any); ok && spell(object[name]) == value {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%d elements have %s", len(found), step)
	}
	return found[0], nil
}

func names(object map[string]any) string {
	return strings.Join(sortedKeys(object), " ")
}

// spell writes a text as it is, and everything else as JSON.
func spell(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// hubdump FILE [URL]  writes all rows of the hub into a file: of hub.db, or of
// a PostgreSQL database.
func hubdumpCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 || len(args) > 2 {
		ts.Fatalf("usage: hubdump FILE [URL]")
	}
	where := "hub.db"
	if len(args) == 2 {
		where = args[1]
	}
	db, err := openDatabase(where, ts.MkAbs)
	ts.Check(err)
	defer db.Close()
	dump, err := dumpHub(db)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(dump), 0o600))
}

// tiny  makes a workspace of a few rows in the current folder.
func tinyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: tiny")
	}
	dir := ts.MkAbs(".")
	ts.Check(os.CopyFS(dir, os.DirFS(ts.Value(tinyFolder{}).(string))))
	db, err := sql.Open("sqlite", filepath.Join(dir, "old.db"))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(ts.ReadFile("old.sql"))
	ts.Check(err)
}

// sample  copies the sample workspace of size s into the current folder.
func sampleCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: sample")
	}
	ts.Check(sample.copyTo(ts.MkAbs(".")))
}

// postgres NAME and mariadb NAME  put the URL of a new database into the
// variable of that name, and its parts into NAME_HOST, NAME_USER, NAME_DB.
func serverCommand(start func(testing.TB) string) command {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 1 {
			ts.Fatalf("usage: postgres|mariadb NAME")
		}
		address := start(ts.Value(testKey{}).(testing.TB))
		ts.Setenv(args[0], address)
		parts, err := partsOf(address)
		ts.Check(err)
		for name, part := range parts {
			ts.Setenv(args[0]+"_"+name, part)
		}
	}
}
