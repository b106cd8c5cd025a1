import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose'

export const issuer = 'https://issuer.example'
export const audience = 'whistle-report'

/** A key pair of an issuer, as it signs and as it publishes. */
export interface IssuerKey {
  readonly pair: GenerateKeyPairResult
  readonly alg: string
  readonly published: JWK
}

export async function createIssuerKey(alg: 'ES256' | 'EdDSA' | 'RS256', kid: string): Promise<IssuerKey> {
  const pair = await generateKeyPair(alg, { extractable: true })
  return { pair, alg, published: { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' } }
}

/** A token that is right in every way, changed where a test says so. `undefined` leaves a claim out. */
export async function signToken(
  key: IssuerKey,
  { now, claims = {}, header = {} }: { now: number; claims?: object; header?: object },
): Promise<string> {
  const seconds = Math.floor(now / 1000)
  const payload = {
    sub: 'worker-1',
    role: 'grid_worker',
    area: '420202001001',
    iss: issuer,
    aud: audience,
    iat: seconds,
    exp: seconds + 600,
    ...claims,
  }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.published.kid ?? '', ...header })
    .sign(key.pair.privateKey)
}
