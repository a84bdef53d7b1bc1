-- +goose Up
-- The system that a run compared or wrote. Runs from before there were several have none.
ALTER TABLE ledger_runs ADD COLUMN target ledger_text NOT NULL DEFAULT '';
