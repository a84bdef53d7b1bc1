-- +goose Up
-- Every start and end of a run, every finished part: one entry each, chained by hash.
CREATE TABLE ledger_chain (
    n     INTEGER PRIMARY KEY,  -- 1, 2, 3 ... without a gap
    entry TEXT    NOT NULL,     -- JSON
    hash  TEXT    NOT NULL      -- SHA-256 of the hash before, a line feed, and entry
) STRICT;

CREATE TABLE ledger_leases (
    name    TEXT    PRIMARY KEY,
    holder  TEXT    NOT NULL,  -- empty when the lease is free
    fence   INTEGER NOT NULL,  -- grows with each holder
    since   TEXT    NOT NULL,
    expires TEXT    NOT NULL
) STRICT;

CREATE TABLE ledger_runs (
    id            TEXT    PRIMARY KEY,
    begin_entry   INTEGER NOT NULL UNIQUE,     -- in ledger_chain
    end_entry     INTEGER NOT NULL DEFAULT 0,  -- in ledger_chain; 0 while the run runs
    kind          TEXT    NOT NULL,
    line          TEXT    NOT NULL,
    started       TEXT    NOT NULL,
    finished      TEXT    NOT NULL DEFAULT '',
    verdict       TEXT    NOT NULL,
    tool          TEXT    NOT NULL,
    mapping       TEXT    NOT NULL,
    scope         TEXT    NOT NULL,
    plan          TEXT    NOT NULL,
    operator      TEXT    NOT NULL,
    lease         TEXT    NOT NULL,            -- in ledger_leases; empty for a run that took none
    fence         INTEGER NOT NULL,
    message       TEXT    NOT NULL DEFAULT '',
    report_sha256 TEXT    NOT NULL DEFAULT '',
    aside_rows    INTEGER NOT NULL DEFAULT 0,  -- of ledger_set_aside
    aside_seal    TEXT    NOT NULL DEFAULT '',
    finding_rows  INTEGER NOT NULL DEFAULT 0,  -- of ledger_findings
    finding_seal  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX ledger_runs_plan ON ledger_runs (plan);
CREATE INDEX ledger_runs_open ON ledger_runs (lease) WHERE verdict = 'running';

CREATE TABLE ledger_reports (
    run     TEXT PRIMARY KEY REFERENCES ledger_runs (id),
    content BLOB NOT NULL
) STRICT;

CREATE TABLE ledger_counts (
    run              TEXT    NOT NULL REFERENCES ledger_runs (id),
    entity           TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    rows_read        INTEGER NOT NULL,
    rows_created     INTEGER NOT NULL,
    rows_updated     INTEGER NOT NULL,
    rows_deleted     INTEGER NOT NULL,
    rows_unchanged   INTEGER NOT NULL,
    rows_merged      INTEGER NOT NULL,
    rows_archived    INTEGER NOT NULL,
    rows_excluded    INTEGER NOT NULL,
    rows_quarantined INTEGER NOT NULL,
    rows_rejected    INTEGER NOT NULL,
    rows_stale       INTEGER NOT NULL,
    rows_unsure      INTEGER NOT NULL,
    rows_missing     INTEGER NOT NULL,
    rows_extra       INTEGER NOT NULL,
    rows_changed     INTEGER NOT NULL,
    PRIMARY KEY (run, entity, source)
) STRICT;

-- The parts of a plan that are durable in the target.
CREATE TABLE ledger_parts (
    n                INTEGER PRIMARY KEY,  -- in ledger_chain
    run              TEXT    NOT NULL REFERENCES ledger_runs (id),
    entity           TEXT    NOT NULL,
    part             INTEGER NOT NULL,
    source           TEXT    NOT NULL,
    rows_read        INTEGER NOT NULL,
    rows_created     INTEGER NOT NULL,
    rows_updated     INTEGER NOT NULL,
    rows_deleted     INTEGER NOT NULL,
    rows_unchanged   INTEGER NOT NULL,
    rows_merged      INTEGER NOT NULL,
    rows_archived    INTEGER NOT NULL,
    rows_excluded    INTEGER NOT NULL,
    rows_quarantined INTEGER NOT NULL,
    rows_rejected    INTEGER NOT NULL,
    rows_stale       INTEGER NOT NULL,
    rows_unsure      INTEGER NOT NULL,
    rows_missing     INTEGER NOT NULL,
    rows_extra       INTEGER NOT NULL,
    rows_changed     INTEGER NOT NULL,
    UNIQUE (run, entity, part)
) STRICT;

-- Rows that a run did not carry over, each with its reason.
CREATE TABLE ledger_set_aside (
    run     INTEGER NOT NULL,  -- its begin_entry
    n       INTEGER NOT NULL,  -- 1, 2, 3 ... without a gap
    entity  TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    row_key TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    rule    TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    input   TEXT    NOT NULL,
    PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- Differences that a run saw.
CREATE TABLE ledger_findings (
    run     INTEGER NOT NULL,  -- its begin_entry
    n       INTEGER NOT NULL,  -- 1, 2, 3 ... without a gap
    id      TEXT    NOT NULL,
    entity  TEXT    NOT NULL,
    row_key TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    fields  TEXT    NOT NULL,  -- JSON
    PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

-- The life of each difference from run to run: drawn from ledger_findings, and so not chained.
CREATE TABLE ledger_drift (
    id           TEXT    PRIMARY KEY,
    line         TEXT    NOT NULL,
    entity       TEXT    NOT NULL,
    row_key      TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    fields       TEXT    NOT NULL,  -- JSON, as last seen
    state        TEXT    NOT NULL,
    first_seen   TEXT    NOT NULL,
    last_seen    TEXT    NOT NULL,
    first_run    TEXT    NOT NULL,
    last_run     TEXT    NOT NULL,
    runs_seen    INTEGER NOT NULL,
    resolved     TEXT    NOT NULL,  -- when a run found it gone; empty while it stands
    resolved_run TEXT    NOT NULL
) STRICT;
CREATE INDEX ledger_drift_line ON ledger_drift (line, entity, state);

-- What is written stays as it is.
-- +goose StatementBegin
CREATE TRIGGER ledger_chain_stays BEFORE UPDATE ON ledger_chain BEGIN
    SELECT RAISE(ABORT, 'ledger_chain is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_chain_remains BEFORE DELETE ON ledger_chain BEGIN
    SELECT RAISE(ABORT, 'ledger_chain is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_reports_stays BEFORE UPDATE ON ledger_reports BEGIN
    SELECT RAISE(ABORT, 'ledger_reports is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_reports_remains BEFORE DELETE ON ledger_reports BEGIN
    SELECT RAISE(ABORT, 'ledger_reports is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_counts_stays BEFORE UPDATE ON ledger_counts BEGIN
    SELECT RAISE(ABORT, 'ledger_counts is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_counts_remains BEFORE DELETE ON ledger_counts BEGIN
    SELECT RAISE(ABORT, 'ledger_counts is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_parts_stays BEFORE UPDATE ON ledger_parts BEGIN
    SELECT RAISE(ABORT, 'ledger_parts is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_parts_remains BEFORE DELETE ON ledger_parts BEGIN
    SELECT RAISE(ABORT, 'ledger_parts is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_set_aside_stays BEFORE UPDATE ON ledger_set_aside BEGIN
    SELECT RAISE(ABORT, 'ledger_set_aside is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_set_aside_remains BEFORE DELETE ON ledger_set_aside BEGIN
    SELECT RAISE(ABORT, 'ledger_set_aside is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_findings_stays BEFORE UPDATE ON ledger_findings BEGIN
    SELECT RAISE(ABORT, 'ledger_findings is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_findings_remains BEFORE DELETE ON ledger_findings BEGIN
    SELECT RAISE(ABORT, 'ledger_findings is append-only: DELETE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_runs_stays BEFORE UPDATE ON ledger_runs WHEN OLD.verdict <> 'running' BEGIN
    SELECT RAISE(ABORT, 'ledger_runs is append-only: UPDATE is refused');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER ledger_runs_remains BEFORE DELETE ON ledger_runs BEGIN
    SELECT RAISE(ABORT, 'ledger_runs is append-only: DELETE is refused');
END;
-- +goose StatementEnd
