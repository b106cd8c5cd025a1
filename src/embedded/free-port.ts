import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { StartRefused } from './start-refused.ts'

/**
 * A TCP port of 127.0.0.1 that was free a moment ago. Somebody else may take it before the caller does, so a caller
 * whose server then cannot bind asks again.
 */
export async function findFreePort(): Promise<number> {
  return await listenOnce('127.0.0.1', 0)
}

/**
 * Waits until a port is free: a program that is shutting down may hold it for a moment.
 *
 * @throws StartRefused where it is still taken after `limitMs`
 */
export async function waitForPort(host: string, port: number, limitMs: number): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    try {
      await listenOnce(host, port)
      return
    } catch (cause) {
      if (waitedMs >= limitMs)
        throw new StartRefused(`Port ${port} on ${host} cannot be had: set PORT to another one.`, { cause })
    }
    await wait(200)
  }
}

/** Listens on a port for a moment and returns its number. */
async function listenOnce(host: string, port: number): Promise<number> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error(`Port ${port} has no number.`)
  return address.port
}
