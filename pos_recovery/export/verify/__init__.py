"""Whether a night is what was written: asked of a folder that somebody else may have made."""
