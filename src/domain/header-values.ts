import type { HeaderValues } from '../schema/delivery.js'

/** Headers by name, as they were sent; the first spelling of a name stands for all of them. @param raw names and values in turn */
export function headerValues(raw: readonly string[]): HeaderValues {
  const values = new Map<string, [name: string, value: string | string[]]>()
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    const key = name.toLowerCase()
    const known = values.get(key)
    if (known) known[1] = [known[1], value].flat()
    else values.set(key, [name, value])
  }
  return Object.fromEntries(values.values())
}
