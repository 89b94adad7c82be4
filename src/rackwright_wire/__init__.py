"""What the server and the agent in the RAM OS say to each other: versioned, standard library only."""

PROTOCOL = 1
