import { loadConfig } from '../config.ts'
import { serve } from '../server.ts'
import { type Command, readArguments } from './command.ts'

export const serveCommand: Command = {
  usage: 'serve',
  purpose: 'Run the API (运行接口服务)',
  async run({ args, env }) {
    readArguments(args, {})
    await serve(loadConfig(env))
    return 0
  },
}
