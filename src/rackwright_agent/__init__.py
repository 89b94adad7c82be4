"""The program in the RAM OS: it observes the machine, asks the server, and runs the plan it is given."""
