"""The RAM OS: its build (builder/) and what runs in it (init, overlay/)."""
