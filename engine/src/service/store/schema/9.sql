-- Inputs, outputs and parameters of events, each of which several events may have: the output of one state is the input of
-- the next one.
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL REFERENCES executions (id),
    text TEXT NOT NULL
);
CREATE INDEX texts_of_execution ON texts (execution);

-- The text that belongs into `kind`: of `texts`, or 0 for the input of the execution. NULL where `kind` has all of it.
ALTER TABLE events ADD COLUMN text INTEGER;
