"""AWS on one machine that enforces IAM: ministack, with what it lacks for the tests that are about permissions."""
