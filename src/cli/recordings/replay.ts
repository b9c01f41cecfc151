import { compareAnswers, printStatus } from '../../domain/comparing/compare-answers.js'
import type { Finding } from '../../domain/comparing/finding.js'
import type { Grouping } from '../../domain/comparing/grouping.js'
import type { Identities } from '../../domain/comparing/identities.js'
import { operationOf } from '../../domain/comparing/operation-of.js'
import { replayedRequest } from '../../domain/comparing/replayed-request.js'
import type { NotCompared } from '../../schema/recordings/comparison.js'
import type { RecordedExchange } from '../../schema/recordings/recording.js'
import type { ComparedEmulator } from './compared-emulator.js'
import type { SentAnswer } from './send-request.js'

/** An exchange, and the line that it was read from. */
export interface ExchangeLine {
  file: string
  line: number
  entry: RecordedExchange
}

/**
 * Sends a recorded request to the emulator, and compares the answers.
 * @returns why it cannot be compared, if so
 */
export async function replayExchange(
  { file, line, entry }: ExchangeLine,
  { sender }: ComparedEmulator,
  identities: Identities,
  grouping: Grouping
): Promise<NotCompared | undefined> {
  const { method, target } = entry.request
  const request = replayedRequest(entry.request, identities)
  if (request === undefined) return { file, line, reason: `the body of ${method} ${target} was not kept` }
  const isOfClient =
    entry.failure !== undefined && entry.response === undefined && entry.failure.code.startsWith('client')
  if (isOfClient) return { file, line, reason: `the client ended ${method} ${target} before its answer` }
  const findings = findingsOf(entry, await sender.send(request), identities)
  grouping.add(operationOf(method, target), { file, line, method, target }, findings)
  return undefined
}

function findingsOf({ response, failure }: RecordedExchange, sent: SentAnswer, identities: Identities): Finding[] {
  const isWhole = response !== undefined && failure === undefined
  if (!isWhole || 'failure' in sent) {
    const recorded = isWhole ? printStatus(response) : `no whole answer (${failure?.code ?? 'nothing was recorded'})`
    const emulator = 'failure' in sent ? `no answer (${sent.failure})` : printStatus(sent.answer)
    return [{ kind: 'noAnswer', recorded, emulator }]
  }
  return compareAnswers(response, sent.answer, identities)
}
