"""What goes out: letters worded, threaded, stored, sent, tried again."""
