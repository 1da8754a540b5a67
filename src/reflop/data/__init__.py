"""Data: bundled sets, the catalogue of real ones, guarded archives, digests."""
