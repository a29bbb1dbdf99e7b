"""What stands on a board: tiles that ask on their own, forms that make them, the board a tenant begins with."""
