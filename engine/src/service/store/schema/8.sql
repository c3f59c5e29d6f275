-- The executions that are taken up after a restart, without reading those that have ended.
CREATE INDEX executions_running ON executions (id) WHERE status = 'RUNNING';

-- What one target is owed, the oldest first, without reading what the others are owed.
CREATE INDEX deliveries_of_target ON deliveries (target_arn, next_at, id) WHERE status = 'pending';
