// jsforce walks through the simulator as it would through an org. It prints one
// line of JSON for each step; clients_test.go knows what it must say. A step
// that throws says the code of the error, and the next step begins.
'use strict';

const jsforce = require('jsforce');
const { HttpApi } = require('jsforce/lib/http-api');

const url = process.env.SIMULATOR_URL;
const user = process.env.SIMULATOR_USER;
const password = process.env.SIMULATOR_PASSWORD;
const clientId = process.env.SIMULATOR_CLIENT_ID;
const clientSecret = process.env.SIMULATOR_CLIENT_SECRET;
const version = '64.0';
const key = 'Entl_Key__c';
const fast = { pollInterval: 20, pollTimeout: 60000 };

async function step(name, run) {
  let said;
  try {
    said = await run();
  } catch (e) {
    const code = e.errorCode || (e.name === 'Error' ? e.message.split(':')[0] : e.name);
    said = { error: code, message: e.message };
  }
  console.log(JSON.stringify({ step: name, ...said }));
}

const outcome = (r) => (r.success ? 'ok' : r.errors.map((e) => e.statusCode).join());

// bulkQuery reads a result that fits into one page.
async function bulkQuery(conn, soql) {
  const stream = await conn.bulk2.query(soql, fast);
  return stream.toArray();
}

// bulkPages reads a result page by page. bulk2.query would pipe all pages into
// one stream: it takes the header of each for a record, and with some sizes of
// pages it mixes them up or fails, as the first page to end closes the stream.
async function bulkPages(conn, soql, operation = 'query') {
  const jobs = `${url}/services/data/v${version}/jobs/query`;
  const { id } = await conn.requestPost(jobs, { operation, query: soql });
  await conn.bulk2.job('query', { id }).poll(fast.pollInterval, fast.pollTimeout);
  const pages = [];
  for (let locator = ''; locator !== 'null';) {
    const api = new HttpApi(conn, { responseType: 'text/csv' });
    api.on('response', (r) => { locator = r.headers['sforce-locator']; });
    pages.push(await api.request({ method: 'GET', url: `${jobs}/${id}/results?locator=${locator}` }));
  }
  return pages;
}

async function logins() {
  const conn = new jsforce.Connection({ loginUrl: url, version });
  await step('login refused', () => conn.login(user, password + 'x'));
  await step('login', async () => {
    const who = await conn.login(user, password);
    return { organization: who.organizationId.slice(0, 3), user: who.id.slice(0, 3) };
  });
  await step('client credentials refused', async () => {
    const c = new jsforce.Connection({ version, oauth2: { loginUrl: url, clientId, clientSecret: 'wrong' } });
    await c.authorize({ grant_type: 'client_credentials' });
  });
  await step('client credentials', async () => {
    const c = new jsforce.Connection({ version, oauth2: { loginUrl: url, clientId, clientSecret } });
    await c.authorize({ grant_type: 'client_credentials' });
    return { accounts: (await c.query('SELECT COUNT() FROM Account')).totalSize };
  });
  await step('expired session', async () => {
    const c = new jsforce.Connection({ instanceUrl: url, version, accessToken: '00D!none' });
    await c.query('SELECT Id FROM Account');
  });
  return conn;
}

