"""What is remembered: tables, statements, transactions, migrations. Knows neither slips nor screens.

Start at `engine` (how the database is driven), `models` (the tables) and `facts` (what crosses the door).
Importing this package loads nothing; SQLAlchemy comes with its modules.
"""
