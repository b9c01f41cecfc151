import Type, { type Static } from 'typebox'
import { Fixture } from '../fixture.js'
import { Settings } from '../settings.js'

/** A line of a recording. */
export const LinePlace = Type.Object({
  file: Type.String(),
  line: Type.Integer({ minimum: 1 }),
  what: Type.String({ description: 'The request of that line: method and path.' })
})
export type LinePlace = Static<typeof LinePlace>

const Count = Type.Integer({ minimum: 0 })

/** A value of a setting, and the lines that show it. */
export const ShownValue = Type.Object({
  value: Type.Union([Type.String(), Type.Number()]),
  count: Type.Integer({ minimum: 1, description: 'How many lines show it.' }),
  examples: Type.Array(LinePlace, { description: 'The first of them.' })
})
export type ShownValue = Static<typeof ShownValue>

// TypeScript types keys as any text; the keys of a schema are the settings.
const SETTING_NAMES = Object.keys(Settings.properties) as [keyof Settings, ...(keyof Settings)[]]

/** A setting, and the evidence for its value. */
export const LearnedSetting = Type.Object({
  name: Type.Enum(SETTING_NAMES),
  value: Type.Union([Type.String(), Type.Number()], {
    description: 'The value that most lines show; the default where none shows one.'
  }),
  isShown: Type.Boolean({ description: 'Whether any line shows the value.' }),
  evidence: Type.Array(ShownValue, { description: 'The value first, then those that contradict it.' }),
  note: Type.Optional(Type.String({ description: 'What the evidence leaves open.' })),
  show: Type.Optional(Type.String({ description: 'The request that would show the value, where no line does.' }))
})
export type LearnedSetting = Static<typeof LearnedSetting>

/** How bad a difference is that no setting covers, the worst first. */
export const SEVERITIES = ['status', 'service', 'error', 'webhook', 'body', 'form', 'unread'] as const
export type Severity = (typeof SEVERITIES)[number]

/** A difference between the PBX and the emulator that no setting covers. */
export const Uncovered = Type.Object({
  severity: Type.Enum([...SEVERITIES]),
  text: Type.String(),
  count: Type.Integer({ minimum: 1, description: 'How many lines show it.' }),
  first: LinePlace
})
export type Uncovered = Static<typeof Uncovered>

/** The output of `learn --json`. */
export const Learned = Type.Object({
  exchanges: Count,
  webhooks: Count,
  settings: Type.Array(LearnedSetting),
  uncovered: Type.Array(Uncovered, { description: 'What no setting covers, the worst first.' }),
  assumed: Type.Array(Type.String(), { description: 'What the fixture has that no line shows.' }),
  problems: Type.Array(Type.Object({ file: Type.String(), line: Type.Integer(), message: Type.String() }), {
    description: 'Where recordings cannot be read further.'
  }),
  fixture: Fixture
})
export type Learned = Static<typeof Learned>
