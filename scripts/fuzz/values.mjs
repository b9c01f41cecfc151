// Values for the schemas of OpenAPI documents: valid ones, and ones with a place that is wrong.

/** Values for schemas. Whatever could make an answer wait is kept short. */
export function createValues(random, known) {
  const pick = list => list[Math.floor(random() * list.length)]
  const whole = (least, most) => least + Math.floor(random() * (most - least + 1))
  const text = () => pick(TEXTS)

  function of(schema, schemas, depth = 0) {
    if (schema.$ref !== undefined) return of(schemas[schema.$ref.split('/').at(-1)] ?? {}, schemas, depth)
    const branches = schema.anyOf ?? schema.oneOf
    if (branches) return of(pick(branches), schemas, depth)
    if ('const' in schema) return schema.const
    if (schema.enum) return pick(schema.enum)
    if (schema.example !== undefined && random() < 0.5) return schema.example
    if (schema.examples?.length > 0 && random() < 0.5) return pick(schema.examples)
    switch (schema.type) {
      case 'boolean':
        return random() < 0.5
      case 'integer':
      case 'number':
        return whole(schema.minimum ?? 0, Math.min(schema.maximum ?? 1_000, (schema.minimum ?? 0) + 1_000))
      case 'null':
        return null
      case 'array': {
        const least = Math.max(schema.minItems ?? 0, 0)
        return depth > 6
          ? []
          : Array.from({ length: whole(least, least + 2) }, () => of(schema.items ?? {}, schemas, depth + 1))
      }
      case 'object': {
        const members = Object.entries(schema.properties ?? {}).filter(
          ([name]) => schema.required?.includes(name) || (depth < 6 && random() < 0.3)
        )
        return Object.fromEntries(
          members.map(([name, member]) => [
            name,
            known[name] && random() < 0.7 ? pick(known[name]) : of(member, schemas, depth + 1)
          ])
        )
      }
      default:
        return schema.pattern === undefined ? text() : pick(LIKELY)
    }
  }

  /** A value with one place of another kind, left out, or added. */
  function spoiled(value) {
    if (typeof value !== 'object' || value === null) return pick(ODD)
    const copy = structuredClone(value)
    const keys = Object.keys(copy)
    const key = pick(keys)
    if (key === undefined || random() < 0.15)
      return Array.isArray(copy) ? [...copy, pick(ODD)] : { ...copy, [text()]: pick(ODD) }
    if (random() < 0.15) {
      if (Array.isArray(copy)) copy.splice(Number(key), 1)
      else delete copy[key]
    } else copy[key] = random() < 0.5 ? spoiled(copy[key]) : pick(ODD)
    return copy
  }

  /** The same value without what would wait long, or send a webhook somewhere. */
  const bounded = value =>
    JSON.parse(
      JSON.stringify(value ?? null, (name, member) => {
        if (typeof member === 'number' && /^(?:timeoutMs|delayMs|ringMs|talkMs|afterMs|ms)$/.test(name))
          return member > 20 ? 20 : member
        if (name === 'url' && typeof member === 'string' && /^https?:/i.test(member)) return 'http://127.0.0.1:1/hook'
        if (name === 'hold') return false
        return member
      })
    )

  const parameter = (name, schema, example, schemas) => {
    if (name === 'timeoutMs') return whole(0, 20)
    if (known[name]?.length > 0 && random() < 0.6) return pick(known[name])
    if (example !== undefined && random() < 0.6) return example
    return of(schema ?? {}, schemas)
  }

  return { of, spoiled, bounded, parameter, text }
}

const LIKELY = [
  '0003*210',
  '0003*211',
  '0003*300',
  '210',
  '12',
  '0',
  '1',
  'one',
  'default',
  '+40733000222',
  '2031-01-01T00:00:00Z'
]
const TEXTS = [
  ...LIKELY,
  '',
  ' ',
  'a',
  'é',
  '\u{1f600}',
  'a'.repeat(300),
  '../../etc/passwd',
  "' OR 1=1 --",
  '<b>',
  '%',
  '\u0001',
  '__proto__',
  'constructor',
  '@me',
  '@self',
  '-1',
  '1e9',
  'true',
  'null'
]
const ODD = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  '',
  'a',
  'é',
  [],
  {},
  [[]],
  [1],
  { a: 1 },
  'x'.repeat(5_000),
  '\ud800',
  '@me',
  2 ** 53
]
