import { chmod, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'
import { v7 as newId } from 'uuid'
import { z } from 'zod'
import type { Role } from '../../domain/actor.ts'

const algorithm = 'ES256'

const privateKeyFile = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
  kid: z.string(),
})
type PrivateKey = z.output<typeof privateKeyFile>

export interface TokenRequest {
  readonly role: Role
  /** The token's subject; made up from role and place where it is not given. */
  readonly sub?: string
  readonly area?: string
  readonly unit?: string
  readonly lifetimeMs: number
}

export interface DevelopmentIssuer {
  /** The public keys, for JWKS_FILE. */
  readonly jwksPath: string
  issueToken(request: TokenRequest): Promise<string>
}

export interface DevelopmentIssuerOptions {
  /** A private folder; it is made where it does not exist. */
  readonly directory: string
  readonly environment: 'development' | 'test' | 'production'
  readonly issuer: string
  readonly audience: string
  /** Reads the wall clock, in ms. */
  readonly now: () => number
}

/**
 * An issuer of access tokens for development: a key pair in a folder of its own, made at first use and found again later,
 * readable by its owner only.
 *
 * @throws Error in production, where tokens come from a real issuer.
 */
export async function openDevelopmentIssuer(options: DevelopmentIssuerOptions): Promise<DevelopmentIssuer> {
  const { directory, environment, issuer, audience, now } = options
  if (environment === 'production') throw new Error('There is no development issuer in production')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const stored = await findOrCreateKey(join(directory, 'issuer-key.json'))
  const { d: _secret, ...publicKey } = stored
  const jwksPath = join(directory, 'jwks.json')
  const jwks = { keys: [{ ...publicKey, alg: algorithm, use: 'sig' }] }
  await writeFile(jwksPath, `${JSON.stringify(jwks, null, 2)}\n`)
  const key = await importJWK(stored, algorithm)

  return {
    jwksPath,
    issueToken({ role, area, unit, sub, lifetimeMs }) {
      const nowSeconds = Math.floor(now() / 1000)
      const claims = {
        role,
        ...(area === undefined ? {} : { area }),
        ...(unit === undefined ? {} : { unit }),
      }
      return new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: stored.kid })
        .setSubject(sub ?? [role, area ?? unit].filter((part) => part !== undefined).join('.'))
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + Math.ceil(lifetimeMs / 1000))
        .setJti(newId())
        .sign(key)
    },
  }
}

async function findOrCreateKey(path: string): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true })
  const created: JWK = { ...(await exportJWK(privateKey)), kid: newId() }
  // The file appears whole or not at all, and only if no other process was first: link refuses an existing name.
  const draft = `${path}.${newId()}`
  await writeFile(draft, `${JSON.stringify(created)}\n`, { mode: 0o600, flag: 'wx' })
  try {
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  await chmod(path, 0o600)
  return privateKeyFile.parse(JSON.parse(await readFile(path, 'utf8')))
}
