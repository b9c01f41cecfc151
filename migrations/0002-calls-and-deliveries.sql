-- Calls: what was asked for, and how far each has come. Times are milliseconds since 1970 by the sandbox's clock.

CREATE TABLE calls (
  seq              INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused: it is in the CallID
  call_id          TEXT NOT NULL,                   -- ends in the seq, by which it is found
  call_api_id      TEXT NOT NULL,
  caller           TEXT NOT NULL,                   -- as it was asked for
  called           TEXT NOT NULL,
  caller_extension TEXT,                            -- null: outside. No foreign keys: a call outlives the directory
  called_extension TEXT,
  caller_name      TEXT NOT NULL,
  called_did       TEXT NOT NULL,                   -- the public number, if the call came by one
  dialled          TEXT NOT NULL,
  manual           INTEGER NOT NULL CHECK (manual IN (0, 1)),
  ring_ms          INTEGER NOT NULL,
  talk_ms          INTEGER NOT NULL,
  state            TEXT NOT NULL CHECK (state IN ('ringing', 'answered', 'ended')),
  outcome          TEXT CHECK (outcome IN ('answered', 'busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable')),
  placed_at        INTEGER NOT NULL,
  due_at           INTEGER                          -- when its next step is due; null: none, or somebody has to drive it
) STRICT;

CREATE INDEX calls_by_due ON calls (due_at, seq) WHERE due_at IS NOT NULL;

-- Moments: what happened in a call to one of its extensions, and what was considered then.

CREATE TABLE moments (
  seq         INTEGER PRIMARY KEY,
  call        INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
  name        TEXT NOT NULL CHECK (name IN ('dialIn', 'dialOut', 'hangup', 'answerIncoming', 'answerOutgoing')),
  extension   TEXT NOT NULL,
  at          INTEGER NOT NULL,
  call_status TEXT NOT NULL CHECK (call_status IN ('CALLING', 'ANSWER', 'BUSY', 'NOANSWER', 'CANCEL', 'CONGESTION', 'CHANUNAVAIL')),
  call_flow   TEXT NOT NULL CHECK (call_flow IN ('IN', 'OUT')),
  others      TEXT NOT NULL CHECK (json_type(others) = 'array'),
  armed       INTEGER NOT NULL,                     -- how many fired: the log may have forgotten them since
  disabled    INTEGER NOT NULL,                     -- how many did not, for each reason
  other_type  INTEGER NOT NULL
) STRICT;

CREATE INDEX moments_by_call ON moments (call);

-- Deliveries: the webhooks that are owed, and what became of them. This is the outbox and the log at once. What changes
-- stands apart from what is written once: marking one costs a few bytes of a page and not the page.

CREATE TABLE deliveries (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,      -- never reused: tests remember it
  call_id   TEXT NOT NULL,                          -- no foreign keys: the log outlives calls, moments and events
  moment    INTEGER NOT NULL,
  event_id  TEXT NOT NULL,
  event_url TEXT NOT NULL,
  extension TEXT NOT NULL,
  type      TEXT NOT NULL CHECK (type IN ('0', '1', '2', '3', '4')),
  name      TEXT NOT NULL CHECK (name IN ('dialIn', 'dialOut', 'hangup', 'answerIncoming', 'answerOutgoing')),
  method    TEXT NOT NULL CHECK (method IN ('GET', 'POST')),
  url       TEXT NOT NULL,
  headers   TEXT NOT NULL CHECK (json_type(headers) = 'object'),
  body      TEXT NOT NULL
) STRICT;

CREATE INDEX deliveries_by_call ON deliveries (call_id);

CREATE TABLE delivery_states (
  id      INTEGER PRIMARY KEY REFERENCES deliveries (id) ON DELETE CASCADE,
  state   TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'delivered', 'failed', 'blocked', 'interrupted')),
  sent    INTEGER,                                  -- its place in the order of sending; null: not yet
  sent_at INTEGER                                   -- when the attempt that is in flight began
) STRICT;

CREATE TABLE attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  number   INTEGER NOT NULL,                        -- from 1
  attempt  TEXT NOT NULL CHECK (json_type(attempt) = 'object'),
  PRIMARY KEY (delivery, number)
) STRICT, WITHOUT ROWID;

-- How many entries the bounded logs have forgotten.

CREATE TABLE dropped (
  log   TEXT PRIMARY KEY CHECK (log IN ('calls', 'deliveries')),
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The clock of the sandbox, once somebody has set it.

CREATE TABLE clock (
  only   INTEGER PRIMARY KEY CHECK (only = 1),
  frozen INTEGER CHECK (frozen IS NULL OR offset = 0),  -- the time at which it stands; null: it runs
  offset INTEGER NOT NULL                               -- how far a running one is ahead of the machine's
) STRICT;
