-- Deliveries: replays with changes, and what matchers compare.

-- A replay with changes is a delivery of its own, and no moment armed it.

ALTER TABLE deliveries ADD COLUMN replay_of INTEGER;  -- null: none. No foreign key: the log may have dropped that one
ALTER TABLE moments ADD COLUMN replayed INTEGER NOT NULL DEFAULT 0;  -- how many there are of its deliveries: the log may have dropped them
