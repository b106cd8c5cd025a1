import { dirname } from 'node:path'
import { z } from 'zod'
import { loadConfig } from '../config.ts'
import { roles } from '../domain/actor.ts'
import { openDevelopmentIssuer } from '../http/authentication/development-issuer.ts'
import { actorOfClaims } from '../http/authentication/token-claims.ts'
import { type Command, readArguments, UsageError } from './command.ts'
import { defaultInstance, instanceOption, keysDirectory } from './command-database.ts'

const hourMs = 60 * 60 * 1000
const options = {
  ...instanceOption,
  role: { type: 'string' },
  area: { type: 'string' },
  unit: { type: 'string' },
  sub: { type: 'string' },
  hours: { type: 'string', default: '12' },
} as const

/** `whistle token --role ROLE [--area CODE | --unit CODE] [--sub ID] [--hours N] [--instance NAME]` */
export const tokenCommand: Command = async ({ args, env }) => {
  const { values } = readArguments(args, options)
  const role = z.enum(roles).safeParse(values.role)
  if (!role.success) throw new UsageError(`--role must be one of ${roles.join(', ')}.`)
  const hours = z.coerce.number().positive().max(8760).safeParse(values.hours)
  if (!hours.success) throw new UsageError('--hours must be a number of hours, at most 8760.')
  const { area, unit, sub = `${role.data}.${area ?? unit ?? 'anywhere'}` } = values
  if (actorOfClaims({ role: role.data, area, unit, sub }) === undefined) {
    throw new UsageError('A responder needs --unit; everyone else but a resident needs --area.')
  }
  const { keySource, environment, jwtIssuer, jwtAudience } = loadConfig(env)
  const directory =
    keySource?.kind === 'file' ? dirname(keySource.path) : keysDirectory(values.instance ?? defaultInstance)
  const issuer = await openDevelopmentIssuer({
    directory,
    environment,
    issuer: jwtIssuer,
    audience: jwtAudience,
    now: Date.now,
  })
  const token = await issuer.issueToken({
    role: role.data,
    sub,
    ...(area === undefined ? {} : { area }),
    ...(unit === undefined ? {} : { unit }),
    lifetimeMs: hours.data * hourMs,
  })
  console.log(token)
  return 0
}
