/** A program for the stack's tests that cannot start. */
process.exit(9)
