"""What this machine is: every reader here only reads, and every parser is a function of text or of a /sys tree."""
