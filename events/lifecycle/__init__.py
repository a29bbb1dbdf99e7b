"""How facts end: expiry of what is kept for a time only (archive and erase will stand beside it)."""
