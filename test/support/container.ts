import type { TestServer } from './choose-servers.ts'

/** Pulling an image over a slow line takes minutes, but not for ever. */
const STARTUP_LIMIT_MS = 180_000
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
  ready: { log: RegExp; times: number }
  url: (host: string, port: number) => string
  log: (message: string) => void
}): Promise<TestServer | undefined> {
  // Loaded here because it takes most of a second, which a run on given servers need not spend.
  const { GenericContainer, Wait } = await import('testcontainers')
  try {
    const container = await new GenericContainer(options.image)
      .withEnvironment(options.environment)
      .withCommand(options.command)
      .withExposedPorts(options.port)
      .withWaitStrategy(Wait.forLogMessage(options.ready.log, options.ready.times))
      .withStartupTimeout(STARTUP_LIMIT_MS)
      .start()
    return {
      url: options.url(container.getHost(), container.getMappedPort(options.port)),
      origin: `Docker, ${options.image}`,
      stop: async () => {
        await container.stop({ timeout: 5_000 })
      },
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (!NO_RUNTIME.test(reason)) options.log(`Docker answers, but ${options.image} did not start: ${reason}`)
    return undefined
  }
}
