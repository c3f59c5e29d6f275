-- What one target is owed, the oldest first, without reading what the others are owed.
CREATE INDEX deliveries_of_target ON deliveries (target_arn, next_at, id) WHERE status = 'pending';
