-- Calls of many legs: the legs of a call, what it does next, and the CallIDs of all its legs.

CREATE TABLE new_calls (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,    -- never reused
  call_id     TEXT NOT NULL,                        -- that of the first leg of an extension
  call_api_id TEXT NOT NULL,
  caller      TEXT NOT NULL,                        -- as they were asked for; a list of called numbers is JSON
  called      TEXT NOT NULL CHECK (json_valid(called)),
  caller_name TEXT NOT NULL,
  dialled     TEXT NOT NULL,
  manual      INTEGER NOT NULL CHECK (manual IN (0, 1)),
  state       TEXT NOT NULL CHECK (state IN ('ringing', 'answered', 'ended')),
  outcome     TEXT CHECK (outcome IN ('answered', 'busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable')),
  legs        TEXT NOT NULL CHECK (json_type(legs) = 'array'),
  anchor      INTEGER NOT NULL,                     -- the leg that the others are connected to
  steps       TEXT NOT NULL CHECK (json_type(steps) = 'array'),
  position    INTEGER NOT NULL,                     -- how many of the steps were performed
  placed_at   INTEGER NOT NULL,
  due_at      INTEGER                               -- when its next step is due; null: none, or the API drives it
) STRICT;

-- Calls from before have two legs with one CallID.
INSERT INTO new_calls
SELECT seq, call_id, call_api_id, caller, json_quote(called), caller_name, dialled, manual, state, outcome,
  json_array(
    json_object(
      'number', caller, 'extension', caller_extension, 'kind', (SELECT kind FROM extensions WHERE number = caller_extension),
      'direction', 'out', 'callId', iif(caller_extension IS NULL, NULL, call_id), 'state', state,
      'wasAnswered', json(iif(state = 'answered' OR state = 'ended' AND outcome = 'answered', 'true', 'false')),
      'calledBy', NULL, 'via', NULL, 'transfer', NULL, 'parameters', json_object(
        'callerIdNum', coalesce(caller_extension, caller), 'callerIdName', caller_name,
        'callerExtension', coalesce(caller_extension, ''), 'calledExtension', coalesce(called_extension, ''),
        'calledNumber', dialled, 'calledDid', ltrim(called_did, '+'))),
    json_object(
      'number', called, 'extension', called_extension, 'kind', (SELECT kind FROM extensions WHERE number = called_extension),
      'direction', 'in', 'callId', iif(called_extension IS NULL, NULL, call_id), 'state', state,
      'wasAnswered', json(iif(state = 'answered' OR state = 'ended' AND outcome = 'answered', 'true', 'false')),
      'calledBy', 0, 'via', NULL, 'transfer', NULL, 'parameters', json_object(
        'callerIdNum', coalesce(caller_extension, caller), 'callerIdName', caller_name,
        'callerExtension', coalesce(caller_extension, ''), 'calledExtension', coalesce(called_extension, ''),
        'calledNumber', dialled, 'calledDid', ltrim(called_did, '+')))),
  0,
  CASE
    WHEN manual = 1 OR state = 'ended' THEN json_array()
    WHEN outcome <> 'answered' THEN json_array(json_object('afterMs', ring_ms, 'hangup', 'all', 'outcome', outcome))
    WHEN state = 'answered' THEN json_array(json_object('afterMs', talk_ms, 'hangup', 'all'))
    ELSE json_array(json_object('afterMs', ring_ms, 'answer', called), json_object('afterMs', talk_ms, 'hangup', 'all'))
  END,
  0, placed_at, due_at
FROM calls;

CREATE TABLE new_moments (
  seq         INTEGER PRIMARY KEY,
  call        INTEGER NOT NULL REFERENCES calls (seq) ON DELETE CASCADE,
  leg         INTEGER NOT NULL,                     -- its index in the legs of the call
  name        TEXT NOT NULL REFERENCES event_types (name),
  extension   TEXT NOT NULL,
  at          INTEGER NOT NULL,
  call_status TEXT NOT NULL,                        -- these two as they were sent
  call_flow   TEXT NOT NULL CHECK (call_flow IN ('in', 'out', 'IN', 'OUT')),
  others      TEXT NOT NULL CHECK (json_type(others) = 'array'),
  armed       INTEGER NOT NULL,                     -- how many fired: the log may have dropped their deliveries
  disabled    INTEGER NOT NULL,                     -- how many did not, for each reason
  other_type  INTEGER NOT NULL
) STRICT;

INSERT INTO new_moments
SELECT seq, call, iif(call_flow = 'OUT', 0, 1), name, extension, at, call_status, call_flow, others, armed, disabled, other_type
FROM moments;

DELETE FROM sqlite_sequence WHERE name = 'new_calls';
INSERT INTO sqlite_sequence (name, seq) SELECT 'new_calls', seq FROM sqlite_sequence WHERE name = 'calls';
DROP TABLE moments;
DROP TABLE calls;
ALTER TABLE new_calls RENAME TO calls;
ALTER TABLE new_moments RENAME TO moments;
CREATE INDEX calls_by_due ON calls (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX calls_by_api_id ON calls (call_api_id);
CREATE INDEX moments_by_call ON moments (call);

-- The CallIDs of all legs. A call is found by any of them. No foreign key, which would need an index: the ids of a call are
-- in its legs, and are deleted with it.
CREATE TABLE leg_ids (
  call_id TEXT PRIMARY KEY,
  call    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO leg_ids SELECT call_id, seq FROM calls;

CREATE TRIGGER leg_ids_of_deleted_calls AFTER DELETE ON calls BEGIN
  DELETE FROM leg_ids WHERE call_id IN (SELECT value ->> 'callId' FROM json_each(old.legs)) AND call = old.seq;
END;
