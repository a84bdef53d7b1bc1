-- +goose Up
-- What became of the rows of each write, kept in its own transaction until the
-- work that it is part of is done.
CREATE TABLE write_notes (
    note varchar(200) COLLATE "C" NOT NULL CONSTRAINT write_notes_note_check CHECK (note = trim(note) AND note <> ''),
    answers text COLLATE "C" NOT NULL,
    PRIMARY KEY (note)
);
