"""The five systems; none imports another."""
