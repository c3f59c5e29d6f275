-- Executions are listed by status, and by whether they were redriven, without reading the others.
CREATE INDEX executions_of_machine_by_status
    ON executions (machine_arn, status, started_at DESC, id DESC) WHERE map_run_arn IS NULL;
CREATE INDEX executions_of_version_by_status
    ON executions (version_arn, status, started_at DESC, id DESC) WHERE version_arn IS NOT NULL;
CREATE INDEX executions_of_alias_by_status
    ON executions (alias_arn, status, started_at DESC, id DESC) WHERE alias_arn IS NOT NULL;
CREATE INDEX executions_redriven
    ON executions (machine_arn, started_at DESC, id DESC) WHERE redrive_count > 0 AND map_run_arn IS NULL;

-- The oldest of those that have ended are forgotten.
CREATE INDEX executions_stopped ON executions (stopped_at) WHERE stopped_at IS NOT NULL AND map_run_arn IS NULL;
