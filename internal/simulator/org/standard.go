package org

import "slices"

// standardObjects are the objects that every org has, as describe calls tell
// them: what the sales and service objects of this domain need, not all of the
// platform. Objects stand before those that refer to them.
func standardObjects() []Object {
	return []Object{
		{Name: "Organization", KeyPrefix: "00D", Fields: organizationFields()},
		{Name: "User", KeyPrefix: "005", Replicateable: true, Fields: userFields()},
		writable("Account", "001", accountFields()),
		writable("Contact", "003", contactFields()),
		writable("Product2", "01t", productFields()),
		writable("Pricebook2", "01s", pricebookFields()),
		// Entries are switched off, not deleted: orders of the past refer to them.
		undeletable(writable("PricebookEntry", "01u", entryFields())),
		writable("Order", "801", orderFields()),
		writable("OrderItem", "802", orderItemFields()),
		writable("Asset", "02i", assetFields()),
		writable("ServiceContract", "810", serviceContractFields()),
		writable("ContractLineItem", "811", contractLineFields()),
		writable("Entitlement", "550", entitlementFields()),
	}
}

func writable(name, prefix string, fields []Field) Object {
	return Object{Name: name, KeyPrefix: prefix, Fields: fields,
		Createable: true, Updateable: true, Deletable: true, Replicateable: true}
}

func undeletable(o Object) Object {
	o.Deletable = false
	return o
}

func organizationFields() []Field {
	return []Field{
		str("Name", 80).named(), str("Division", 80), phone("Phone"), str("Country", 80), str("PrimaryContact", 80),
		list("OrganizationType", "Developer Edition", "Enterprise Edition"), str("InstanceName", 5), boolean("IsSandbox"),
		str("NamespacePrefix", 15), list("LanguageLocaleKey", "en_US"), list("DefaultLocaleSidKey", "en_US"),
		list("TimeZoneSidKey", "UTC"), moment("TrialExpirationDate"), whole("FiscalYearStartMonth"),
	}
}

func userFields() []Field {
	return []Field{
		str("Username", 80).required().lookup(), str("LastName", 80).required(), str("FirstName", 40),
		str("Name", 121).named().computed("LTRIM(IFNULL({}.FirstName, '') || ' ' || {}.LastName)"),
		email("Email"), str("Alias", 8), boolean("IsActive").withDefault("true"), list("UserType", "Standard"),
	}
}

func accountFields() []Field {
	return slices.Concat([]Field{
		str("Name", 255).required().named(),
		list("Type", "Prospect", "Customer - Direct", "Customer - Channel", "Channel Partner / Reseller", "Technology Partner", "Other"),
		ref("ParentId", "Account", "Parent", "ChildAccounts"),
	}, address("Billing"), address("Shipping"), []Field{
		phone("Phone"), phone("Fax"), str("AccountNumber", 40), link("Website"), str("Sic", 20),
		list("Industry", "Banking", "Education", "Energy", "Engineering", "Finance", "Government", "Healthcare", "Manufacturing", "Media", "Retail",
			"Technology", "Telecommunications", "Transportation", "Utilities", "Other"),
		number("AnnualRevenue", "currency", 18, 0), whole("NumberOfEmployees"),
		list("Ownership", "Public", "Private", "Subsidiary", "Other"), str("TickerSymbol", 20),
		area("Description", 32000), list("Rating", "Hot", "Warm", "Cold"), str("Site", 80),
		ref("MasterRecordId", "Account", "MasterRecord", "").readOnly(), owner(), str("AccountSource", 255),
	})
}

func contactFields() []Field {
	return slices.Concat([]Field{
		ref("AccountId", "Account", "Account", "Contacts").cascading(),
		str("LastName", 80).required(), str("FirstName", 40), list("Salutation", "Mr.", "Ms.", "Mrs.", "Dr.", "Prof."),
		str("Name", 121).named().computed("LTRIM(IFNULL({}.FirstName, '') || ' ' || {}.LastName)"),
	}, address("Mailing"), address("Other"), []Field{
		phone("Phone"), phone("Fax"), phone("MobilePhone"), phone("HomePhone"), email("Email").lookup(),
		ref("ReportsToId", "Contact", "ReportsTo", ""), str("Title", 128), str("Department", 80),
		list("LeadSource", "Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other"), date("Birthdate"),
		area("Description", 32000), ref("MasterRecordId", "Contact", "MasterRecord", "").readOnly(), owner(),
	})
}

