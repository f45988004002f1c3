"""The command line, a module a command: what may be typed, what answers, how an answer is told."""
