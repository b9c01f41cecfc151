import { EXTENSION_KINDS } from '../../../schema/directory.js'
import { directory } from '../../emulator/contents.js'

/** A number that a field completes, with its name and kind. */
export interface Dialable {
  value: string
  label: string
}

/** The numbers of the directory, each with its name and kind. */
export const numbersToDial = (): Dialable[] =>
  (directory.value?.extensions ?? []).flatMap(({ number, name, kind, publicNumber, publicNumbers }) => {
    const label = [name, EXTENSION_KINDS[kind].label].filter(Boolean).join(', ')
    const others = publicNumbers ?? (publicNumber === undefined ? [] : [publicNumber])
    return [{ value: number, label }, ...others.map(value => ({ value, label: `${label}, ${number}` }))]
  })
