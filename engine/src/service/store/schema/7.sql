-- What a version is apart from its definition and its role, as it was when the version was made. Versions that were made
-- before this was kept have none: they go with their machine.
ALTER TABLE versions ADD COLUMN settings TEXT;
