-- Disabled apps, revoked credentials, and several public numbers of one extension.

ALTER TABLE apps ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1));

-- Null: the token is a fixture's or the control API's, or was issued before there was this column.
ALTER TABLE tokens ADD COLUMN client_id TEXT REFERENCES apps (client_id) ON DELETE CASCADE;

-- Revoked credentials, the last thousand of each kind: they are refused with a reason of their own.

CREATE TABLE revoked_tokens (
  seq          INTEGER PRIMARY KEY,                 -- the order in which they were revoked
  access_token TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE revoked_sessions (
  seq INTEGER PRIMARY KEY,
  vn  TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE public_numbers (
  number    TEXT PRIMARY KEY,
  extension TEXT NOT NULL REFERENCES extensions (number) ON DELETE CASCADE,
  position  INTEGER NOT NULL,                       -- from 0
  UNIQUE (extension, position)
) STRICT, WITHOUT ROWID;

INSERT INTO public_numbers (number, extension, position)
SELECT public_number, number, 0 FROM extensions WHERE public_number IS NOT NULL;

-- The public number moves to a table of its own. A column that is UNIQUE cannot be dropped, so the table is rebuilt.
CREATE TABLE new_extensions (
  number TEXT PRIMARY KEY CHECK (number GLOB '[0-9]*[*][0-9]*'),  -- 0003*210
  short  TEXT NOT NULL GENERATED ALWAYS AS (substr(number, instr(number, '*') + 1)) STORED,
  owner  TEXT NOT NULL REFERENCES users (id),
  kind   TEXT NOT NULL CHECK (kind IN ('phoneTerminal', 'queue', 'conference', 'ivr', 'voicemail', 'queueLogin', 'callingCard', 'callback', 'intercom')),
  name   TEXT,
  UNIQUE (number, owner)                            -- so that events can follow a change of owner
) STRICT;

INSERT INTO new_extensions (number, owner, kind, name) SELECT number, owner, kind, name FROM extensions;
DROP TABLE extensions;
ALTER TABLE new_extensions RENAME TO extensions;
CREATE INDEX extensions_by_short ON extensions (short);
CREATE INDEX extensions_by_owner ON extensions (owner);
