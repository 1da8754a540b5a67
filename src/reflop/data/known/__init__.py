"""What the five sources name, as values: facts as their pages state them."""
