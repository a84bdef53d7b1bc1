package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"crosswalk/internal/workspace"
	"crosswalk/mapping"
)

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema workspace|mapping",
		Short: "The JSON Schema of crosswalk.yaml or of mapping files, for editors",
		Long: `Prints a JSON Schema. In an editor with the YAML language server, a first line
such as
  # yaml-language-server: $schema=mapping.schema.json
gives completion and checking while you type.`,
		Example:   "  crosswalk schema mapping > mapping.schema.json\n  crosswalk schema workspace > crosswalk.schema.json",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"workspace", "mapping"},
		RunE: func(_ *cobra.Command, args []string) error {
			var document []byte
			var err error
			switch args[0] {
			case "workspace":
				document, err = workspace.JSONSchema(a.registry)
			case "mapping":
				document, err = mapping.JSONSchema()
			default:
				err = fmt.Errorf("there is a schema for workspace and one for mapping, none for %q", args[0])
			}
			if err != nil {
				return err
			}
			_, err = a.stdout.Write(document)
			return err
		},
	}
	return cmd
}
