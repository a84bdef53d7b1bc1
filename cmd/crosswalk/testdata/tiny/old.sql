CREATE TABLE contacts (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, email TEXT, first_name TEXT, last_name TEXT) STRICT;
INSERT INTO contacts VALUES
  (1, 'C1', 'ann@acme.example', 'Ann', 'Aster'),
  (2, 'C2', 'bob@bolt.example', 'Bob', 'Birch'),
  (3, 'C3', 'cat@cog.example', 'Cat', 'Cedar'),
  (4, 'C4', 'n/a', 'Dan', 'Dogwood');
CREATE TABLE licenses (no TEXT PRIMARY KEY, customer TEXT NOT NULL, state TEXT NOT NULL, note TEXT, line TEXT NOT NULL) STRICT;
INSERT INTO licenses VALUES
  ('L1', 'C1', 'live', 'first', 'core'),
  ('L2', 'C1', 'live', NULL, 'core'),
  ('L3', 'C2', 'live', 'third', 'core'),
  ('L4', 'C3', 'held', '', 'core'),
  ('L5', 'C4', 'live', 'fifth', 'core'),
  ('L6', 'C4', 'dead', 'sixth', 'core'),
  ('L7', 'C9', 'live', 'of nobody', 'core'),
  ('L8', 'C1', 'live', 'of another line', 'edge');
