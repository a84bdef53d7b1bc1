//go:build unix

package testdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"

	"github.com/go-sql-driver/mysql"
)

const mariadbInstall = "apt-get install -y mariadb-server"

// StartMariaDB starts a private MariaDB server.
func StartMariaDB(ctx context.Context, o Options) (*Server, error) {
	server, err := newest(mariadbInstall, "/usr/sbin/mariadbd", "/usr/bin/mariadbd", "/usr/local/bin/mariadbd", "/opt/homebrew/bin/mariadbd")
	if err != nil {
		return nil, err
	}
	install, err := newest(mariadbInstall, "/usr/bin/mariadb-install-db", "/usr/local/bin/mariadb-install-db", "/opt/homebrew/bin/mariadb-install-db")
	if err != nil {
		return nil, err
	}
	return starter{
		name: "mariadb",
		user: "mysql",
		kill: "KILL",
		setup: func(p *process) error {
			err := p.write("users.sql", fmt.Sprintf("CREATE USER %s@'%%' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO %[1]s@'%%' WITH GRANT OPTION;\n", testUser, p.password))
			if err != nil {
				return err
			}
			return p.exec(install, "--no-defaults", "--datadir="+p.path("data"), "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")
		},
		argv: func(p *process) []string { return mariadbArgs(p, server) },
		open: func(p *process) (*Server, error) {
			return openMariaDB(url.URL{Scheme: "mysql", User: url.UserPassword(testUser, p.password), Host: "127.0.0.1:" + strconv.Itoa(p.port)})
		},
	}.start(ctx, o)
}

func mariadbArgs(p *process, server string) []string {
	args := []string{
		server, "--no-defaults", "--datadir=" + p.path("data"), "--init-file=" + p.path("users.sql"),
		"--bind-address=127.0.0.1", "--port=" + strconv.Itoa(p.port), "--socket=" + p.path("socket"), "--pid-file=" + p.path("pid"),
		"--skip-name-resolve", "--skip-log-bin", "--character-set-server=utf8mb4",
	}
	if p.durable {
		return args
	}
	return append(args, "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-flush-method=nosync")
}

func borrowMariaDB(dsn string) (*Server, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "mysql" || u.Host == "" {
		return nil, fmt.Errorf("%s is not a URL such as mysql://user:password@host:3306/", MariaDBEnv)
	}
	return openMariaDB(*u)
}

func openMariaDB(u url.URL) (*Server, error) {
	c := mysql.NewConfig()
	c.Net, c.Addr, c.User = "tcp", u.Host, u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Logger = silent{} // the driver logs every refused connection while the server starts
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return &Server{url: u, drop: "DROP DATABASE %s", admin: sql.OpenDB(connector)}, nil
}

type silent struct{}

func (silent) Print(...any) {}
