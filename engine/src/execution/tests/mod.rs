//! The interpreter, tested by what it writes: golden histories, and laws over generated machines.

mod depth;
mod generated;
mod histories;
mod impossible;
mod limits;
mod wording;
mod world;
