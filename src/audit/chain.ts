import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.ts'

/** What the first event of a stream points back to. */
export const genesis = Buffer.alloc(32)

/**
 * The bytes that an event is hashed and stored as: canonical JSON (RFC 8785). Made once, when the event is written;
 * a verifier hashes the stored text and never serialises again.
 */
export function canonicalBody(event: object): string {
  return canonicalJson(event)
}

/**
 * `SHA-256(0x01 ‖ framed(stream, seq, prev, body))`: each of stream, prev and body as its length in bytes (unsigned,
 * 32 bits, big-endian) followed by its bytes, seq as an unsigned 64-bit big-endian number. The frame makes it impossible to
 * move a byte from one field to the next; the leading 0x01 sets events apart from whatever else is hashed.
 */
export function eventHash(stream: string, seq: number, prev: Buffer, body: string): Buffer {
  // One buffer and one call: this runs for each event that is written or verified.
  const streamLength = Buffer.byteLength(stream)
  const bodyLength = Buffer.byteLength(body)
  const framed = Buffer.allocUnsafe(1 + 4 + streamLength + 8 + 4 + prev.length + 4 + bodyLength)
  let at = framed.writeUInt8(1, 0)
  at = framed.writeUInt32BE(streamLength, at)
  at += framed.write(stream, at)
  at = framed.writeBigUInt64BE(BigInt(seq), at)
  at = framed.writeUInt32BE(prev.length, at)
  at += prev.copy(framed, at)
  at = framed.writeUInt32BE(bodyLength, at)
  framed.write(body, at)
  return createHash('sha256').update(framed).digest()
}

/**
 * A commitment to something that must not stand in an event: `SHA-256(0x02 ‖ salt ‖ canonical JSON)`, hexadecimal. With
 * the salt it proves what was written; without it, erased, it tells nothing.
 */
export function commitmentTo(salt: Buffer, content: object): string {
  return createHash('sha256').update(Buffer.of(2)).update(salt).update(canonicalBody(content)).digest('hex')
}