func productFields() []Field {
	return []Field{
		str("Name", 255).required().named(), str("ProductCode", 255).withIndex(), area("Description", 4000), boolean("IsActive"),
		list("Family", "None"), str("StockKeepingUnit", 180), list("QuantityUnitOfMeasure", "Each"), link("DisplayUrl"),
		boolean("IsArchived").readOnly(), str("ExternalId", 255),
	}
}

func pricebookFields() []Field {
	return []Field{
		str("Name", 255).required().named(), boolean("IsActive"), str("Description", 255),
		boolean("IsStandard").readOnly(), boolean("IsArchived").readOnly(),
	}
}

func entryFields() []Field {
	return []Field{
		str("Name", 255).named().computed("(SELECT Name FROM Product2 WHERE Id = {}.Product2Id)"),
		ref("Pricebook2Id", "Pricebook2", "Pricebook2", "PricebookEntries").cascading().required().fixed(),
		ref("Product2Id", "Product2", "Product2", "PricebookEntries").cascading().required().fixed(),
		number("UnitPrice", "currency", 18, 2).required(), boolean("IsActive"), boolean("UseStandardPrice"),
		str("ProductCode", 255).computed("(SELECT ProductCode FROM Product2 WHERE Id = {}.Product2Id)"),
		boolean("IsArchived").readOnly(),
	}
}

func orderFields() []Field {
	return slices.Concat([]Field{
		owner(), ref("Pricebook2Id", "Pricebook2", "Pricebook2", "Orders"),
		ref("AccountId", "Account", "Account", "Orders").cascading().required(),
		ref("OriginalOrderId", "Order", "OriginalOrder", "Orders").fixed(),
		date("EffectiveDate").required(), date("EndDate"), boolean("IsReductionOrder").fixed(),
		list("Status", orderDraft, orderActivated).restricted().required(),
		area("Description", 32000), ref("CustomerAuthorizedById", "Contact", "CustomerAuthorizedBy", ""), date("CustomerAuthorizedDate"),
		list("Type", "New", "Renewal", "Add-On"),
	}, address("Billing"), address("Shipping"), []Field{
		str("Name", 80), date("PoDate"), str("PoNumber", 80), str("OrderReferenceNumber", 80),
		ref("BillToContactId", "Contact", "BillToContact", ""), ref("ShipToContactId", "Contact", "ShipToContact", ""),
		moment("ActivatedDate").readOnly(), ref("ActivatedById", "User", "ActivatedBy", "").readOnly(),
		list("StatusCode", "Draft", "Activated").computed("{}.Status"),
		auto("OrderNumber", "{00000000}").named(),
		number("TotalAmount", "currency", 18, 2).computed(
			"(SELECT exact_sum(product(i.Quantity, i.UnitPrice)) FROM OrderItem i WHERE i.OrderId = {}.Id AND i.IsDeleted = {}.IsDeleted)"),
	})
}

func orderItemFields() []Field {
	return []Field{
		ref("OrderId", "Order", "Order", "OrderItems").cascading().required().fixed(),
		ref("PricebookEntryId", "PricebookEntry", "PricebookEntry", "OrderItems").required().fixed(),
		ref("Product2Id", "Product2", "Product2", "OrderItems").readOnly(),
		ref("OriginalOrderItemId", "OrderItem", "OriginalOrderItem", "ChildOrderItems").fixed(),
		number("AvailableQuantity", "double", 18, 2).computed("{}.Quantity"),
		number("Quantity", "double", 18, 2).required(), number("UnitPrice", "currency", 18, 2).required(),
		number("ListPrice", "currency", 18, 2).readOnly(),
		number("TotalPrice", "currency", 18, 2).computed("product({}.Quantity, {}.UnitPrice)"),
		date("ServiceDate"), date("EndDate"), str("Description", 255), auto("OrderItemNumber", "{0000000000}").named(),
	}
}