async function rows(conn) {
  const accounts = conn.sobject('Account');
  let id;
  await step('describe', async () => {
    const d = await accounts.describe();
    const f = d.fields.find((x) => x.name === key);
    const required = d.fields.filter((x) => x.createable && !x.nillable && !x.defaultedOnCreate).map((x) => x.name);
    return { prefix: d.keyPrefix, external: f.externalId, unique: f.unique, length: f.length, required };
  });
  await step('describe global', async () => {
    const g = await conn.describeGlobal();
    return { batch: g.maxBatchSize, account: g.sobjects.some((o) => o.name === 'Account' && o.queryable) };
  });
  await step('create', async () => {
    const r = await accounts.create({ Name: 'One', [key]: 'A-1' });
    id = r.id;
    return { success: r.success, prefix: id.slice(0, 3), length: id.length };
  });
  await step('create without a name', () => accounts.create({ [key]: 'A-2' }));
  await step('create with a taken key', () => accounts.create({ Name: 'Again', [key]: 'A-1' }));
  await step('create with an unknown field', () => accounts.create({ Name: 'x', Nonsense__c: 1 }));
  await step('update', async () => {
    const r = await accounts.update({ Id: id, Name: 'One and a half' });
    const back = await accounts.retrieve(id.slice(0, 15));
    return { success: r.success, name: back.Name, same: back.Id === id };
  });
  await step('upsert', async () => {
    const first = await accounts.upsert({ Name: 'Two', [key]: 'A-2' }, key);
    const second = await accounts.upsert({ Name: 'Two again', [key]: 'A-2' }, key);
    return { first: first.created, second: second.created, same: first.id === second.id };
  });
  await step('upsert with a key that must be escaped', async () => {
    const value = 'A/B #1?x=100% ä';
    await accounts.upsert({ Name: 'Escaped', [key]: encodeURIComponent(value) }, key);
    const found = await conn.query(`SELECT ${key} FROM Account WHERE Name = 'Escaped'`);
    return { keys: found.records.map((r) => r[key]) };
  });
  await step('child by the key of its parent', async () => {
    await conn.sobject('Contact').create({ LastName: 'Child', Account: { [key]: 'A-1' } });
    const q = await conn.query("SELECT LastName, Account.Name FROM Contact WHERE Account.Entl_Key__c = 'A-1'");
    const p = await conn.query("SELECT Name, (SELECT LastName FROM Contacts) FROM Account WHERE Entl_Key__c = 'A-1'");
    return { up: q.records.map((r) => r.Account.Name), down: p.records[0].Contacts.records.map((r) => r.LastName) };
  });
  await step('child of a parent that is missing', () =>
    conn.sobject('Contact').create({ LastName: 'Orphan', Account: { [key]: 'none' } }));
  await step('delete', async () => {
    const r = await accounts.create({ Name: 'Gone', [key]: 'A-gone' });
    const d = await accounts.destroy(r.id);
    const seen = await conn.query("SELECT Id FROM Account WHERE Name = 'Gone'");
    const all = await conn.query("SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'", { scanAll: true });
    return { success: d.success, query: seen.totalSize, queryAll: all.records.map((x) => x.IsDeleted) };
  });
  await step('retrieve what was deleted', async () => {
    const all = await conn.query("SELECT Id FROM Account WHERE Name = 'Gone'", { scanAll: true });
    await accounts.retrieve(all.records[0].Id);
  });
  await step('limits', async () => {
    const l = await conn.limits();
    return { known: 'DailyApiRequests' in l && 'DailyBulkV2QueryJobs' in l, counted: conn.limitInfo.apiUsage.used > 0 };
  });
}

async function collections(conn) {
  const accounts = conn.sobject('Account');
  await step('collection with failures', async () => {
    const r = await accounts.create([
      { Name: 'C1', [key]: 'C-1' }, { [key]: 'C-2' }, { Name: 'C3', [key]: 'C-1' }, { Name: 'C4', [key]: 'C-4' },
    ]);
    return { outcomes: r.map(outcome) };
  });
  await step('collection, all or none', async () => {
    const r = await accounts.create([{ Name: 'D1', [key]: 'D-1' }, { [key]: 'D-2' }], { allOrNone: true });
    const left = await conn.query("SELECT COUNT() FROM Account WHERE Entl_Key__c LIKE 'D-%'");
    return { outcomes: r.map(outcome), left: left.totalSize };
  });
  await step('upsert of a collection', async () => {
    const r = await accounts.upsert([{ Name: 'C1 again', [key]: 'C-1' }, { Name: 'C5', [key]: 'C-5' }], key);
    return { created: r.map((x) => x.created), outcomes: r.map(outcome) };
  });
  await step('delete of a collection', async () => {
    const found = await conn.query("SELECT Id FROM Account WHERE Entl_Key__c IN ('C-4', 'C-5')");
    const r = await accounts.destroy([...found.records.map((x) => x.Id), '001000000000000AAA']);
    return { outcomes: r.map(outcome) };
  });
  await step('collection of 201 rows', () =>
    conn.requestPost(`/services/data/v${version}/composite/sobjects`, {
      records: Array.from({ length: 201 }, (_, i) => ({ attributes: { type: 'Account' }, Name: `E${i}` })),
    }));
}

