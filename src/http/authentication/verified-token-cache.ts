import { createHash } from 'node:crypto'
import type { Actor } from '../../domain/actor.ts'

/** At about 300 bytes an entry the cache stays under 5 MB. */
const entriesMax = 10_000
/** A key that the issuer withdraws stops working within this time, in ms, although its tokens were verified before. */
const rememberedMaxMs = 5 * 60_000

interface Entry {
  readonly actor: Actor
  readonly until: number
}

export interface VerifiedTokenCache {
  /** The actor of a token that was verified before and has not expired, else undefined. */
  find(token: string, now: number): Actor | undefined
  /** @param expiresAt the token's `exp`, in ms. */
  remember(token: string, actor: Actor, now: number, expiresAt: number): void
  readonly size: number
}

/**
 * Remembers verified tokens, because verifying one costs about 400 µs. Bounded, least recently used first out, and keyed
 * by the token's SHA-256, so that a heap dump holds no usable token.
 */
export function createVerifiedTokenCache(): VerifiedTokenCache {
  const entries = new Map<string, Entry>()
  return {
    find(token, now) {
      const key = keyOf(token)
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      entries.delete(key)
      if (entry.until <= now) return undefined
      entries.set(key, entry)
      return entry.actor
    },
    remember(token, actor, now, expiresAt) {
      const until = Math.min(expiresAt, now + rememberedMaxMs)
      if (until <= now) return
      entries.set(keyOf(token), { actor, until })
      if (entries.size <= entriesMax) return
      for (const oldest of entries.keys()) {
        entries.delete(oldest)
        break
      }
    },
    get size() {
      return entries.size
    },
  }
}

function keyOf(token: string): string {
  return createHash('sha256').update(token).digest('base64')
}
