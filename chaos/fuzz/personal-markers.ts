import type { SeededRandom } from '../seeded-random.ts'

/** Stands in every text, name and address that the fuzzer makes up. No program of ours would ever write it. */
const textMarker = 'zqmark'
/** Stands in every phone number and position: so long that no hash or id holds it by chance. */
const digitMarker = '975310864'

/** Stands in the subject of whoever reports anonymously. */
export const hiddenMarker = 'zqhidden'

/** What to look for in places where no personal datum may be. */
export const markers = [textMarker, digitMarker] as const

export function carriesMarker(text: string): boolean {
  return markers.some((marker) => text.includes(marker))
}

const sentences = [
  '消防通道被三辆私家车堵住，消防车进不来',
  '三楼漏水，水已经流到二楼',
  '路灯不亮，老人晚上摔了一跤',
  '𠮷野家门口井盖松动，踩上去会翻',
  'Streetlight out since Monday; it is dark',
]

/** A text as a resident would write it, which can be found again wherever it went. */
export function markedText(random: SeededRandom): string {
  return `${random.pick(sentences)} ${textMarker}`
}

/** A name of a place or a thing, which everybody may know. */
export function plainName(random: SeededRandom): string {
  return `${random.pick(['湖滨花园', '东方山', '𠮷野小区', 'Lakeside'])} ${random.below(1_000)}`
}

export function markedPhone(random: SeededRandom): string {
  return `1${random.pick(['3', '5', '8'])}${digitMarker}`
}

/** A number of degrees within a district, whose digits end in the marker. */
export function markedDegrees(whole: number, random: SeededRandom): number {
  return Number(`${whole}.2${random.below(10)}${digitMarker}`)
}
