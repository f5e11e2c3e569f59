"""What shall happen: pure decisions, values in and a Decision out. No I/O, no clock, no log."""
