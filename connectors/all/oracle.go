//go:build oracle

package all

import (
	"crosswalk/connectors"
	"crosswalk/connectors/sqldb"
)

func addOracle(r *connectors.Registry) { connectors.Register(r, "oracle", sqldb.Oracle) }
