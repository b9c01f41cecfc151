-- The settings that fixtures chose: named as everywhere else.
ALTER TABLE switches RENAME TO settings;
