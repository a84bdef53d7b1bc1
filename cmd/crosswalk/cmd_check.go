package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/reconcile"
)

func (a *app) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Compile everything, open every system; change nothing",
		Long: `Reads crosswalk.yaml and every mapping, opens every system, checks each mapping
against the tables that it reads and writes, and says what each system can do.`,
		Example: "  crosswalk check\n  crosswalk check --json",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.check(cmd.Context()) },
	}
}

type checkDocument struct {
	Systems    []systemDocument      `json:"systems"`
	Lines      []lineDocument        `json:"lines"`
	Invariants []reconcile.Invariant `json:"invariants"`
}

type systemDocument struct {
	System string               `json:"system"`
	Kind   string               `json:"kind"`
	Tables int                  `json:"tables"`
	Can    []connectors.Ability `json:"can"`
}

type lineDocument struct {
	Line     string   `json:"line"`
	Name     string   `json:"name"`
	Target   string   `json:"target"`
	Mappings int      `json:"mappings"`
	Tables   []string `json:"tables"`
}

func (a *app) check(ctx context.Context) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	doc := checkDocument{Systems: []systemDocument{}, Lines: []lineDocument{}}
	for _, system := range s.ws.Systems {
		source, err := s.system(ctx, system.Name)
		if err != nil {
			return err
		}
		tables, err := source.Tables(ctx)
		if err != nil {
			return fmt.Errorf("system %s: %w", system.Name, err)
		}
		doc.Systems = append(doc.Systems, systemDocument{system.Name, system.Kind, len(tables), append([]connectors.Ability{}, connectors.Abilities(source)...)})
	}
	for _, line := range s.ws.Lines {
		for _, to := range line.Targets() {
			flows, err := s.flows(ctx, route{line, to}, silent{}, nil, s.ws.Deletes)
			if err != nil {
				return err
			}
			doc.Lines = append(doc.Lines, lineDocument{line.Code, line.Name, to, len(line.To(to)), flows.Tables()})
		}
	}
	if doc.Invariants, err = s.invariants(ctx); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(doc)
	}
	return a.printCheck(doc)
}

func (a *app) printCheck(doc checkDocument) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SYSTEM\tKIND\tTABLES\tCAN, BESIDES READING")
	for _, s := range doc.Systems {
		can := make([]string, len(s.Can))
		for i, c := range s.Can {
			can[i] = string(c)
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", s.System, s.Kind, s.Tables, strings.Join(can, ", "))
	}
	fmt.Fprintln(w, "\nLINE\tNAME\tTARGET\tMAPPINGS\tTABLES, IN ORDER")
	for _, l := range doc.Lines {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", l.Line, l.Name, l.Target, l.Mappings, strings.Join(l.Tables, ", "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, i := range doc.Invariants {
		if i.Violations > 0 {
			fmt.Fprintf(a.stdout, "\ninvariant %s is violated by %s: %s\n", i.Name, rowCount(i.Violations), i.Title)
		}
	}
	_, err := fmt.Fprintln(a.stdout, "\nEverything fits. No row was written.")
	return err
}
