"""Text before it has a shape: which way it runs, where words end, where a line may break."""
