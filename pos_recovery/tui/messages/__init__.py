"""What goes between the screens and the app: a request up, a reply down."""
