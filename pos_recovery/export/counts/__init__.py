"""What is counted from a night's files: sums and their proof, figures, whatever is unusual."""
