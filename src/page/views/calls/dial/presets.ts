import { directory } from '../../../emulator/contents.js'
import type { DialForm } from './form.js'

/** A way to fill the form in one click. */
interface Preset {
  label: string
  apply: (typed: DialForm) => Partial<DialForm>
}

/** The presets of the dial pad. Who calls whom stays. */
export const PRESETS: readonly Preset[] = [
  {
    label: 'Answered after 3 s, 10 s talk',
    apply: () => ({ mode: 'times', outcome: 'answered', ring: '3s', talk: '10s' })
  },
  { label: 'Busy', apply: () => ({ mode: 'times', outcome: 'busy', ring: '1s' }) },
  { label: 'Nobody answers', apply: () => ({ mode: 'times', outcome: 'noAnswer', ring: '25s' }) },
  {
    label: 'Ring all',
    apply: ({ from, to }) => ({
      mode: 'times',
      outcome: 'answered',
      ring: '3s',
      talk: '10s',
      answeredBy: '',
      to: ringAll(from, to[0] ?? '')
    })
  },
  { label: 'By hand', apply: () => ({ mode: 'hand' }) }
]

/** The most extensions that ring all rings: a list that can still be read. */
const MAX_RING = 8

/** The called party first, then the other telephones of its organization, without the caller. */
function ringAll(from: string, first: string): string[] {
  const phones = (directory.value?.extensions ?? []).filter(
    ({ kind, number, publicNumber }) => kind === 'phoneTerminal' && number !== from && publicNumber !== from
  )
  const called = phones.find(({ number, publicNumber }) => number === first || publicNumber === first)
  const prefix = called?.number.split('*')[0]
  const all = phones.filter(
    phone => phone !== called && (prefix === undefined || phone.number.startsWith(`${prefix}*`))
  )
  return [first, ...all.map(({ number }) => number)].filter(number => number !== '').slice(0, MAX_RING)
}
