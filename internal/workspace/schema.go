package workspace

import (
	"encoding/json"

	"crosswalk/connectors"
	"crosswalk/internal/yamlfile"
)

// JSONSchema describes crosswalk.yaml, so that an editor can complete and
// check it while it is written. Each kind of system has the settings that the
// registry knows.
func JSONSchema(registry *connectors.Registry) ([]byte, error) {
	var schema map[string]any
	out, err := yamlfile.JSONSchema("crosswalk workspace", document{})
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(out, &schema); err != nil {
		return nil, err
	}
	out, err = json.MarshalIndent(schema, "", "  ")
	return append(out, '\n'), err
}
