"""Between a coupon and its paper: the slip, the desk that prints it, the queue, what is said of it."""
