package org

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAFileHasOneOrgAtATime(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "org.db")
	first, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Open(context.Background(), Options{Path: path}); err == nil || !strings.Contains(err.Error(), "another simulator serves it") {
		t.Errorf("a second org opens with %v, %v", second, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := Open(context.Background(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestADatabaseThatIsNoOrgStaysAsItIs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hub.db")
	driver, err := newDriver()
	if err != nil {
		t.Fatal(err)
	}
	db := driven{driver}.open(path, nil)
	if _, err := db.Exec("CREATE TABLE User (name TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), Options{Path: path}); err == nil || !strings.Contains(err.Error(), "not that of a simulated org") {
		t.Errorf("opened with %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Error("the file has changed", err)
	}
}

func TestAPanicLeavesNoTransactionOpen(t *testing.T) {
	w := newWorld(t)
	func() {
		defer func() { _ = recover() }()
		_ = w.org.transact(context.Background(), func(*tx) error { panic("a mistake of ours") })
	}()
	w.insert("Account", "Name=a")
}

func TestAnOrgSurvivesTheEndOfItsProcess(t *testing.T) {
	w := &world{t: t, now: time.Date(2026, 3, 15, 10, 30, 0, 0, time.UTC)}
	folder := t.TempDir()
	w.open(filepath.Join(folder, "org.db"))
	w.insert("Account", "Name=a")
	// What the file system holds now is what a process leaves that is killed.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	w.open(filepath.Join(copied, "org.db"))
	w.expect("SELECT Name FROM Account", "a")
	w.insert("Account", "Name=b")
}
