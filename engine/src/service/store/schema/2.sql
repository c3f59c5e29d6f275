-- Versions, aliases, tags, activities and map runs, and what an execution remembers of the machine that it started from.
ALTER TABLE machines ADD COLUMN kind TEXT NOT NULL DEFAULT 'STANDARD';
-- Nothing until the machine is first updated, as in AWS.
ALTER TABLE machines ADD COLUMN revision TEXT;
-- Logging, tracing and encryption: JSON.
ALTER TABLE machines ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
-- The number of a version is never used twice, even if the version is deleted.
ALTER TABLE machines ADD COLUMN last_version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE versions (
    machine_arn TEXT NOT NULL,
    number INTEGER NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions (hash),
    role_arn TEXT NOT NULL,
    revision TEXT,
    description TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (machine_arn, number)
) WITHOUT ROWID;

CREATE TABLE aliases (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    machine_arn TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- Versions and their weights: JSON.
    routing TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX aliases_of_machine ON aliases (machine_arn, id);

CREATE TABLE tags (
    id INTEGER PRIMARY KEY,
    resource_arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (resource_arn, key)
);

CREATE TABLE activities (
    arn TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    encryption TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Tasks that wait for a worker. The token is not stored: it is made again when a worker takes the task.
CREATE TABLE activity_tasks (
    id INTEGER PRIMARY KEY,
    activity_arn TEXT NOT NULL,
    execution INTEGER NOT NULL REFERENCES executions (id),
    attempt INTEGER NOT NULL,
    input TEXT NOT NULL,
    UNIQUE (execution, attempt)
);
CREATE INDEX activity_tasks_of_activity ON activity_tasks (activity_arn, id);

ALTER TABLE executions ADD COLUMN kind TEXT NOT NULL DEFAULT 'STANDARD';
ALTER TABLE executions ADD COLUMN version_arn TEXT;
ALTER TABLE executions ADD COLUMN alias_arn TEXT;
ALTER TABLE executions ADD COLUMN trace_header TEXT;
-- What the machine was when the execution started.
ALTER TABLE executions ADD COLUMN revision TEXT;
ALTER TABLE executions ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE executions ADD COLUMN machine_updated_at INTEGER;
ALTER TABLE executions ADD COLUMN map_run_arn TEXT;
ALTER TABLE executions ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN redriven_at INTEGER;
-- The client token of the last redrive, by which the same request is known again.
ALTER TABLE executions ADD COLUMN redrive_token TEXT;
CREATE INDEX executions_of_version ON executions (version_arn, started_at DESC, id DESC) WHERE version_arn IS NOT NULL;
CREATE INDEX executions_of_alias ON executions (alias_arn, started_at DESC, id DESC) WHERE alias_arn IS NOT NULL;
CREATE INDEX executions_of_map_run ON executions (map_run_arn, started_at DESC, id DESC) WHERE map_run_arn IS NOT NULL;
