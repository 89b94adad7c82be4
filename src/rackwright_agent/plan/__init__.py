"""Pure decisions about one install: which disk, which partitions, which boot entries. Nothing here does I/O."""
