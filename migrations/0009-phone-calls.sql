-- Calls that the vendor's PhoneCalls service places: what the request said, and the leg that calls the others, which is
-- null until a source picks up.

ALTER TABLE calls ADD COLUMN phone_call TEXT;                    -- JSON; null for calls of the control API
ALTER TABLE calls ADD COLUMN calling_leg INTEGER DEFAULT 0;

-- The calls that are going on, by the extensions that have had a leg in them or are charged for them. Without a foreign
-- key: only calls that have ended are deleted, and those have no row here.

CREATE TABLE ongoing_calls (
  extension TEXT NOT NULL,
  call      INTEGER NOT NULL,
  PRIMARY KEY (extension, call)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO ongoing_calls (extension, call)
  SELECT leg.value ->> 'extension', calls.seq FROM calls, json_each(calls.legs) AS leg
  WHERE calls.state <> 'ended' AND leg.value ->> 'extension' IS NOT NULL;

CREATE INDEX calls_going_on ON calls (seq) WHERE state <> 'ended';

-- A call between outside parties has a CallID that none of its legs has.
DROP TRIGGER leg_ids_of_deleted_calls;
CREATE TRIGGER leg_ids_of_deleted_calls AFTER DELETE ON calls BEGIN
  DELETE FROM leg_ids WHERE call_id = old.call_id AND call = old.seq;
  DELETE FROM leg_ids WHERE call_id IN (SELECT value ->> 'callId' FROM json_each(old.legs)) AND call = old.seq;
END;
