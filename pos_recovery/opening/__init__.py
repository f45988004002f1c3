"""The only place that puts a register together: set up once, opened daily, looked over by the doctor."""
