package simulator

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"crosswalk/internal/simulator/org"
)

// objectEntry is an object in the list of all, and the beginning of its
// description.
type objectEntry struct {
	Activateable        bool              `json:"activateable"`
	Createable          bool              `json:"createable"`
	Custom              bool              `json:"custom"`
	CustomSetting       bool              `json:"customSetting"`
	DeepCloneable       bool              `json:"deepCloneable"`
	Deletable           bool              `json:"deletable"`
	DeprecatedAndHidden bool              `json:"deprecatedAndHidden"`
	FeedEnabled         bool              `json:"feedEnabled"`
	HasSubtypes         bool              `json:"hasSubtypes"`
	IsInterface         bool              `json:"isInterface"`
	IsSubtype           bool              `json:"isSubtype"`
	KeyPrefix           string            `json:"keyPrefix"`
	Label               string            `json:"label"`
	LabelPlural         string            `json:"labelPlural"`
	Layoutable          bool              `json:"layoutable"`
	Mergeable           bool              `json:"mergeable"`
	MruEnabled          bool              `json:"mruEnabled"`
	Name                string            `json:"name"`
	Queryable           bool              `json:"queryable"`
	Replicateable       bool              `json:"replicateable"`
	Retrieveable        bool              `json:"retrieveable"`
	Searchable          bool              `json:"searchable"`
	Triggerable         bool              `json:"triggerable"`
	Undeletable         bool              `json:"undeletable"`
	Updateable          bool              `json:"updateable"`
	URLs                map[string]string `json:"urls"`
}

func entryOf(c *call, o *org.Object) objectEntry {
	at := c.version.base() + "/sobjects/" + o.Name
	return objectEntry{
		Createable: o.Createable, Custom: o.Custom, Deletable: o.Deletable, KeyPrefix: o.KeyPrefix, Label: o.Label, LabelPlural: o.LabelPlural,
		Layoutable: true, MruEnabled: true, Name: o.Name, Queryable: o.Queryable, Replicateable: o.Replicateable, Retrieveable: true,
		Searchable: true, Triggerable: true, Undeletable: o.Deletable, Updateable: o.Updateable,
		URLs: map[string]string{"sobject": at, "describe": at + "/describe", "rowTemplate": at + "/{ID}"},
	}
}

// fieldEntry is a field in the description of its object.
type fieldEntry struct {
	Aggregatable       bool            `json:"aggregatable"`
	AutoNumber         bool            `json:"autoNumber"`
	ByteLength         int             `json:"byteLength"`
	Calculated         bool            `json:"calculated"`
	CalculatedFormula  *string         `json:"calculatedFormula"`
	CascadeDelete      bool            `json:"cascadeDelete"`
	CaseSensitive      bool            `json:"caseSensitive"`
	CompoundFieldName  *string         `json:"compoundFieldName"`
	Createable         bool            `json:"createable"`
	Custom             bool            `json:"custom"`
	DefaultValue       any             `json:"defaultValue"`
	DefaultedOnCreate  bool            `json:"defaultedOnCreate"`
	Digits             int             `json:"digits"`
	ExternalID         bool            `json:"externalId"`
	Filterable         bool            `json:"filterable"`
	Groupable          bool            `json:"groupable"`
	IDLookup           bool            `json:"idLookup"`
	Label              string          `json:"label"`
	Length             int             `json:"length"`
	Name               string          `json:"name"`
	NameField          bool            `json:"nameField"`
	Nillable           bool            `json:"nillable"`
	PicklistValues     []picklistEntry `json:"picklistValues"`
	Precision          int             `json:"precision"`
	ReferenceTo        []string        `json:"referenceTo"`
	RelationshipName   *string         `json:"relationshipName"`
	RestrictedPicklist bool            `json:"restrictedPicklist"`
	Scale              int             `json:"scale"`
	SOAPType           string          `json:"soapType"`
	Sortable           bool            `json:"sortable"`
	Type               string          `json:"type"`
	Unique             bool            `json:"unique"`
	Updateable         bool            `json:"updateable"`
}

type picklistEntry struct {
	Active       bool    `json:"active"`
	DefaultValue bool    `json:"defaultValue"`
	Label        string  `json:"label"`
	ValidFor     *string `json:"validFor"`
	Value        string  `json:"value"`
}

type childEntry struct {
	CascadeDelete       bool     `json:"cascadeDelete"`
	ChildObject         string   `json:"childSObject"`
	DeprecatedAndHidden bool     `json:"deprecatedAndHidden"`
	Field               string   `json:"field"`
	JunctionIDListNames []string `json:"junctionIdListNames"`
	JunctionReferenceTo []string `json:"junctionReferenceTo"`
	RelationshipName    *string  `json:"relationshipName"`
	RestrictedDelete    bool     `json:"restrictedDelete"`
}

