import { findRedis } from '../embedded/redis.ts'
import { endingSignals } from '../shutdown.ts'
import { type DemoOptions, readDemoOptions, usage, WrongOptions } from './demo-options.ts'
import { demoEnvironment } from './demo-stack.ts'
import { needsRedis } from './faults.ts'
import { runDemo } from './run-demo.ts'
import { createDisplay, type Display } from './show/display.ts'

/** `npm run demo`: plays its cases on an instance of its own and exits with 0 only if all is as expected. */

const exitCodes = { asExpected: 0, notAsExpected: 1, wrongOptions: 64, brokenOff: 130 } as const

async function main(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const display = createDisplay(process.stdout)
  const stopping = new AbortController()
  for (const signal of endingSignals)
    process.on(signal, () => {
      if (stopping.signal.aborted) return
      display.clearProgress()
      display.print('正在停止 Stopping …')
      stopping.abort(new Error(`The show was broken off by ${signal}`))
    })
  try {
    const options = readDemoOptions(args)
    if (options === undefined) {
      display.print(usage)
      return exitCodes.asExpected
    }
    refuseWithoutRedis(options, env)
    const good = await runDemo(options, {
      environment: demoEnvironment(env),
      display,
      signal: stopping.signal,
    })
    showEnd(good, options, display)
    return good ? exitCodes.asExpected : exitCodes.notAsExpected
  } catch (error) {
    display.clearProgress()
    if (stopping.signal.aborted) return exitCodes.brokenOff
    if (error instanceof WrongOptions) {
      console.error(`${error.message}\n\n${usage}`)
      return exitCodes.wrongOptions
    }
    console.error(error)
    return exitCodes.notAsExpected
  }
}

function refuseWithoutRedis({ fault }: DemoOptions, env: NodeJS.ProcessEnv): void {
  if (fault === undefined || !needsRedis(fault) || findRedis(env.PATH) !== null) return
  throw new WrongOptions(
    `--fault ${fault}: 本机没有 redis-server 或 valkey-server，无法演示 there is no redis-server or valkey-server on PATH to take away.`,
  )
}

function showEnd(good: boolean, { instance }: DemoOptions, { print, style }: Display): void {
  print(
    '',
    good
      ? style.green(style.bold('全部如预期 All as expected.'))
      : style.red(style.bold('有与预期不符之处 Not all as expected.')),
    `数据保留在实例中 The data stays: npx whistle doctor --instance ${instance} · npx whistle audit verify --instance ${instance}`,
  )
}

process.exitCode = await main(process.argv.slice(2), process.env)
