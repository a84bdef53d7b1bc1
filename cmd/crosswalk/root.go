package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

// rootCommand lists the commands in the order of the work.
func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "crosswalk",
		Short: "Carry users and entitlements into a new store, and prove it",
		Long: `crosswalk carries a software vendor's users and entitlements out of legacy
systems into a new entitlement store, one product line at a time, and proves
that nothing was lost.

A workspace is a folder with crosswalk.yaml and mappings. The usual way:

  crosswalk init DIR          make a workspace that runs
  crosswalk check             compile everything, open every system
  crosswalk plan LINE         the difference, as a file to review
  crosswalk apply PLAN        exactly the approved rows
  crosswalk reconcile LINE    the nightly proof

Exit codes: 0 clean, 1 error, 2 differences, 3 incomplete, 4 refused by a gate.`,
		Example:       "  crosswalk demo --dir /tmp/demo",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if a.workspace == "" || cmd.Annotations[noWorkspace] != "" {
				return nil
			}
			if err := os.Chdir(a.workspace); err != nil {
				return fmt.Errorf("--workspace: %w", err)
			}
			return nil
		},
	}
	flags := root.PersistentFlags()
	flags.StringVarP(&a.workspace, "workspace", "w", "", "folder that holds crosswalk.yaml (default: the current one)")
	flags.BoolVar(&a.json, "json", false, "print one JSON document instead of text")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress")
	root.AddCommand(
		a.initCommand(), a.demoCommand(), a.checkCommand(), a.tablesCommand(), a.profileCommand(),
		a.planCommand(), a.showCommand(), a.applyCommand(), a.migrateCommand(), a.reconcileCommand(),
		a.reportCommand(), a.runsCommand(), a.ledgerCommand(), a.diffCommand(), a.simulateCommand(), a.schemaCommand(), a.versionCommand(),
	)
	return root
}

// noWorkspace marks commands that work in the folder they are called from.
const noWorkspace = "no-workspace"
