-- A definition is stored once, under the hash of its text: an execution keeps the one that it started with.
CREATE TABLE definitions (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE machines (
    arn TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions (hash),
    role_arn TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE executions (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    machine_arn TEXT NOT NULL,
    machine_name TEXT NOT NULL,
    definition TEXT NOT NULL REFERENCES definitions (hash),
    role_arn TEXT NOT NULL,
    region TEXT NOT NULL,
    input TEXT NOT NULL,
    -- What task tokens are made from. It never leaves the engine.
    seed BLOB NOT NULL,
    status TEXT NOT NULL,
    output TEXT,
    error TEXT,
    cause TEXT,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    -- When the execution next has something to do by itself, in milliseconds since 1970.
    next_timer INTEGER,
    -- How many calls are out. After a restart nobody knows how they ended.
    in_flight INTEGER NOT NULL
);
CREATE INDEX executions_of_machine ON executions (machine_arn, started_at DESC, id DESC);
CREATE INDEX executions_timers ON executions (next_timer) WHERE next_timer IS NOT NULL;
CREATE INDEX executions_in_flight ON executions (in_flight) WHERE in_flight > 0;

-- The log from which an execution is recovered: AWS's history events.
CREATE TABLE events (
    execution INTEGER NOT NULL REFERENCES executions (id),
    id INTEGER NOT NULL,
    previous INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (execution, id)
) WITHOUT ROWID;

-- Which attempt a task token answers. The token itself is not stored, only its SHA-256.
CREATE TABLE tokens (
    hash BLOB PRIMARY KEY,
    execution INTEGER NOT NULL REFERENCES executions (id),
    attempt INTEGER NOT NULL,
    heartbeat_at INTEGER,
    spent INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX tokens_of_execution ON tokens (execution, attempt);

-- What the bus has taken and still owes to a target.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    event_id TEXT NOT NULL,
    rule TEXT NOT NULL,
    target_arn TEXT NOT NULL,
    input TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    status TEXT NOT NULL,
    error TEXT
);
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE status = 'pending';
