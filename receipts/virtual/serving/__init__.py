"""The machine kept running: behind a port, a pseudo terminal, or a person's terminal."""
