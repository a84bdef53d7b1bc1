package mapping

import "crosswalk/internal/yamlfile"

// JSONSchema describes mapping files, so that an editor can complete and check
// them while they are written.
func JSONSchema() ([]byte, error) {
	return yamlfile.JSONSchema("crosswalk mapping", definition{})
}
