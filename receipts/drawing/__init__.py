"""Words to dots: lines shaped and set, drawings, the QR symbol, and where everything stands."""