async function bulk(conn) {
  const load = (operation, input, more) =>
    conn.bulk2.loadAndWaitForResults({ object: 'Asset', operation, input, ...fast, ...more });
  await step('bulk upsert with failed rows', async () => {
    const input = Array.from({ length: 2503 }, (_, i) => ({
      [key]: `B-${i}`, Name: `Asset ${i}`, Quantity: '2.50', SerialNumber: `"S",\n${i}`, 'Account.Entl_Key__c': 'A-1',
    }));
    input[7].Name = '';
    input[8]['Account.Entl_Key__c'] = 'none';
    input[9].Quantity = 'many';
    const r = await load('upsert', input, { externalIdFieldName: key });
    return {
      successful: r.successfulResults.length,
      created: r.successfulResults.every((x) => x.sf__Created === 'true' && x.sf__Id.startsWith('02i')),
      matched: r.successfulResults.every((x) => x.SerialNumber === `"S",\n${x[key].slice(2)}`),
      inOrder: r.successfulResults.every((x, i) => x[key] === `B-${i < 7 ? i : i + 3}`),
      failed: r.failedResults.map((x) => [x[key], x.sf__Error.split(':')[0]]).sort(),
      unprocessed: r.unprocessedRecords.length,
    };
  });
  await step('bulk update to null', async () => {
    const found = await conn.query("SELECT Id, SerialNumber FROM Asset WHERE Entl_Key__c = 'B-1'");
    await load('update', [{ Id: found.records[0].Id, SerialNumber: null, Quantity: '' }]);
    const back = await conn.query("SELECT SerialNumber, Quantity FROM Asset WHERE Entl_Key__c = 'B-1'");
    return { before: found.records[0].SerialNumber, after: back.records[0].SerialNumber, untouched: back.records[0].Quantity };
  });
  await step('bulk load with an unknown column', () => load('insert', [{ Name: 'x', Nonsense__c: '1' }]));
  await step('bulk load of an unknown object', () => load('insert', [{ Name: 'x' }], { object: 'Nonsense' }));
  await step('bulk query', async () => {
    const records = await bulkQuery(conn, "SELECT Id, Entl_Key__c FROM Asset WHERE Entl_Key__c LIKE 'B-10%'");
    return { records: records.length, keys: records.every((r) => r[key].startsWith('B-10')) };
  });
  await step('bulk query over pages', async () => {
    const pages = await bulkPages(conn, 'SELECT Id, Entl_Key__c, Quantity, Account.Name, SerialNumber FROM Asset');
    const records = pages.flat();
    return {
      pages: pages.map((p) => p.length), ids: new Set(records.map((r) => r.Id)).size,
      sample: records.filter((r) => r[key] === 'B-2').map((r) => [r.Quantity, r['Account.Name'], r.SerialNumber]),
    };
  });
  await step('query over pages', async () => {
    let pages = 1;
    const ids = new Set();
    let r = await conn.query('SELECT Id, Name FROM Asset');
    const total = r.totalSize;
    r.records.forEach((x) => ids.add(x.Id));
    while (!r.done) {
      r = await conn.queryMore(r.nextRecordsUrl);
      r.records.forEach((x) => ids.add(x.Id));
      pages++;
    }
    return { total, pages, ids: ids.size };
  });
  await step('bulk delete', async () => {
    const found = await conn.query("SELECT Id FROM Asset WHERE Entl_Key__c IN ('B-100', 'B-101')");
    const r = await load('delete', found.records.map((x) => ({ Id: x.Id })));
    const seen = (await bulkPages(conn, 'SELECT Id FROM Asset')).flat();
    const all = (await bulkPages(conn, 'SELECT Id, IsDeleted FROM Asset', 'queryAll')).flat();
    return {
      successful: r.successfulResults.length, query: seen.length, queryAll: all.length,
      deleted: all.filter((x) => x.IsDeleted === 'true').length,
    };
  });
  await step('bulk query of an aggregate', () => bulkQuery(conn, 'SELECT COUNT(Id) FROM Asset'));
}

async function errors(conn) {
  await step('malformed query', () => conn.query('SELECT Id FORM Account'));
  await step('query of an unknown field', () => conn.query('SELECT Nonsense FROM Account'));
  await step('query of an unknown object', () => conn.query('SELECT Id FROM Nonsense'));
  await step('row that does not exist', () => conn.sobject('Account').retrieve('001000000000000AAA'));
  await step('id that is none', () => conn.sobject('Account').update({ Id: 'nonsense', Name: 'x' }));
  await step('locator that is none', () => conn.request(`/services/data/v${version}/query/01g000000000000AAA-2000`));
  await step('resource that is none', () => conn.request(`/services/data/v${version}/nonsense`));
  await step('version that is retired', () => conn.request('/services/data/v20.0/limits'));
}

(async () => {
  const conn = await logins();
  await rows(conn);
  await collections(conn);
  await bulk(conn);
  await errors(conn);
})();
