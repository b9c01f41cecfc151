-- The directory: who exists, and what they own.

CREATE TABLE organizations (
  id   TEXT PRIMARY KEY,
  name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  organization TEXT REFERENCES organizations (id),  -- null: outside every organization, as administrators are
  role         TEXT NOT NULL CHECK (role IN ('user', 'organization', 'administrator'))
) STRICT, WITHOUT ROWID;

CREATE TABLE extensions (
  number        TEXT PRIMARY KEY CHECK (number GLOB '[0-9]*[*][0-9]*'),  -- 0003*210
  short         TEXT NOT NULL GENERATED ALWAYS AS (substr(number, instr(number, '*') + 1)) STORED,
  owner         TEXT NOT NULL REFERENCES users (id),
  kind          TEXT NOT NULL CHECK (kind IN ('phoneTerminal', 'queue', 'conference', 'ivr', 'voicemail', 'queueLogin', 'callingCard', 'callback', 'intercom')),
  name          TEXT,
  public_number TEXT UNIQUE,
  UNIQUE (number, owner)                            -- so that events can follow a change of owner
) STRICT;

CREATE INDEX extensions_by_short ON extensions (short);
CREATE INDEX extensions_by_owner ON extensions (owner);

-- Phone call events, keyed by user, extension and type.

CREATE TABLE phone_call_events (
  id        TEXT PRIMARY KEY,                       -- unique over all extensions: deliveries refer to it alone
  user      TEXT NOT NULL,
  extension TEXT NOT NULL,
  type      TEXT NOT NULL CHECK (type IN ('0', '1', '2', '3', '4')),
  method    TEXT NOT NULL CHECK (method IN ('0', '1')),
  status    TEXT NOT NULL CHECK (status IN ('0', '1')),
  url       TEXT NOT NULL,
  note      TEXT NOT NULL,
  modified  TEXT NOT NULL,                          -- as it is printed: a pinned one keeps its offset
  FOREIGN KEY (extension, user) REFERENCES extensions (number, owner) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

-- Lists are ordered by url, then id: of one type, and of all types.
CREATE INDEX phone_call_events_by_type ON phone_call_events (user, extension, type, url, id);
CREATE INDEX phone_call_events_by_url ON phone_call_events (user, extension, url, id);

-- Who may ask.

CREATE TABLE apps (
  client_id     TEXT PRIMARY KEY,
  client_secret TEXT NOT NULL,
  name          TEXT,
  user          TEXT NOT NULL REFERENCES users (id),
  trusted       INTEGER NOT NULL CHECK (trusted IN (0, 1)),
  redirect_uris TEXT NOT NULL CHECK (json_type(redirect_uris) = 'array')
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  access_token TEXT PRIMARY KEY,
  user         TEXT NOT NULL REFERENCES users (id),
  expires_at   TEXT,                                -- ISO 8601 in UTC; null: never
  issued       INTEGER NOT NULL CHECK (issued IN (0, 1))  -- by OAuth: forgotten after its time; a fixture's stays
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_expiry ON tokens (expires_at) WHERE issued = 1;

CREATE TABLE sessions (
  vn         TEXT PRIMARY KEY,
  user       TEXT NOT NULL REFERENCES users (id),
  xsrf_token TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE authorization_codes (
  code         TEXT PRIMARY KEY,
  client_id    TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  user         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  redirect_uri TEXT NOT NULL,                       -- the exchange has to name the same
  expires_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);

CREATE TABLE refresh_tokens (
  refresh_token TEXT PRIMARY KEY,
  client_id     TEXT NOT NULL REFERENCES apps (client_id) ON DELETE CASCADE,
  user          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Switches that a fixture chose. Flags and environment stand above them and are not kept.

CREATE TABLE switches (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
