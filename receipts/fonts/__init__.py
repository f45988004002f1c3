"""The fonts a slip is set in: the shipped ones, which lie here with their licences, and the machine's."""
