import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/**
 * A TCP port of 127.0.0.1 that was free a moment ago. Somebody else may take it before the caller does, so a caller
 * whose server then cannot bind asks again.
 */
export async function findFreePort(): Promise<number> {
  return await listenOnce(0)
}

/**
 * Waits until a port of 127.0.0.1 is free: a program that is shutting down may hold it for a moment.
 *
 * @throws Error where it is still taken after `limitMs`
 */
export async function waitForPort(port: number, limitMs: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    try {
      await listenOnce(port)
      return
    } catch (cause) {
      if (waitedMs >= limitMs) throw new Error(`Port ${port} is taken: set PORT to another one.`, { cause })
    }
    await wait(200)
  }
}

/** Listens on a port of 127.0.0.1 for a moment and returns its number. */
async function listenOnce(port: number): Promise<number> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`Port ${port} has no number.`)
  return address.port
}
