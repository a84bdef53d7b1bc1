package estate

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
)

// Load runs the statements of a licdb.sql on a MariaDB or MySQL database,
// whose tables of the same names it replaces.
func Load(ctx context.Context, db *sql.DB, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	// One connection, because the first statements are settings of the session.
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	in := bufio.NewReaderSize(file, 1<<20)
	for number := 1; ; number++ {
		statement, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s:%d: %w", path, number, err)
		}
	}
}
