-- Map runs: what a distributed Map runs. The children are executions of their own.
CREATE TABLE map_runs (
    id INTEGER PRIMARY KEY,
    arn TEXT NOT NULL UNIQUE,
    -- The execution that it belongs to, and which attempt of it.
    execution INTEGER NOT NULL REFERENCES executions (id),
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    status TEXT NOT NULL,
    -- The inputs of the children: a JSON array, or nothing while a dataset is read.
    inputs TEXT,
    -- Where the dataset is and where the results go: JSON.
    plan TEXT NOT NULL,
    concurrency INTEGER NOT NULL,
    tolerated_count INTEGER,
    tolerated_percentage REAL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    UNIQUE (execution, attempt)
);
CREATE INDEX map_runs_running ON map_runs (id) WHERE status = 'RUNNING';
