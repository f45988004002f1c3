"""What a register stands on: its folder and its owner, files that outlive a power cut, locks, exit codes."""
