-- Rules with a schedule: what it is, from when on its rate counts, and when it is due next. A rule may have no pattern; the
-- text is empty then.
ALTER TABLE rules ADD COLUMN schedule TEXT;
ALTER TABLE rules ADD COLUMN since INTEGER;
ALTER TABLE rules ADD COLUMN due_at INTEGER;
CREATE INDEX rules_by_due ON rules (due_at) WHERE due_at IS NOT NULL;
