"""What stands on a slip and on a reason's card: sentences in every language, their letters, and no strings."""
