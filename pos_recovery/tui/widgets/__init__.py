"""One widget a file; each is handed values and posts messages, and knows nothing of its neighbours."""
