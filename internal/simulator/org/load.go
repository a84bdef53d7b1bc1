package org

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Load reads lines of JSON, in one transaction, and tells how many rows it brought.
// A line defines a field, or is a row; parents stand before children:
//
//	{"object":"Asset","field":{"name":"Entl_Key__c","type":"string","length":255,"externalId":true,"unique":true}}
//	{"attributes":{"type":"Asset"},"Name":"A","Quantity":5,"Account":{"LICDB_Id__c":"17"},"Product2":{"ProductCode":"X"}}
//
// An object within a row names a parent by any field that only one row fits. A row
// may set what nobody can write (SystemModstamp, CreatedDate, IsDeleted), and stand as
// it has become: an order may be activated before its products are there.
// A line that is wrong ends Load with an error that names its number, and nothing is kept.
func (o *Org) Load(ctx context.Context, r io.Reader) (int, error) {
	rows := 0
	err := o.transact(ctx, func(t *tx) error {
		t.loading = true
		in := bufio.NewReader(r)
		for line := 1; ; line++ {
			if err := pause(ctx, line); err != nil {
				return err
			}
			text, err := in.ReadBytes('\n')
			if err != nil && err != io.EOF {
				return err
			}
			if text = bytes.TrimSpace(text); len(text) > 0 {
				isRow, err := t.loadLine(text)
				if err != nil {
					return fmt.Errorf("line %d: %w", line, err)
				}
				if isRow {
					rows++
				}
			}
			if err == io.EOF {
				return nil
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return rows, nil
}

func (t *tx) loadLine(text []byte) (isRow bool, err error) {
	var values map[string]any
	if err := decode(text, &values); err != nil {
		return false, err
	}
	attributes, isRow := values["attributes"].(map[string]any)
	if !isRow {
		return false, t.loadDefinition(text)
	}
	delete(values, "attributes")
	object, _ := attributes["type"].(string)
	c := Change{Object: object, Op: Insert, Values: map[string]Cell{}, Parents: map[string]Parent{}}
	for name, value := range values {
		if parent, ok := value.(map[string]any); ok {
			if c.Parents[name], err = loadParent(parent); err != nil {
				return true, fmt.Errorf("%s: %w", name, err)
			}
			continue
		}
		if c.Values[name], err = loadCell(value); err != nil {
			return true, fmt.Errorf("%s: %w", name, err)
		}
	}
	result, err := t.apply(c)
	if err == nil && len(result.Errors) > 0 {
		err = fmt.Errorf("%s: %s: %s", object, result.Errors[0].Status, result.Errors[0].Message)
	}
	return true, err
}

// decode reads one JSON value that fills the line; numbers stay as they are written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("there is more than one value")
	}
	return nil
}

func loadParent(value map[string]any) (Parent, error) {
	p := Parent{}
	for field, v := range value {
		if attributes, ok := v.(map[string]any); ok && field == "attributes" {
			p.Object, _ = attributes["type"].(string)
			continue
		}
		cell, err := loadCell(v)
		if err != nil || cell.Null || p.Field != "" {
			return p, errors.New("a parent is named by one field with a value")
		}
		p.Field, p.Value = field, cell.Text
	}
	if p.Field == "" {
		return p, errors.New("a parent is named by one field with a value")
	}
	return p, nil
}

func loadCell(value any) (Cell, error) {
	switch v := value.(type) {
	case nil:
		return Cell{Null: true}, nil
	case string:
		return Text(v), nil
	case json.Number:
		return Text(v.String()), nil
	case bool:
		return Text(fmt.Sprint(v)), nil
	}
	return Cell{}, errors.New("a value is a text, a number, true, false or null")
}

func (t *tx) loadDefinition(text []byte) error {
	var line struct {
		Object string
		Field  *Field
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&line); err != nil {
		return fmt.Errorf(`neither a row (which has "attributes") nor a definition: %w`, err)
	}
	if line.Field == nil {
		return t.define(line.Object, nil)
	}
	return t.define(line.Object, []Field{*line.Field})
}
