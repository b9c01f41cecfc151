-- The event types: a new type is one more row here. Events, moments and deliveries refer to it instead of listing the
-- types in a CHECK each, which SQLite cannot change.

CREATE TABLE event_types (
  code TEXT PRIMARY KEY,                            -- as on the wire
  name TEXT NOT NULL UNIQUE                         -- of the moment that fires it
) STRICT, WITHOUT ROWID;

INSERT INTO event_types (code, name) VALUES
  ('0', 'dialIn'), ('1', 'dialOut'), ('2', 'hangup'), ('3', 'answerIncoming'), ('4', 'answerOutgoing');

CREATE TABLE new_phone_call_events (
  id        TEXT PRIMARY KEY,                       -- unique over all extensions: deliveries refer to it alone
  user      TEXT NOT NULL,
  extension TEXT NOT NULL,
  type      TEXT NOT NULL REFERENCES event_types (code),
  method    TEXT NOT NULL CHECK (method IN ('0', '1')),
  status    TEXT NOT NULL CHECK (status IN ('0', '1')),
  url       TEXT NOT NULL,
  note      TEXT NOT NULL,
  modified  TEXT NOT NULL,                          -- as it is printed: a pinned one keeps its offset
  FOREIGN KEY (extension, user) REFERENCES extensions (number, owner) ON UPDATE CASCADE ON DELETE CASCADE
) STRICT;

INSERT INTO new_phone_call_events SELECT * FROM phone_call_events;
DROP TABLE phone_call_events;
ALTER TABLE new_phone_call_events RENAME TO phone_call_events;
CREATE INDEX phone_call_events_by_type ON phone_call_events (user, extension, type, url, id);
CREATE INDEX phone_call_events_by_url ON phone_call_events (user, extension, url, id);

CREATE TABLE new_moments (
  seq         INTEGER PRIMARY KEY,
  call        INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
  name        TEXT NOT NULL REFERENCES event_types (name),
  extension   TEXT NOT NULL,
  at          INTEGER NOT NULL,
  call_status TEXT NOT NULL CHECK (call_status IN ('CALLING', 'ANSWER', 'BUSY', 'NOANSWER', 'CANCEL', 'CONGESTION', 'CHANUNAVAIL')),
  call_flow   TEXT NOT NULL CHECK (call_flow IN ('IN', 'OUT')),
  others      TEXT NOT NULL CHECK (json_type(others) = 'array'),
  armed       INTEGER NOT NULL,                     -- how many fired: the log may have dropped their deliveries
  disabled    INTEGER NOT NULL,                     -- how many did not, for each reason
  other_type  INTEGER NOT NULL
) STRICT;

INSERT INTO new_moments SELECT * FROM moments;
DROP TABLE moments;
ALTER TABLE new_moments RENAME TO moments;
CREATE INDEX moments_by_call ON moments (call);

CREATE TABLE new_deliveries (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,      -- never reused: tests remember it
  call_id   TEXT NOT NULL,                          -- no foreign keys: the log outlives calls, moments and events
  moment    INTEGER NOT NULL,
  event_id  TEXT NOT NULL,
  event_url TEXT NOT NULL,
  extension TEXT NOT NULL,
  type      TEXT NOT NULL REFERENCES event_types (code),
  name      TEXT NOT NULL REFERENCES event_types (name),
  method    TEXT NOT NULL CHECK (method IN ('GET', 'POST')),
  url       TEXT NOT NULL,
  headers   TEXT NOT NULL CHECK (json_type(headers) = 'object'),
  body      TEXT NOT NULL
) STRICT;

INSERT INTO new_deliveries SELECT * FROM deliveries;
-- The ids go on where they were, also when the newest deliveries are gone.
DELETE FROM sqlite_sequence WHERE name = 'new_deliveries';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_deliveries', seq FROM sqlite_sequence WHERE name = 'deliveries';
DROP TABLE deliveries;
ALTER TABLE new_deliveries RENAME TO deliveries;
CREATE INDEX deliveries_by_call ON deliveries (call_id);
