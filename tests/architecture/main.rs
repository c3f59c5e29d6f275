//! What ARCHITECTURE.md promises about the house: who may know whom, how large a room is, what a folder holds.
