"""Where a night is brought: a folder, a server, a cloud; whole or not at all."""
