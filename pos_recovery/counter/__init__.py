"""What is done at the counter: coupons given, redeemed and looked after, by people who sign in."""
