"""What the head of Service reads: figures counted from tickets, as values that templates can tell (§3.3.2, §3.3.3)."""
