"""The machine itself: commands in, paper and answers out. No thread, socket or clock of its own."""
