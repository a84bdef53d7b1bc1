package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"crosswalk/pipeline"
)

func (a *app) profileCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "profile SYSTEM.TABLE",
		Short:   "What a table holds: counts, patterns, suspicious values, key collisions",
		Example: "  crosswalk profile licdb.license",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.profile(cmd.Context(), args[0]) },
	}
}

func (a *app) profile(ctx context.Context, arg string) error {
	system, table, _ := strings.Cut(arg, ".")
	source, done, err := a.source(ctx, system)
	if err != nil {
		return err
	}
	defer done()
	p, err := pipeline.Profile(ctx, source, table, pipeline.ProfileOptions{})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s rows\n", thousands(p.Rows))
	return err
}
