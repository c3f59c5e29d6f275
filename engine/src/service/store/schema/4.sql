-- Jobs that states wait for, mocked executions, and event buses with their rules and targets.
CREATE TABLE jobs (
    execution INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    -- The ARN of the execution that was started.
    child TEXT NOT NULL,
    -- Whether the state wants its output as JSON (`.sync:2`).
    as_json INTEGER NOT NULL,
    PRIMARY KEY (execution, attempt)
) WITHOUT ROWID;
CREATE INDEX jobs_of_child ON jobs (child);

-- The test case of a mock configuration that an execution was started with, and how often each of its states has called.
CREATE TABLE mocked_executions (
    arn TEXT PRIMARY KEY,
    test_case TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE mocked_calls (
    arn TEXT NOT NULL,
    state TEXT NOT NULL,
    calls INTEGER NOT NULL,
    PRIMARY KEY (arn, state)
) WITHOUT ROWID;

CREATE TABLE buses (
    -- Account and region: `123456789012/eu-west-1`.
    place TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (place, name)
) WITHOUT ROWID;

CREATE TABLE rules (
    place TEXT NOT NULL,
    bus TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    -- The text as it was put.
    pattern TEXT NOT NULL,
    state TEXT NOT NULL,
    role_arn TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (place, bus, name)
) WITHOUT ROWID;

CREATE TABLE targets (
    place TEXT NOT NULL,
    bus TEXT NOT NULL,
    rule TEXT NOT NULL,
    id TEXT NOT NULL,
    -- The target as it was put: JSON.
    target TEXT NOT NULL,
    PRIMARY KEY (place, bus, rule, id)
) WITHOUT ROWID;

-- What else a delivery needs: message group, retries, and the event for the dead-letter queue. JSON.
ALTER TABLE deliveries ADD COLUMN how TEXT NOT NULL DEFAULT '{}';
