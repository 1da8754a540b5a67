"""Network families, and checkpoints that are read strictly: one file each."""