func fieldOf(f org.Field) fieldEntry {
	entry := fieldEntry{
		Aggregatable: f.Filterable, AutoNumber: f.AutoNumber, ByteLength: 3 * f.Length, Calculated: f.Calculated, CascadeDelete: f.CascadeDelete,
		CaseSensitive: f.CaseSensitive, Createable: f.Createable, Custom: f.Custom, DefaultedOnCreate: f.DefaultedOnCreate,
		ExternalID: f.ExternalID, Filterable: f.Filterable, Groupable: f.Filterable && soapType(f.Type) != "xsd:double", IDLookup: f.IDLookup,
		Label: f.Label, Length: f.Length, Name: f.Name, NameField: f.NameField, Nillable: f.Nillable, PicklistValues: []picklistEntry{},
		Precision: f.Precision, ReferenceTo: append([]string{}, f.ReferenceTo...), RelationshipName: orNone(f.RelationshipName),
		RestrictedPicklist: f.RestrictedPicklist, Scale: f.Scale, SOAPType: soapType(f.Type), Sortable: f.Sortable, Type: f.Type,
		Unique: f.Unique, Updateable: f.Updateable,
	}
	switch {
	case f.Type == "int":
		entry.Digits, entry.Precision = f.Precision, 0
	case f.Type == "boolean":
		entry.DefaultValue = f.Default == "true"
	case f.Default != "" && !f.AutoNumber:
		entry.DefaultValue = f.Default
	}
	for _, value := range f.Picklist {
		entry.PicklistValues = append(entry.PicklistValues, picklistEntry{Active: true, DefaultValue: value == f.Default, Label: value, Value: value})
	}
	return entry
}

// soapType is the type of a field in the other protocol, which clients read.
func soapType(kind string) string {
	switch kind {
	case "id", "reference":
		return "tns:ID"
	case "boolean", "int", "date":
		return "xsd:" + kind
	case "double", "currency", "percent":
		return "xsd:double"
	case "datetime":
		return "xsd:dateTime"
	}
	return "xsd:string"
}

func orNone(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// describeGlobal answers GET sobjects.
func (s *Server) describeGlobal(c *call) (reply, error) {
	objects := []objectEntry{}
	for _, object := range s.org.Objects() {
		objects = append(objects, entryOf(c, object))
	}
	return s.described.reply(c, "", struct {
		Encoding     string        `json:"encoding"`
		MaxBatchSize int           `json:"maxBatchSize"`
		Objects      []objectEntry `json:"sobjects"`
	}{"UTF-8", maxCollection, objects}), nil
}

// describe answers GET sobjects/OBJECT/describe.
func (s *Server) describe(c *call) (reply, error) {
	object, err := s.object(c.args[0])
	if err != nil {
		return reply{}, err
	}
	fields := make([]fieldEntry, len(object.Fields))
	for i, f := range object.Fields {
		fields[i] = fieldOf(f)
	}
	children := make([]childEntry, len(object.Children))
	for i, child := range object.Children {
		children[i] = childEntry{
			CascadeDelete: child.CascadeDelete, ChildObject: child.Object, Field: child.Field, JunctionIDListNames: []string{},
			JunctionReferenceTo: []string{}, RelationshipName: orNone(child.RelationshipName), RestrictedDelete: child.RestrictedDelete,
		}
	}
	return s.described.reply(c, object.Name, struct {
		objectEntry
		ActionOverrides []string     `json:"actionOverrides"`
		Children        []childEntry `json:"childRelationships"`
		Fields          []fieldEntry `json:"fields"`
		RecordTypes     []string     `json:"recordTypeInfos"`
		Scopes          []scope      `json:"supportedScopes"`
	}{entryOf(c, object), []string{}, children, fields, []string{}, []scope{{"All " + strings.ToLower(object.LabelPlural), "everything"}}}), nil
}

type scope struct {
	Label string `json:"label"`
	Name  string `json:"name"`
}

// stamps knows since when each description is as it is.
type stamps struct {
	now func() time.Time

	mu    sync.Mutex
	since map[string]stamp // by version and object
}

type stamp struct {
	sum [sha256.Size]byte
	at  time.Time
}

// reply answers a description, unless the client has it already.
func (k *stamps) reply(c *call, object string, v any) reply {
	a := ok(v)
	at := k.changed(c.version.String()+"/"+object, a.body)
	known, err := http.ParseTime(c.header.Get("If-Modified-Since"))
	if err == nil && !at.After(known) {
		return reply{status: http.StatusNotModified}
	}
	a.header = http.Header{"Last-Modified": {at.Format(http.TimeFormat)}}
	return a
}

// changed returns the time, in whole seconds, at which a description was
// first seen to be as it is.
func (k *stamps) changed(name string, body []byte) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.since == nil {
		k.since = map[string]stamp{}
	}
	sum := sha256.Sum256(body)
	if known, ok := k.since[name]; ok && known.sum == sum {
		return known.at
	}
	k.since[name] = stamp{sum, k.now().Truncate(time.Second)}
	return k.since[name].at
}
