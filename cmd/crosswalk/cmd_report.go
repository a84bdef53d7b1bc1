package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"crosswalk/internal/workspace"
	"crosswalk/ledger"
	"crosswalk/reconcile"
)

func (a *app) reportCommand() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report [RUN]",
		Short: "The drift report of a run, for people and for auditors",
		Long: `Writes the report of a run as the ledger keeps it. RUN is a run's name, the
beginning of one, or "last". The same run always gives the same bytes.`,
		Example: "  crosswalk report last --format html -o report.html\n  crosswalk report --format csv > findings.csv",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			run := "last"
			if len(args) == 1 {
				run = args[0]
			}
			if a.json {
				format = "json"
			}
			return a.report(cmd.Context(), run, format, a.absolute(out))
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, html, xlsx, csv or json")
	cmd.Flags().StringVarP(&out, "output", "o", "", "file to write (default: standard output)")
	return cmd
}

// openLedger opens the workspace's ledger alone.
func (a *app) openLedger(ctx context.Context) (*ledger.Ledger, error) {
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, ledger.Config{Driver: ws.Ledger.Driver, DSN: ws.Ledger.Location(), Now: a.now})
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return l, nil
}

func (a *app) report(ctx context.Context, id, format, out string) error {
	l, err := a.openLedger(ctx)
	if err != nil {
		return err
	}
	defer l.Close()
	run, err := l.Run(ctx, id)
	if err != nil {
		return err
	}
	document, err := l.Report(ctx, run.ID)
	if err != nil {
		return err
	}
	if document == nil {
		return fmt.Errorf("run %s has no report: it ended as %s%s", run.ID, run.Verdict, because(run.Message))
	}
	var report reconcile.Report
	if err := json.Unmarshal(document, &report); err != nil {
		return fmt.Errorf("the report of run %s cannot be read: %w", run.ID, err)
	}
	write, err := a.renderer(format)
	if err != nil {
		return err
	}
	if out == "" {
		return write(a.stdout, &report)
	}
	return writeFile(out, func(w io.Writer) error { return write(w, &report) })
}

func because(message string) string {
	if message == "" {
		return ""
	}
	return ": " + message
}

func (a *app) renderer(format string) (func(io.Writer, *reconcile.Report) error, error) {
	switch format {
	case "text":
		return func(w io.Writer, r *reconcile.Report) error {
			return reconcile.WriteText(w, r, reconcile.TextOptions{Width: a.width, Color: a.color})
		}, nil
	case "html":
		return reconcile.WriteHTML, nil
	case "xlsx":
		return reconcile.WriteXLSX, nil
	case "csv":
		return reconcile.WriteCSV, nil
	case "json":
		return reconcile.WriteJSON, nil
	}
	return nil, fmt.Errorf("no report format %q; there are text, html, xlsx, csv, json", format)
}

// writeFile writes a file that appears under its name only when it is whole.
func writeFile(path string, write func(io.Writer) error) error {
	if err := writeWhole(path, write); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, withoutName(err))
	}
	return nil
}

func writeWhole(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".crosswalk-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	if err := file.Chmod(0o644); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// withoutName leaves the name of the temporary file out of an error, for nobody
// has ever heard of it.
func withoutName(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return at.Err
	}
	if at, ok := errors.AsType[*os.LinkError](err); ok {
		return at.Err
	}
	return err
}
