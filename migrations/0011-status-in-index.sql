-- The events of one status are found among many others of their type without reading the row of each.

DROP INDEX phone_call_events_by_type;
CREATE INDEX phone_call_events_by_type ON phone_call_events (user, extension, type, url, id, status);
