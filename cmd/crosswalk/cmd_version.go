package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"

	"crosswalk/reconcile"
	"crosswalk/record"
)

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "devel-" + short(s.Value)
		}
	}
	return "devel"
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "The version, and the formats it reads and writes",
		Example: "  crosswalk version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.json {
				return a.printJSON(map[string]any{"version": version(), "encoding": record.EncodingVersion, "plan_format": reconcile.PlanFormat, "report_format": reconcile.ReportFormat})
			}
			_, err := fmt.Fprintf(a.stdout, "crosswalk %s (encoding %d, plan format %d, report format %d)\n", version(), record.EncodingVersion, reconcile.PlanFormat, reconcile.ReportFormat)
			return err
		},
	}
}
