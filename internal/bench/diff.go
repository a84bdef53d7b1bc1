package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// measureDiff measures diff of two CSV files whose rows stand in different
// orders; 100 of them differ.
func measureDiff(ctx context.Context, o options, dir string, rows int, t *table) (map[string]usage, error) {
	left, right := filepath.Join(dir, "left.csv"), filepath.Join(dir, "right.csv")
	if err := writeCSV(left, rows, 1, -1); err != nil {
		return nil, err
	}
	// 48271 shares no factor with the row counts that are used.
	if err := writeCSV(right, rows, 48271, rows/100); err != nil {
		return nil, err
	}
	ours := func() (usage, error) {
		return measure(ctx, dir, []int{2}, o.binary, "diff", "csv:"+left, "csv:"+right, "--key", "id", "-q", "--limit", "10")
	}
	limit, against, aim := csvLimit(ctx, dir, left, right)
	a, b, err := pair(o.runs, ours, limit)
	if err != nil {
		return nil, err
	}
	t.time(fmt.Sprintf("diff 2 × %d CSV rows", rows), a, b, against, aim)
	return map[string]usage{"diff": a}, nil
}

// csvLimit is csvdiff if it can be had, and otherwise a plain reading of both
// files.
func csvLimit(ctx context.Context, dir, left, right string) (func() (usage, error), string, float64) {
	install := exec.CommandContext(ctx, "go", "install", "github.com/aswinkarthik/csvdiff@v1.4.0")
	install.Env = append(os.Environ(), "GOBIN="+dir)
	install.Dir = dir
	csvdiff := filepath.Join(dir, "csvdiff")
	if install.Run() == nil {
		return func() (usage, error) { return measure(ctx, dir, []int{1}, csvdiff, left, right) }, "csvdiff 1.4.0", 1.5
	}
	return func() (usage, error) {
		return timed(func() error {
			return errors.Join(readCSV(left), readCSV(right))
		})
	}, "encoding/csv, one file after the other", 3
}

func timed(do func() error) (usage, error) {
	started := time.Now()
	err := do()
	return usage{wall: time.Since(started)}, err
}

// writeCSV writes rows 0, step, 2·step ... modulo rows; every changed-th row
// has another quantity.
func writeCSV(path string, rows, step, changed int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, 1<<20)
	fmt.Fprintln(w, "id,customer,sku,product,qty,unit,start,end,state,contact,email,country,amount,note")
	for i := range rows {
		n := int(int64(i) * int64(step) % int64(rows))
		qty := n % 500
		if changed > 0 && n%changed == 0 {
			qty++
		}
		fmt.Fprintf(w, "%d,Customer %d,SKU-%05d,Product %d,%d,SEAT,2024-%02d-%02d,2025-%02d-%02d,active,Contact %d,user%d@example.com,DE,%d.%02d,\"note, number %d\"\n",
			n, n, n%9973, n%37, qty, n%12+1, n%28+1, n%12+1, n%28+1, n%997, n, n%10000, n%100, n)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func readCSV(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	r := csv.NewReader(bufio.NewReaderSize(file, 1<<20))
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
