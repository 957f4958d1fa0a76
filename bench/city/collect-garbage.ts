/** Loaded before a measured process: SIGUSR2 makes it collect its garbage, so that its memory can be compared. */
process.on("SIGUSR2", () => Bun.gc(true));
