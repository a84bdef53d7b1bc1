package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"crosswalk/ledger"
	"crosswalk/reconcile"
)

func (a *app) runsCommand() *cobra.Command {
	var filter ledger.RunFilter
	cmd := &cobra.Command{
		Use:     "runs",
		Short:   "What was run, by whom, and how it ended",
		Example: "  crosswalk runs\n  crosswalk runs --line fleet --limit 5 --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := a.openLedger(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			runs, err := l.Runs(cmd.Context(), filter)
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(runDocuments(runs))
			}
			w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "RUN\tKIND\tLINE\tTARGET\tVERDICT\tTOOK\tBY\tMESSAGE")
			for _, r := range runs {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, r.Line, r.Target, r.Verdict, took(r), r.Operator, oneLine(r.Message))
			}
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&filter.Line, "line", "", "only runs of this product line")
	cmd.Flags().StringVar(&filter.Target, "to", "", "only runs to this target: hub, or a system")
	cmd.Flags().StringVar(&filter.Kind, "kind", "", "only runs of this kind: plan, apply, migrate, reconcile")
	cmd.Flags().IntVar(&filter.Limit, "limit", 20, "most runs to list; 0 for all")
	return cmd
}

// oneLine keeps a message that has several lines in its row of the list.
func oneLine(message string) string {
	return strings.NewReplacer("\n", "; ", "\t", " ").Replace(message)
}

func took(r *ledger.Run) string {
	if r.Finished.IsZero() {
		return ""
	}
	return r.Finished.Sub(r.Started).Round(100 * time.Millisecond).String()
}

// runDocument is a run as --json prints it.
type runDocument struct {
	Run      string `json:"run"`
	Kind     string `json:"kind"`
	Line     string `json:"line"`
	Target   string `json:"target"`
	Verdict  string `json:"verdict"`
	Message  string `json:"message"`
	Started  string `json:"started"`
	Finished string `json:"finished,omitempty"`
	Operator string `json:"operator"`
	Tool     string `json:"tool"`
	Plan     string `json:"plan,omitempty"`
	SetAside int64  `json:"set_aside"`
	Findings int64  `json:"findings"`
	Head     string `json:"ledger_head"`
}

func runDocuments(runs []*ledger.Run) []runDocument {
	all := []runDocument{}
	for _, r := range runs {
		d := runDocument{Run: r.ID, Kind: r.Kind, Line: r.Line, Target: r.Target, Verdict: string(r.Verdict), Message: r.Message, Started: r.Started.UTC().Format(time.RFC3339),
			Operator: r.Operator, Tool: r.Tool, Plan: r.Plan, SetAside: r.SetAside, Findings: r.Findings, Head: r.Head}
		if !r.Finished.IsZero() {
			d.Finished = r.Finished.UTC().Format(time.RFC3339)
		}
		all = append(all, d)
	}
	return all
}

func (a *app) ledgerCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", Short: "Proof that nothing in the ledger was changed"}
	cmd.AddCommand(&cobra.Command{
		Use:     "head",
		Short:   "The hash that stands for the whole ledger; keep a copy elsewhere",
		Example: "  crosswalk ledger head",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := a.openLedger(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			head, err := l.Head(cmd.Context())
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]string{"head": head})
			}
			_, err = fmt.Fprintln(a.stdout, head)
			return err
		},
	}, &cobra.Command{
		Use:     "verify",
		Short:   "Recompute the chain over everything the ledger holds",
		Example: "  crosswalk ledger verify",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := a.openLedger(cmd.Context())
			if err != nil {
				return err
			}
			defer l.Close()
			head, entries, err := l.Verify(cmd.Context())
			var tampered *ledger.TamperError
			if errors.As(err, &tampered) && a.json {
				if err := a.printJSON(map[string]any{"intact": false, "entry": tampered.Entry, "what": tampered.What}); err != nil {
					return err
				}
				return &exit{code: exitDifference}
			}
			if err != nil {
				return err
			}
			if a.json {
				return a.printJSON(map[string]any{"intact": true, "entries": entries, "head": head})
			}
			_, err = fmt.Fprintf(a.stdout, "intact: %s entries, head %s\n", reconcile.Thousands(entries), head)
			return err
		},
	})
	return cmd
}
