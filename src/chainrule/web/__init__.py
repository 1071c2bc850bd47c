"""The page and its server: draw a digit, watch the network think, see its error, teach it. Started by `chainrule app`."""
