-- Seeded ids: which seed the ids of this state come from, and how many were generated. Empty until one was.

CREATE TABLE seeded_ids (
  only  INTEGER PRIMARY KEY CHECK (only = 1),
  seed  INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT;
