/** Something that the person at the terminal can put right; the message says what, and needs no stack beside it. */
export class StartRefused extends Error {
  override readonly name = 'StartRefused'
}
