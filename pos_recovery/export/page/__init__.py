"""The page that head office reads: one file, drawn from the figures of a night."""
