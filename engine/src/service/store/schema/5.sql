-- Map runs that were redriven: which children are older is told by the time.
ALTER TABLE map_runs ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE map_runs ADD COLUMN redriven_at INTEGER;
