-- Phones: how parties behave when a request of the vendor's API rings them. A number without a row has the defaults.

CREATE TABLE phones (
  number  TEXT PRIMARY KEY,                         -- as it is dialled: extended, public, short or outside
  outcome TEXT NOT NULL CHECK (outcome IN ('answered', 'busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable')),
  ring_ms INTEGER NOT NULL,
  talk_ms INTEGER NOT NULL
) STRICT;
