package org

import (
	"context"
	"fmt"
	"testing"
)

// assets is half a million rows in go test -bench: what an org holds on a normal day.
const (
	assets = 500_000
	chunk  = 10_000
)

func BenchmarkUpsertAndQueryAssets(b *testing.B) {
	ctx := context.Background()
	for range b.N {
		o, err := Open(ctx, Options{})
		if err != nil {
			b.Fatal(err)
		}
		prepareAssets(b, o)
		b.Run("create", func(b *testing.B) { upsertAssets(b, o, "5") })
		b.Run("update", func(b *testing.B) { upsertAssets(b, o, "6") })
		for name, query := range map[string]string{
			"query":       "SELECT Id, Name, Entl_Key__c, Quantity, Status, AccountId, Product2Id, UsageEndDate, SystemModstamp FROM Asset",
			"query paths": "SELECT Id, Entl_Key__c, Account.Name, Product2.ProductCode FROM Asset WHERE SystemModstamp > 2020-01-01T00:00:00Z",
		} {
			b.Run(name, func(b *testing.B) { readAssets(b, o, query) })
		}
		if err := o.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func prepareAssets(b *testing.B, o *Org) {
	ctx := context.Background()
	external := Field{Name: "Entl_Key__c", Type: "string", ExternalID: true, Unique: true}
	for _, object := range []string{"Account", "Asset", "Product2"} {
		if err := o.Define(ctx, object, external); err != nil {
			b.Fatal(err)
		}
	}
	var changes []Change
	for i := range 5000 {
		changes = append(changes, Change{Object: "Account", Op: Insert,
			Values: map[string]Cell{"Name": Text("Account"), "Entl_Key__c": Text(fmt.Sprint("A-", i))}})
	}
	for i := range 200 {
		changes = append(changes, Change{Object: "Product2", Op: Insert,
			Values: map[string]Cell{"Name": Text("Product"), "Entl_Key__c": Text(fmt.Sprint("P-", i))}})
	}
	if results, err := o.Apply(ctx, changes, true); err != nil || len(results[0].Errors) > 0 {
		b.Fatal(err, results[0])
	}
}

func upsertAssets(b *testing.B, o *Org, quantity string) {
	for range b.N {
		for from := 0; from < assets; from += chunk {
			changes := make([]Change, 0, chunk)
			for i := from; i < from+chunk; i++ {
				changes = append(changes, Change{Object: "Asset", Op: Upsert, ExternalField: "Entl_Key__c",
					Values: map[string]Cell{
						"Entl_Key__c": Text(fmt.Sprintf("line-%07d", i)), "Name": Text(fmt.Sprint("Asset ", i)), "Quantity": Text(quantity),
						"Status": Text("Installed"), "UsageEndDate": Text("2027-12-31"), "SerialNumber": Text(fmt.Sprint("SN", i)),
					},
					Parents: map[string]Parent{
						"Account":  {Field: "Entl_Key__c", Value: fmt.Sprint("A-", i%5000)},
						"Product2": {Field: "Entl_Key__c", Value: fmt.Sprint("P-", i%200)},
					}})
			}
			results, err := o.Apply(context.Background(), changes, false)
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range results {
				if len(r.Errors) > 0 {
					b.Fatal(r.Errors)
				}
			}
		}
	}
	b.ReportMetric(float64(assets)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func readAssets(b *testing.B, o *Org, query string) {
	ctx := context.Background()
	for range b.N {
		rows, err := o.Query(ctx, query, false)
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for rows.Next(ctx) {
			n += len(rows.Cells()) / len(rows.Header())
		}
		if err := rows.Err(); err != nil || n != assets {
			b.Fatal(n, err)
		}
		if err := rows.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(assets)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
