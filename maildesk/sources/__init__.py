"""Where bytes come in: a mailbox, a relay, a folder, all behind `maildesk.model.Source`."""
