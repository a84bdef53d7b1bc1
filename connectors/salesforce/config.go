package salesforce

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// Config is the settings of a Salesforce org. There are three ways to log in:
// client_id and client_secret; client_id, username and private_key; and, up
// to version 64.0, username, password and token.
type Config struct {
	URL     string `yaml:"url,required" doc:"The address of the org: https://ORG.my.salesforce.com."`
	Version string `yaml:"version,omitempty" doc:"The version of the API; 64.0 if empty."`

	ClientID     string `yaml:"client_id,omitempty" doc:"The consumer key of the connected app."`
	ClientSecret string `yaml:"client_secret,omitempty" doc:"The consumer secret, best taken from the environment: ${SF_CLIENT_SECRET}."`
	Username     string `yaml:"username,omitempty" doc:"The user to log in as."`
	PrivateKey   string `yaml:"private_key,omitempty" doc:"The key of the app's certificate in PEM, best taken from a file: ${file:PATH}."`
	Audience     string `yaml:"audience,omitempty" doc:"With private_key: the login host that the assertion is for, if it is not the usual one."`
	Password     string `yaml:"password,omitempty" doc:"The password of username, for the old login, which ends with version 64.0."`
	Token        string `yaml:"token,omitempty" doc:"The security token that goes with password; empty from trusted addresses."`

	// ExternalIDs names, for an object, the field that is the key of its rows.
	ExternalIDs map[string]string `yaml:"external_ids,omitempty" doc:"For each object that is matched or written, the external id field that is its key: {Account: LICDB_Id__c}."`

	Tables   []string            `yaml:"tables,omitempty" doc:"Show only these objects; * and ? stand for any text and any character."`
	EndDates connectors.EndDates `yaml:"end_dates,omitempty" doc:"What the last day of a term means here: inclusive, exclusive or instant; inclusive if empty."`
	Deleted  bool                `yaml:"deleted,omitempty" doc:"Reads show the rows in the Recycle Bin too; IsDeleted tells them apart."`

	Budget   int           `yaml:"budget,omitempty" doc:"How much of the org's daily API calls may be used up, by whomever, in percent; 50 if 0."`
	BulkFrom int           `yaml:"bulk_from,omitempty" doc:"More rows than this are read and written by the Bulk API; 2000 if 0."`
	Lag      time.Duration `yaml:"lag,omitempty" doc:"Changes younger than this are left for the next time, for their transactions may not have ended; 60s if empty."`
	Overlap  time.Duration `yaml:"overlap,omitempty" doc:"Changes this much older than the last ones are read again; it covers the longest transaction of the org; 10m if empty."`
}

// The defaults of Config.
const (
	defaultBudget   = 50
	defaultBulkFrom = 2000
	defaultLag      = time.Minute
	defaultOverlap  = 10 * time.Minute
)

// withDefaults fills in what was left empty.
func (c Config) withDefaults() Config {
	if c.Budget == 0 {
		c.Budget = defaultBudget
	}
	if c.BulkFrom == 0 {
		c.BulkFrom = defaultBulkFrom
	}
	if c.Lag == 0 {
		c.Lag = defaultLag
	}
	if c.Overlap == 0 {
		c.Overlap = defaultOverlap
	}
	if c.EndDates == "" {
		c.EndDates = connectors.EndInclusive
	}
	return c
}

var apiName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// Validate implements connectors.Config.
func (c Config) Validate() error {
	switch {
	case c.URL == "":
		return fmt.Errorf("url: give the address of the org, https://ORG.my.salesforce.com")
	case c.Budget < 0 || c.Budget > 100:
		return fmt.Errorf("budget is %d; it is a percentage from 1 to 100", c.Budget)
	case c.BulkFrom < 0:
		return fmt.Errorf("bulk_from is %d; it is a number of rows", c.BulkFrom)
	case c.Lag < 0:
		return fmt.Errorf("lag is %s; it is a duration such as 60s", c.Lag)
	case c.Overlap < 0:
		return fmt.Errorf("overlap is %s; it is a duration such as 10m", c.Overlap)
	case !slices.Contains([]connectors.EndDates{"", connectors.EndInclusive, connectors.EndExclusive, connectors.EndInstant}, c.EndDates):
		return fmt.Errorf("end_dates is %q; it is inclusive, exclusive or instant", c.EndDates)
	}
	for object, field := range c.ExternalIDs {
		if !apiName.MatchString(object) || !apiName.MatchString(field) {
			return fmt.Errorf("external_ids: %q: %q are no API names, such as Account: LICDB_Id__c", object, field)
		}
	}
	for _, pattern := range c.Tables {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("tables: %q is no pattern; only *, ? and [a-z] have a meaning", pattern)
		}
	}
	if _, err := c.auth(); err != nil {
		return err
	}
	return c.session().Validate()
}

// auth chooses the login by the secret that is given.
func (c Config) auth() (session.Auth, error) {
	given := 0
	for _, secret := range []string{c.ClientSecret, c.PrivateKey, c.Password} {
		if secret != "" {
			given++
		}
	}
	switch {
	case given != 1:
		return nil, fmt.Errorf("how to log in? give one of client_secret, private_key and password; there are %d of them", given)
	case c.ClientID == "" && c.Password == "":
		return nil, fmt.Errorf("client_id is missing: the consumer key of the connected app")
	case c.Username == "" && c.ClientSecret == "":
		return nil, fmt.Errorf("username is missing: the user to log in as")
	case c.ClientSecret != "":
		return session.ClientCredentials{ClientID: c.ClientID, ClientSecret: c.ClientSecret}, nil
	case c.PrivateKey != "":
		return session.JWT{ClientID: c.ClientID, Username: c.Username, PrivateKey: c.PrivateKey, Audience: c.Audience}, nil
	}
	return session.Password{Username: c.Username, Password: c.Password, Token: c.Token}, nil
}

// session is the part of the settings that says how to connect.
func (c Config) session() session.Config {
	auth, _ := c.auth() // Validate has told what is wrong with it
	return session.Config{URL: c.URL, Version: c.Version, Auth: auth, Budget: float64(c.Budget) / 100}
}

// shows reports whether an object is to be seen.
func (c Config) shows(object string) bool {
	return len(c.Tables) == 0 || slices.ContainsFunc(c.Tables, func(pattern string) bool {
		ok, _ := path.Match(pattern, object) // Validate has checked the pattern
		return ok
	})
}

// externalID is the key field of an object, "" if there is none.
func (c Config) externalID(object string) string {
	for name, field := range c.ExternalIDs {
		if strings.EqualFold(name, object) {
			return field
		}
	}
	return ""
}
