"""Scanners that type like a keyboard or sit on a serial port, told from people and from noise."""
