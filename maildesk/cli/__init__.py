"""The command line (SPEC 2): listings for people, JSON for machines, one line and a status where a thing cannot be done."""
