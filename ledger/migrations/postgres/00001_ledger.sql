-- +goose Up
-- Text that sorts by bytes, whatever the collation of the database.
CREATE DOMAIN ledger_text AS text COLLATE "C";

-- Every start and end of a run, every finished part: one entry each, chained by hash.
CREATE TABLE ledger_chain (
    n     BIGINT      PRIMARY KEY,  -- 1, 2, 3 ... without a gap
    entry ledger_text NOT NULL,     -- JSON
    hash  ledger_text NOT NULL      -- SHA-256 of the hash before, a line feed, and entry
);

CREATE TABLE ledger_leases (
    name    ledger_text PRIMARY KEY,
    holder  ledger_text NOT NULL,  -- empty when the lease is free
    fence   BIGINT      NOT NULL,  -- grows with each holder
    since   ledger_text NOT NULL,
    expires ledger_text NOT NULL
);

CREATE TABLE ledger_runs (
    id            ledger_text PRIMARY KEY,
    begin_entry   BIGINT      NOT NULL UNIQUE,     -- in ledger_chain
    end_entry     BIGINT      NOT NULL DEFAULT 0,  -- in ledger_chain; 0 while the run runs
    kind          ledger_text NOT NULL,
    line          ledger_text NOT NULL,
    started       ledger_text NOT NULL,
    finished      ledger_text NOT NULL DEFAULT '',
    verdict       ledger_text NOT NULL,
    tool          ledger_text NOT NULL,
    mapping       ledger_text NOT NULL,
    scope         ledger_text NOT NULL,
    plan          ledger_text NOT NULL,
    operator      ledger_text NOT NULL,
    lease         ledger_text NOT NULL,            -- in ledger_leases; empty for a run that took none
    fence         BIGINT      NOT NULL,
    message       ledger_text NOT NULL DEFAULT '',
    report_sha256 ledger_text NOT NULL DEFAULT '',
    aside_rows    BIGINT      NOT NULL DEFAULT 0,  -- of ledger_set_aside
    aside_seal    ledger_text NOT NULL DEFAULT '',
    finding_rows  BIGINT      NOT NULL DEFAULT 0,  -- of ledger_findings
    finding_seal  ledger_text NOT NULL DEFAULT ''
);
CREATE INDEX ledger_runs_plan ON ledger_runs (plan);
CREATE INDEX ledger_runs_open ON ledger_runs (lease) WHERE verdict = 'running';

CREATE TABLE ledger_reports (
    run     ledger_text PRIMARY KEY REFERENCES ledger_runs (id),
    content BYTEA       NOT NULL
);

CREATE TABLE ledger_counts (
    run              ledger_text NOT NULL REFERENCES ledger_runs (id),
    entity           ledger_text NOT NULL,
    source           ledger_text NOT NULL,
    rows_read        BIGINT      NOT NULL,
    rows_created     BIGINT      NOT NULL,
    rows_updated     BIGINT      NOT NULL,
    rows_deleted     BIGINT      NOT NULL,
    rows_unchanged   BIGINT      NOT NULL,
    rows_merged      BIGINT      NOT NULL,
    rows_archived    BIGINT      NOT NULL,
    rows_excluded    BIGINT      NOT NULL,
    rows_quarantined BIGINT      NOT NULL,
    rows_rejected    BIGINT      NOT NULL,
    rows_stale       BIGINT      NOT NULL,
    rows_unsure      BIGINT      NOT NULL,
    rows_missing     BIGINT      NOT NULL,
    rows_extra       BIGINT      NOT NULL,
    rows_changed     BIGINT      NOT NULL,
    PRIMARY KEY (run, entity, source)
);

-- The parts of a plan that are durable in the target.
CREATE TABLE ledger_parts (
    n                BIGINT      PRIMARY KEY,  -- in ledger_chain
    run              ledger_text NOT NULL REFERENCES ledger_runs (id),
    entity           ledger_text NOT NULL,
    part             BIGINT      NOT NULL,
    source           ledger_text NOT NULL,
    rows_read        BIGINT      NOT NULL,
    rows_created     BIGINT      NOT NULL,
    rows_updated     BIGINT      NOT NULL,
    rows_deleted     BIGINT      NOT NULL,
    rows_unchanged   BIGINT      NOT NULL,
    rows_merged      BIGINT      NOT NULL,
    rows_archived    BIGINT      NOT NULL,
    rows_excluded    BIGINT      NOT NULL,
    rows_quarantined BIGINT      NOT NULL,
    rows_rejected    BIGINT      NOT NULL,
    rows_stale       BIGINT      NOT NULL,
    rows_unsure      BIGINT      NOT NULL,
    rows_missing     BIGINT      NOT NULL,
    rows_extra       BIGINT      NOT NULL,
    rows_changed     BIGINT      NOT NULL,
    UNIQUE (run, entity, part)
);

-- Rows that a run did not carry over, each with its reason.
CREATE TABLE ledger_set_aside (
    run     BIGINT      NOT NULL,  -- its begin_entry
    n       BIGINT      NOT NULL,  -- 1, 2, 3 ... without a gap
    entity  ledger_text NOT NULL,
    source  ledger_text NOT NULL,
    row_key ledger_text NOT NULL,
    outcome ledger_text NOT NULL,
    rule    ledger_text NOT NULL,
    reason  ledger_text NOT NULL,
    input   ledger_text NOT NULL,
    PRIMARY KEY (run, n)
);

-- Differences that a run saw.
CREATE TABLE ledger_findings (
    run     BIGINT      NOT NULL,  -- its begin_entry
    n       BIGINT      NOT NULL,  -- 1, 2, 3 ... without a gap
    id      ledger_text NOT NULL,
    entity  ledger_text NOT NULL,
    row_key ledger_text NOT NULL,
    kind    ledger_text NOT NULL,
    fields  ledger_text NOT NULL,  -- JSON
    PRIMARY KEY (run, n)
);

-- The life of each difference from run to run: drawn from ledger_findings, and so not chained.
CREATE TABLE ledger_drift (
    id           ledger_text PRIMARY KEY,
    line         ledger_text NOT NULL,
    entity       ledger_text NOT NULL,
    row_key      ledger_text NOT NULL,
    kind         ledger_text NOT NULL,
    fields       ledger_text NOT NULL,  -- JSON, as last seen
    state        ledger_text NOT NULL,
    first_seen   ledger_text NOT NULL,
    last_seen    ledger_text NOT NULL,
    first_run    ledger_text NOT NULL,
    last_run     ledger_text NOT NULL,
    runs_seen    BIGINT      NOT NULL,
    resolved     ledger_text NOT NULL,  -- when a run found it gone; empty while it stands
    resolved_run ledger_text NOT NULL
);
CREATE INDEX ledger_drift_line ON ledger_drift (line, entity, state);

-- What is written stays as it is.
-- +goose StatementBegin
CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER ledger_chain_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_chain EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_reports_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_reports EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_counts_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_counts EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_parts_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_parts EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_set_aside_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_set_aside EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_findings_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_findings EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_runs_stays BEFORE UPDATE ON ledger_runs FOR EACH ROW WHEN (OLD.verdict <> 'running') EXECUTE FUNCTION ledger_refuse();
CREATE TRIGGER ledger_runs_remains BEFORE DELETE OR TRUNCATE ON ledger_runs EXECUTE FUNCTION ledger_refuse();
