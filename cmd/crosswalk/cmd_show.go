package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/internal/workspace"
	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

func (a *app) showCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "show PLAN",
		Short: "Show a plan in full, masked columns masked",
		Long: `Shows the changes of a plan, one line each: + to create, * to update, - to
delete. With --json, each change is one JSON line after a line with the plan.`,
		Example: "  crosswalk show fleet.plan\n  crosswalk show fleet.plan --limit 10",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.show(cmd.Context(), args[0], limit) },
	}
	cmd.Flags().IntVar(&limit, "limit", 0, "most changes to show of each table (default: all)")
	return cmd
}

func (a *app) show(ctx context.Context, path string, limit int) error {
	plan, err := reconcile.OpenPlan(a.absolute(path))
	if err != nil {
		return err
	}
	ws, err := workspace.Load(a.env)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(a.stdout)
	if a.json {
		head, err := json.Marshal(struct {
			reconcile.Plan
			Hash    string          `json:"hash"`
			Changes int64           `json:"changes"`
			Summary json.RawMessage `json:"summary"`
		}{plan.Plan, plan.Hash, plan.Changes, plan.Summary})
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", head)
	} else {
		fmt.Fprintf(out, "Plan %s of line %s to %s, made %s by run %s\n%s to write\n", short(plan.Hash), plan.Line, route{to: plan.Target}.target(), plan.Created, plan.Run, rowCount(plan.Changes))
	}
	s := &shower{out: out, limit: limit, json: a.json, maskKey: ws.MaskKey}
	err = plan.Each(ctx, s)
	s.left()
	// The writer remembers its first failure, so a plan cut short is told here.
	return errors.Join(err, out.Flush())
}

// shower is the Sink that prints.
type shower struct {
	out     *bufio.Writer
	limit   int
	json    bool
	maskKey []byte
	section reconcile.Section
	shown   int
}

func (s *shower) Section(_ context.Context, section reconcile.Section) error {
	s.left()
	s.section, s.shown = section, 0
	if !s.json {
		fmt.Fprintf(s.out, "\n%s\n", section.Schema.Table)
	}
	return nil
}

func (s *shower) Change(_ context.Context, c *reconcile.Change) error {
	s.shown++
	if s.limit > 0 && s.shown > s.limit {
		return nil
	}
	if s.json {
		return s.jsonLine(c)
	}
	_, err := fmt.Fprintln(s.out, s.textLine(c))
	return err
}

func (s *shower) left() {
	if s.limit > 0 && s.shown > s.limit && !s.json {
		fmt.Fprintf(s.out, "  … and %s more\n", rowCount(int64(s.shown-s.limit)))
	}
}

func (s *shower) textLine(c *reconcile.Change) string {
	fields := s.section.Schema.Fields
	var parts []string
	switch c.Op {
	case connectors.Update:
		for _, f := range c.Fields {
			parts = append(parts, fmt.Sprintf("%s: is %s, will be %s", fields[f].Name, s.value(f, c.Was[f]), s.value(f, c.Row[f])))
		}
		return "* " + s.key(c.Row) + " " + strings.Join(parts, "; ")
	case connectors.Delete:
		return "- " + s.rowText(c.Row)
	}
	return "+ " + s.rowText(c.Row)
}

func (s *shower) key(row record.Row) string {
	return mapping.SourceKey(s.section.ShownKey(row, s.maskKey)...)
}

func (s *shower) rowText(row record.Row) string {
	parts := []string{s.key(row)}
	for i, v := range row {
		if !v.IsNull() && !slices.Contains(s.section.Schema.Key, i) {
			parts = append(parts, s.section.Schema.Fields[i].Name+"="+s.value(i, v))
		}
	}
	return strings.Join(parts, " ")
}

func (s *shower) value(f int, v record.Value) string {
	switch {
	case v.IsNull():
		return "null"
	case s.section.Schema.Fields[f].Masked:
		return record.Keyed(s.maskKey, v)
	case v.Kind() == record.KindText:
		return fmt.Sprintf("%q", v.AsText())
	}
	return v.String()
}

func (s *shower) jsonLine(c *reconcile.Change) error {
	line := record.AppendJSON([]byte(`{"table":`), record.Text(s.section.Schema.Table))
	line = fmt.Appendf(line, `,"op":%q,"row":`, c.Op)
	all := make([]int, len(c.Row))
	for i := range all {
		all[i] = i
	}
	line = s.object(line, c.Row, all)
	if c.Op == connectors.Update {
		line = s.object(append(line, `,"was":`...), c.Was, c.Fields)
	}
	_, err := s.out.Write(append(line, "}\n"...))
	return err
}

// object appends some columns of a row as a JSON object.
func (s *shower) object(line []byte, row record.Row, columns []int) []byte {
	line = append(line, '{')
	for n, i := range columns {
		if n > 0 {
			line = append(line, ',')
		}
		v, field := row[i], &s.section.Schema.Fields[i]
		if field.Masked && !v.IsNull() {
			v = record.Text(record.Keyed(s.maskKey, v))
		}
		line = append(record.AppendJSON(line, record.Text(field.Name)), ':')
		line = record.AppendJSON(line, v)
	}
	return append(line, '}')
}
