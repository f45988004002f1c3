"""What a night reads: which facts are new, how they are told, what came before, which runs there were."""
