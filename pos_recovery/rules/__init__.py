"""What holds everywhere: codes, money, business days, time zones, keyboards. Pure; reads no database."""
