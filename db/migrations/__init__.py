"""How the tables came to be, one revision a file. A migration never imports the models: they move on, it does not."""
