//! The three laws of every response.
