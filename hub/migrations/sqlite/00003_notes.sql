-- +goose Up
-- What became of the rows of each write, kept in its own transaction until the
-- work that it is part of is done.
CREATE TABLE write_notes (
    note TEXT NOT NULL CONSTRAINT write_notes_note_check CHECK (length(note) <= 200 AND note = trim(note) AND note <> ''),
    answers TEXT NOT NULL,
    PRIMARY KEY (note)
) STRICT, WITHOUT ROWID;