func assetFields() []Field {
	return []Field{
		ref("ContactId", "Contact", "Contact", "Assets"), ref("AccountId", "Account", "Account", "Assets").cascading(),
		ref("ParentId", "Asset", "Parent", "ChildAssets"), ref("RootAssetId", "Asset", "RootAsset", "").readOnly(),
		ref("Product2Id", "Product2", "Product2", "Assets"),
		str("ProductCode", 255).computed("(SELECT ProductCode FROM Product2 WHERE Id = {}.Product2Id)"),
		boolean("IsCompetitorProduct"), str("SerialNumber", 80), date("InstallDate"), date("PurchaseDate"), date("UsageEndDate"),
		list("Status", "Purchased", "Shipped", "Installed", "Registered", "Obsolete").restricted(),
		number("Price", "currency", 18, 2), number("Quantity", "double", 12, 2), area("Description", 32000),
		owner(), str("Name", 255).required().named(), str("StockKeepingUnit", 180).readOnly(),
		ref("AssetProvidedById", "Account", "AssetProvidedBy", "ProvidedAssets"),
		ref("AssetServicedById", "Account", "AssetServicedBy", "ServicedAssets"),
	}
}

func serviceContractFields() []Field {
	const lines = "FROM ContractLineItem l WHERE l.ServiceContractId = {}.Id AND l.IsDeleted = {}.IsDeleted)"
	return slices.Concat([]Field{
		owner(), str("Name", 255).required().named(), ref("AccountId", "Account", "Account", "ServiceContracts"),
		ref("ContactId", "Contact", "Contact", "ServiceContracts"), whole("Term"), date("StartDate"), date("EndDate"),
		moment("ActivationDate"), list("ApprovalStatus", "Draft", "In Approval Process", "Activated").withDefault("Draft"),
		area("Description", 32000),
	}, address("Billing"), address("Shipping"), []Field{
		ref("Pricebook2Id", "Pricebook2", "Pricebook2", "ServiceContracts"),
		number("ShippingHandling", "currency", 18, 2), number("Tax", "currency", 18, 2), area("SpecialTerms", 4000),
		ref("ParentServiceContractId", "ServiceContract", "ParentServiceContract", "ChildServiceContracts"),
		auto("ContractNumber", "{00000000}"),
		whole("LineItemCount").computed("(SELECT COUNT(*) " + lines),
		number("Subtotal", "currency", 18, 2).computed("(SELECT IFNULL(exact_sum(product(l.Quantity, l.UnitPrice)), '0') " + lines),
		list("Status", "Inactive", "Active", "Expired").computed(term),
	})
}

func contractLineFields() []Field {
	return []Field{
		ref("ServiceContractId", "ServiceContract", "ServiceContract", "ContractLineItems").cascading().required().fixed(),
		ref("PricebookEntryId", "PricebookEntry", "PricebookEntry", "ContractLineItems").required().fixed(),
		ref("Product2Id", "Product2", "Product2", "ContractLineItems").readOnly(), ref("AssetId", "Asset", "Asset", "ContractLineItems"),
		ref("ParentContractLineItemId", "ContractLineItem", "ParentContractLineItem", "ChildContractLineItems"),
		date("StartDate"), date("EndDate"), area("Description", 32000),
		number("Quantity", "double", 12, 2).required(), number("UnitPrice", "currency", 18, 2).required(),
		number("Discount", "percent", 5, 2), number("ListPrice", "currency", 18, 2).readOnly(),
		number("Subtotal", "currency", 18, 2).computed("product({}.Quantity, {}.UnitPrice)"),
		auto("LineItemNumber", "{00000000}").named(),
		list("Status", "Inactive", "Active", "Expired").computed(term),
	}
}

func entitlementFields() []Field {
	return []Field{
		str("Name", 255).required().named(), ref("AccountId", "Account", "Account", "Entitlements").cascading().required(),
		list("Type", "Phone Support", "Web Support"),
		ref("ServiceContractId", "ServiceContract", "ServiceContract", "Entitlements"),
		ref("ContractLineItemId", "ContractLineItem", "ContractLineItem", "Entitlements"),
		ref("AssetId", "Asset", "Asset", "Entitlements"), date("StartDate"), date("EndDate"),
		boolean("IsPerIncident"), whole("CasesPerEntitlement"), whole("RemainingCases"),
		list("Status", "Inactive", "Active", "Expired").computed(term),
	}
}

// term is the status of what has a start and an end. It changes with the day,
// and nothing stamps the row when it does.
const term = "CASE WHEN {}.StartDate > {today} THEN 'Inactive' WHEN {}.EndDate < {today} THEN 'Expired' ELSE 'Active' END"
