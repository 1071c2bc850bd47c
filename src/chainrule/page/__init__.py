"""The page: one front end, written with a network into one HTML file that opens anywhere and asks for nothing."""
