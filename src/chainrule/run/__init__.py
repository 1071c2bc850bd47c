"""The executors: one program, several ways to run it."""
