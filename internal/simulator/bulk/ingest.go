package bulk

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"

	"crosswalk/internal/simulator/org"
)

// operations of an ingest job.
var operations = map[string]org.Op{
	"insert": org.Insert, "update": org.Update, "upsert": org.Upsert, "delete": org.Delete, "hardDelete": org.HardDelete,
}

// order is the body that creates a job, of either kind.
type order struct {
	Object          string `json:"object"`
	Operation       string `json:"operation"`
	ExternalID      string `json:"externalIdFieldName"`
	ContentType     string `json:"contentType"`
	ColumnDelimiter string `json:"columnDelimiter"`
	LineEnding      string `json:"lineEnding"`
	Query           string `json:"query"`
}

// job makes a job of the order, as far as both kinds have it in common.
func (o order) job(k kind, r *http.Request) (*job, error) {
	if o.ContentType != "" && o.ContentType != "CSV" {
		return nil, badOrder("Invalid content type: " + o.ContentType)
	}
	b := &job{
		kind: k, operation: o.Operation, version: version(r.Context()),
		delimiter: cmp.Or(o.ColumnDelimiter, "COMMA"), lineEnding: cmp.Or(o.LineEnding, "LF"),
	}
	var err error
	if b.format, err = newFormat(b.delimiter, b.lineEnding); err != nil {
		return nil, badOrder(err.Error())
	}
	return b, nil
}

func badOrder(message string) error { return refuse(http.StatusBadRequest, "INVALIDJOB", message) }

func readOrder(r *http.Request) (order, error) {
	var o order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		return o, refuse(http.StatusBadRequest, "JSON_PARSER_ERROR", err.Error())
	}
	return o, nil
}

func (j *Jobs) createIngest(w http.ResponseWriter, r *http.Request) error {
	o, err := readOrder(r)
	if err != nil {
		return err
	}
	b, err := o.job(ingest, r)
	if err != nil {
		return err
	}
	if _, ok := operations[o.Operation]; !ok {
		return refuse(http.StatusBadRequest, "INVALIDOPERATION", "Invalid operation: "+o.Operation)
	}
	object, ok := j.org.Object(o.Object)
	if !ok {
		return badOrder("InvalidJob : Unable to find object: " + o.Object)
	}
	b.object, b.state = object.Name, open
	if o.Operation == "upsert" {
		if b.externalID, err = externalID(object, o.ExternalID); err != nil {
			return err
		}
	}
	j.mu.Lock()
	j.add(b)
	i := b.info(j.opts.UserID)
	j.mu.Unlock()
	answer(w, http.StatusOK, i)
	return nil
}

// externalID is the field that an upsert finds its rows by.
func externalID(object *org.Object, name string) (string, error) {
	if name == "" {
		return "", badOrder("InvalidJob : External ID field name is required for upsert")
	}
	if strings.EqualFold(name, "Id") {
		return "Id", nil
	}
	for _, f := range object.Fields {
		if strings.EqualFold(f.Name, name) && f.ExternalID {
			return f.Name, nil
		}
	}
	return "", badOrder("InvalidJob : Field name provided, " + name +
		" does not match an External ID, Salesforce Id, or indexed field for " + object.Name)
}

// upload streams the one upload of a job to its file. An upload that breaks
// off leaves nothing, so it can be sent again.
func (j *Jobs) upload(w http.ResponseWriter, r *http.Request) error {
	b, err := j.beginUpload(r)
	if err != nil {
		return err
	}
	err = save(j.path(b, "upload.csv"), http.MaxBytesReader(w, r.Body, j.opts.MaxUpload))
	j.mu.Lock()
	b.uploading, b.uploaded = false, err == nil
	j.mu.Unlock()
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return refuse(http.StatusBadRequest, "EXCEEDED_MAX_SIZE_REQUEST", "Maximum size of an upload exceeded: 150 MB in base64")
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

func (j *Jobs) beginUpload(r *http.Request) (*job, error) {
	if t := r.Header.Get("Content-Type"); !strings.HasPrefix(t, "text/csv") {
		return nil, refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be text/csv, not "+t)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	b, err := j.find(ingest, r)
	if err != nil {
		return nil, err
	}
	if b.state != open || b.uploading || b.uploaded {
		return nil, badState("Found multiple contents for job: <" + b.id + ">, please 'Close' / 'Abort' / 'Delete' the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.")
	}
	b.uploading = true
	return b, nil
}

// save writes a whole file or none.
func save(path string, from io.Reader) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	if err = errors.Join(err, file.Close()); err != nil {
		os.Remove(path)
	}
	return err
}
