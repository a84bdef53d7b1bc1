package sqldb

import (
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"crosswalk/connectors"
)

// Config is the settings of a SQL database. A server is named by a URL or by
// its parts, a SQLite database by the path of its file.
type Config struct {
	// DSN is a URL: postgres://user:password@host:5432/database,
	// mysql://user:password@host:3306/database or
	// sqlserver://user:password@host:1433?database=name.
	DSN string `yaml:"dsn,omitempty" doc:"A URL instead of host, user and the like: postgres://user:password@host:5432/database."`

	Path string `yaml:"path,omitempty" doc:"SQLite: the file."`

	Host     string `yaml:"host,omitempty" doc:"The name of the server, or the folder of a Unix socket."`
	Port     int    `yaml:"port,omitempty" doc:"The port of the server; the usual one if 0."`
	User     string `yaml:"user,omitempty" doc:"The name to log in with."`
	Password string `yaml:"password,omitempty" doc:"The password, best taken from the environment: ${DB_PASSWORD}."`
	Database string `yaml:"database,omitempty" doc:"The database on the server."`

	// TLS is disable, require (encrypt, but trust any certificate) or
	// verify-full. If empty, it is disable for this machine and require for
	// any other.
	TLS    string `yaml:"tls,omitempty" doc:"disable, require (encrypt, but trust any certificate) or verify-full."`
	CAFile string `yaml:"ca_file,omitempty" doc:"With tls verify-full: certificates to trust instead of the system's."`

	// Options are further settings of the session: run-time parameters of
	// PostgreSQL, system variables of MySQL (with quotes where SQL wants
	// them), connection parameters of SQL Server.
	Options map[string]string `yaml:"options,omitempty" doc:"Further settings of the session."`

	Schema string   `yaml:"schema,omitempty" doc:"Read only this schema."`
	Tables []string `yaml:"tables,omitempty" doc:"Show only these; * and ? stand for any text and any character."`

	// Zone names the zone in which the database means times without zone:
	// Europe/Berlin. It is for mappings to use; values are not shifted.
	Zone string `yaml:"zone,omitempty" doc:"The zone of times without zone, such as Europe/Berlin; for mappings to use."`

	// EndDates says what the last day of a term means here; inclusive if empty.
	EndDates connectors.EndDates `yaml:"end_dates,omitempty" doc:"What the last day of a term means here: inclusive, exclusive or instant; inclusive if empty."`

	// MaxConnections is how many reads may run at once; 4 if 0. A snapshot
	// holds one connection more.
	MaxConnections int `yaml:"max_connections,omitempty" doc:"How many reads may run at once; 4 if 0."`
}

const defaultConnections = 4

func (c Config) parallel() int {
	if c.MaxConnections == 0 {
		return defaultConnections
	}
	return c.MaxConnections
}

// The values of Config.TLS.
const (
	tlsDisable = "disable"
	tlsRequire = "require"
	tlsVerify  = "verify-full"
)

// Validate implements connectors.Config.
func (c Config) Validate() error {
	server := c.Host != "" || c.Port != 0 || c.User != "" || c.Password != "" || c.Database != ""
	switch {
	case c.Path != "" && (server || c.DSN != ""):
		return fmt.Errorf("path is a SQLite file and excludes dsn, host and the like")
	case c.DSN != "" && server:
		return fmt.Errorf("give either dsn or host, port, user, password and database")
	case c.DSN == "" && c.Path == "" && c.Host == "":
		return fmt.Errorf("which database? give path for SQLite, dsn or host for a server")
	case c.Port < 0 || c.Port > 65535:
		return fmt.Errorf("port is %d; it goes from 1 to 65535", c.Port)
	case c.MaxConnections < 0:
		return fmt.Errorf("max_connections is %d; it is at least 1", c.MaxConnections)
	case !slices.Contains([]string{"", tlsDisable, tlsRequire, tlsVerify}, c.TLS):
		return fmt.Errorf("tls is %q; it is disable, require or verify-full", c.TLS)
	case !slices.Contains([]connectors.EndDates{"", connectors.EndInclusive, connectors.EndExclusive, connectors.EndInstant}, c.EndDates):
		return fmt.Errorf("end_dates is %q; it is inclusive, exclusive or instant", c.EndDates)
	}
	if _, err := time.LoadLocation(c.Zone); err != nil {
		return fmt.Errorf("zone is %q; it is a name such as Europe/Berlin", c.Zone)
	}
	for _, pattern := range c.Tables {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("tables: %q is no pattern; only *, ? and [a-z] have a meaning", pattern)
		}
	}
	return nil
}

// shows reports whether a table is to be seen.
func (c Config) shows(table string) bool {
	return len(c.Tables) == 0 || slices.ContainsFunc(c.Tables, func(pattern string) bool {
		ok, _ := path.Match(pattern, table) // Validate has checked the pattern
		return ok
	})
}

// endpoint is a server's address and the credentials for it.
type endpoint struct {
	host, port               string
	user, password, database string
	params                   url.Values
}

// endpoint reads the DSN or the parts. The text of the DSN must not get into
// an error, because it holds the password.
func (c Config) endpoint(schemes []string, port string) (endpoint, error) {
	if c.Path != "" {
		return endpoint{}, connectors.Errorf(connectors.Invalid, "open", schemes[0], "path is for SQLite; give dsn or host")
	}
	e := endpoint{
		host: c.Host, port: strconv.Itoa(c.Port),
		user: c.User, password: c.Password, database: c.Database, params: url.Values{},
	}
	if c.Port == 0 {
		e.port = port
	}
	if c.DSN != "" {
		u, err := url.Parse(c.DSN)
		if err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" {
			return endpoint{}, connectors.Errorf(connectors.Invalid, "open", schemes[0],
				"dsn is no URL such as %s://user:password@host:%s/database; characters like @ / # in a password are written %%40 %%2F %%23", schemes[0], port)
		}
		e = endpoint{host: u.Hostname(), port: u.Port(), user: u.User.Username(), database: strings.TrimPrefix(u.Path, "/"), params: u.Query()}
		e.password, _ = u.User.Password()
		if e.port == "" {
			e.port = port
		}
	}
	return e, nil
}

// address is host:port, or a folder.
func (e endpoint) address() string {
	if e.socket() {
		return e.host
	}
	return net.JoinHostPort(e.host, e.port)
}

func (e endpoint) socket() bool { return strings.HasPrefix(e.host, "/") }

func (e endpoint) place() string { return e.address() + "/" + e.database }

func (e endpoint) secrets() []string {
	if e.password == "" {
		return nil
	}
	return []string{e.password, url.QueryEscape(e.password), url.PathEscape(e.password)}
}

// tls is the TLS mode in force.
func (e endpoint) tls(c Config) string {
	ip := net.ParseIP(e.host)
	switch {
	case c.TLS != "":
		return c.TLS
	case e.host == "localhost" || e.socket() || ip != nil && ip.IsLoopback():
		return tlsDisable
	}
	return tlsRequire
}
