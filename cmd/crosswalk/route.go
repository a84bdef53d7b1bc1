package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"crosswalk/connectors"
	"crosswalk/internal/workspace"
	"crosswalk/mapping"
)

// route is what one run carries: the rows of a line that go to one target.
type route struct {
	line workspace.Line
	to   string // mapping.Hub, or a system of the workspace
}

// route finds the way of a line to a target.
func (s *session) route(code, to string) (route, error) {
	line, err := s.ws.Line(code)
	if err != nil {
		return route{}, err
	}
	if !slices.Contains(line.Targets(), to) {
		return route{}, fmt.Errorf("no mapping of %s goes to %q; they go to %s", code, to, strings.Join(line.Targets(), ", "))
	}
	return route{line, to}, nil
}

// routes finds the ways of all lines that go to a target.
func (s *session) routes(to string) ([]route, error) {
	var all []route
	for _, line := range s.ws.Lines {
		if slices.Contains(line.Targets(), to) {
			all = append(all, route{line, to})
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no mapping goes to %q", to)
	}
	return all, nil
}

func (r route) inHub() bool { return r.to == mapping.Hub }

// target is the target as messages name it.
func (r route) target() string {
	if r.inHub() {
		return "the hub"
	}
	return r.to
}

// name stands for the route in file names and leases: that to the hub is called
// after the line alone.
func (r route) name() string {
	if r.inHub() {
		return r.line.Code
	}
	return r.line.Code + "." + r.to
}

// args name the route on a command line.
func (r route) args() string {
	if r.inHub() {
		return r.line.Code
	}
	return r.line.Code + " --to " + r.to
}

// entity names a table of the target in the ledger, where tables of all
// targets stand together.
func (r route) entity(table string) string {
	if r.inHub() {
		return table
	}
	return r.to + "." + table
}

// tables are the target's tables that the route fills, as the ledger names
// them, each once.
func (r route) tables() []string {
	var all []string
	for _, m := range r.line.To(r.to) {
		if name := r.entity(m.Target.Table); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// target opens what a route fills.
func (s *session) target(ctx context.Context, to string) (connectors.Target, error) {
	source, err := s.system(ctx, to)
	if err != nil {
		return nil, err
	}
	target, ok := source.(connectors.Target)
	if !ok {
		return nil, fmt.Errorf("system %s can only be read, so no mapping can have it as its target", to)
	}
	return target, nil
}

// masked tells which columns of the hub hold what a mapping has masked on its
// way in: they are hidden on their way out, too.
func (s *session) masked(system, table, column string) bool {
	if system != mapping.Hub {
		return false
	}
	column = column[strings.LastIndex(column, ".")+1:] // of a query that follows references
	for _, line := range s.ws.Lines {
		for _, m := range line.To(mapping.Hub) {
			if (table == "" || table == m.Target.Table) && slices.Contains(m.Masked(), column) {
				return true
			}
		}
	}
	return false
}

// toFlag lets a command go to another target than the hub.
func (a *app) toFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "to", mapping.Hub, "system that the rows go to")
	_ = cmd.RegisterFlagCompletionFunc("to", a.completeTargets) // fails only for a flag that does not exist
}

// completeTargets offers the targets of all lines to the shell.
func (a *app) completeTargets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	ws, err := workspace.Load(a.env)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, line := range ws.Lines {
		names = append(names, line.Targets()...)
	}
	slices.Sort(names)
	return slices.Compact(names), cobra.ShellCompDirectiveNoFileComp
}
