"""What stands beside the core: the operations, simplification, other texts of a program, and all that helps a trace."""
