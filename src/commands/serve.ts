import { loadConfig } from '../config.ts'
import { serve } from '../server.ts'
import { type Command, readArguments } from './command.ts'

/** `whistle serve` */
export const serveCommand: Command = async ({ args, env }) => {
  readArguments(args, {})
  await serve(loadConfig(env))
  return 0
}
