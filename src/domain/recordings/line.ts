import {
  isRecordedExchange,
  isRecordedWebhook,
  isRecordingStart,
  RECORDING_VERSION,
  RecordedExchange,
  RecordedWebhook,
  type RecordingEntry,
  RecordingStart
} from '../../schema/recordings/recording.js'
import { problemsOf, type SchemaCheck, violationsOf } from '../schema-check.js'

/** A line that cannot be read: why, in a sentence without its end. */
export interface UnreadableLine {
  problem: string
}

/** Reads the first line of a recording. */
export function readStart(text: string): RecordingStart | UnreadableLine {
  const value = parse(text)
  if (value === undefined || Reflect.get(Object(value), 'recording') !== 'uapi-emulator')
    return {
      problem: 'is not the start of a recording; `uapi-emulator record` and `uapi-emulator catch --record` write them'
    }
  if (!isRecordingStart(value)) return { problem: explain({ schema: RecordingStart, name: 'a recording' }, value) }
  if (value.version > RECORDING_VERSION)
    return {
      problem: `is of version ${value.version}, which a newer uapi-emulator wrote; this one reads version ${RECORDING_VERSION}`
    }
  return value
}

/** Reads a line after the first one. */
export function readEntry(text: string): RecordingEntry | UnreadableLine {
  const value = parse(text)
  if (value === undefined) return { problem: 'is not JSON' }
  if (isRecordedExchange(value) || isRecordedWebhook(value)) return value
  const isWebhook = 'webhook' in Object(value)
  const schema = isWebhook ? RecordedWebhook : RecordedExchange
  return { problem: explain({ schema, name: isWebhook ? 'a webhook' : 'an exchange' }, value) }
}

/** Whether an entry is a webhook; else it is an exchange. */
export const isWebhook = (entry: RecordingEntry): entry is RecordedWebhook => 'webhook' in entry

/** A line of a recording, with its end. */
export const printLine = (value: RecordingStart | RecordingEntry): string => `${JSON.stringify(value)}\n`

function explain(check: SchemaCheck, value: unknown): string {
  const [first] = problemsOf(violationsOf(check, value))
  return `is not ${check.name}: ${first?.path ?? '$'} ${first?.message ?? 'is not as it must be'}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says so
  }
}
