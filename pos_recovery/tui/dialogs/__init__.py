"""What comes up over a screen, asks or shows one thing, and goes again."""
