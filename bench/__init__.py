"""What one request costs the machine door in processor time, beside an empty route of the same process."""
