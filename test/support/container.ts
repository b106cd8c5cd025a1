import { setTimeout as wait } from 'node:timers/promises'
import type { TestServer } from './choose-servers.ts'

/** Pulling an image over a slow line takes minutes, but not for ever. */
const STARTUP_LIMIT_MS = 180_000
/** A server that listens answers within seconds. */
const ANSWER_LIMIT_MS = 30_000
/** What testcontainers says, within milliseconds, where there is neither Docker nor Podman. */
const NO_RUNTIME = /container runtime/i

/**
 * Starts a container through testcontainers.
 *
 * @returns undefined where no container runtime answers; where one does and the container does not come up, the reason
 *   is logged first
 */
export async function startContainer(options: {
  image: string
  port: number
  environment: Record<string, string>
  command: string[]
  url: (host: string, port: number) => string
  /** Asks the server something; rejects while it does not answer. */
  ask: (url: string) => Promise<unknown>
  log: (message: string) => void
}): Promise<TestServer | undefined> {
  // Loaded here because it takes most of a second, which a run on given servers need not spend.
  const { GenericContainer } = await import('testcontainers')
  try {
    const container = await new GenericContainer(options.image)
      .withEnvironment(options.environment)
      .withCommand(options.command)
      .withExposedPorts(options.port)
      .withStartupTimeout(STARTUP_LIMIT_MS)
      .start()
    const stop = async (): Promise<void> => {
      await container.stop({ timeout: 5_000 })
    }
    const url = options.url(container.getHost(), container.getMappedPort(options.port))
    try {
      await untilAnswered(() => options.ask(url))
    } catch (error) {
      await stop()
      throw error
    }
    return { url, origin: `Docker, ${options.image}`, stop }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (!NO_RUNTIME.test(reason)) options.log(`Docker answers, but ${options.image} did not start: ${reason}`)
    return undefined
  }
}

async function untilAnswered(ask: () => Promise<unknown>): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 200) {
    try {
      await ask()
      return
    } catch (error) {
      if (waitedMs >= ANSWER_LIMIT_MS) throw error
    }
    await wait(200)
  }
}
