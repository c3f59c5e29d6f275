//! Everything that is tested against real parts: the binaries of the tasks, the engine, local AWS.
