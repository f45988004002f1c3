"""What people read on a slip and a card, in their language and letters, with no strings attached."""
