/**
 * Loaded into every child of a supervisor (node --import). The channel to the supervisor closes however that one ends,
 * by SIGKILL too; the child then asks itself to shut down, and leaves for good where that takes too long. One that is still
 * being loaded when its supervisor ends has begun nothing: it leaves at once, for nobody would tell it later.
 */
const LIMIT_MS = 15_000

if (process.channel !== undefined) {
  if (!process.connected) process.exit(1)
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), LIMIT_MS).unref()
    process.kill(process.pid, 'SIGTERM')
  })
  // Listening for it must not keep a child alive that has nothing else to do.
  process.channel?.unref()
}
