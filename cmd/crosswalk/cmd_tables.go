package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/internal/workspace"
	"crosswalk/record"
)

func (a *app) tablesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tables SYSTEM",
		Short:   "The tables of a system, with columns, types and keys",
		Long:    "Lists what a system offers to read. SYSTEM is a name from crosswalk.yaml, or \"hub\".",
		Example: "  crosswalk tables licdb\n  crosswalk tables hub --json",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.tables(cmd.Context(), args[0]) },
	}
	cmd.ValidArgsFunction = a.completeSystems
	return cmd
}

// tableDocument is a table as --json prints it.
type tableDocument struct {
	Table   string           `json:"table"`
	Key     []string         `json:"key"`
	Columns []columnDocument `json:"columns"`
}

type columnDocument struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Nullable bool   `json:"nullable"`
	Native   string `json:"native"`
}

func (a *app) tables(ctx context.Context, name string) error {
	source, done, err := a.source(ctx, name)
	if err != nil {
		return err
	}
	defer done()
	names, err := source.Tables(ctx)
	if err != nil {
		return err
	}
	all := []tableDocument{}
	for _, table := range names {
		s, err := source.Describe(ctx, table)
		if err != nil {
			return err
		}
		all = append(all, describe(table, s))
	}
	if a.json {
		return a.printJSON(all)
	}
	for _, t := range all {
		key := ""
		if len(t.Key) > 0 {
			key = "  key " + strings.Join(t.Key, ", ")
		}
		fmt.Fprintf(a.stdout, "%s%s\n", t.Table, key)
		w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
		for _, c := range t.Columns {
			null := ""
			if !c.Nullable {
				null = "not null"
			}
			fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", c.Name, c.Type, null, c.Native)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func describe(table string, s *record.Schema) tableDocument {
	t := tableDocument{Table: table, Key: slices.Clone(s.KeyNames()), Columns: []columnDocument{}}
	for _, f := range s.Fields {
		t.Columns = append(t.Columns, columnDocument{f.Name, f.Type.String(), f.Nullable, f.Native})
	}
	return t
}

// source opens a system of the workspace, or the hub, for reading.
func (a *app) source(ctx context.Context, name string) (connectors.Source, func(), error) {
	if name == "hub" {
		s, err := a.open(ctx)
		if err != nil {
			return nil, nil, err
		}
		return s.store, s.Close, nil
	}
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, nil, err
	}
	source, err := ws.Open(ctx, a.registry, name)
	if err != nil {
		return nil, nil, err
	}
	return source, func() { source.Close() }, nil
}

// completeLines offers the product lines to the shell.
func (a *app) completeLines(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var codes []string
	for _, l := range ws.Lines {
		codes = append(codes, l.Code+"\t"+l.Name)
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeSystems(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	names := []string{"hub"}
	for _, s := range ws.Systems {
		names = append(names, s.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
