import { ClientError } from '../../client/errors.js'
import { compareAnswers, printStatus } from '../../domain/comparing/compare-answers.js'
import { type CorpusValues, missingFor, printTarget, sentRequestOf } from '../../domain/comparing/corpus-request.js'
import type { Finding } from '../../domain/comparing/finding.js'
import { createGrouping } from '../../domain/comparing/grouping.js'
import { createIdentities } from '../../domain/comparing/identities.js'
import { isCollection, MIRROR_TOKEN, type Mirrored, mirrorOf } from '../../domain/comparing/mirror.js'
import { operationOf } from '../../domain/comparing/operation-of.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import { readCorpus } from '../../package.js'
import type { Comparison, NotCompared } from '../../schema/recordings/comparison.js'
import { isCorpus } from '../../schema/recordings/corpus.js'
import type { RunContext } from '../command.js'
import { startComparedEmulator } from './compared-emulator.js'
import { createSender, type Sender, type SentAnswer } from './send-request.js'

/** The PBX to compare with, and what its user says of it. */
export interface UpstreamToCompare extends Pick<Mirrored, 'role' | 'extension'> {
  url: string
  token: string
  /** As it stands in paths: `@me`, or an id. */
  userId: string
  tls: { ca?: string[] | undefined; rejectUnauthorized: boolean }
  /** Loaded before the mirror of the PBX. */
  fixtures: FixtureSource[]
}

/**
 * Sends the corpus to a PBX and to an emulator that mirrors it, side by side, and compares the answers. Nothing is changed.
 * @throws ClientError when the PBX does not answer the list of the extension's events; FixtureInvalid
 */
export async function compareUpstream(
  context: Pick<RunContext, 'runtime'>,
  { url, token, userId, role, extension, tls, fixtures }: UpstreamToCompare
): Promise<Omit<Comparison, 'accepted'>> {
  const corpus = await readCorpus()
  if (!isCorpus(corpus)) throw new Error('The corpus of the package is not valid.')
  const upstream = createSender(url, tls)
  try {
    const list = await readEvents(upstream, { url, token, userId, extension })
    const mirror = mirrorOf({ user: userId.startsWith('@') ? undefined : userId, role, extension, list })
    // The events are those of the PBX: the fixtures give settings and directory.
    const own = fixtures.map(({ name, document }) => ({ name, document: { ...Object(document), phoneCallEvents: [] } }))
    const sources = [...own, { name: 'mirror', document: mirror }]
    const emulator = await startComparedEmulator(context, { fixtures: sources, time: Date.now() })
    try {
      const grouping = createGrouping()
      const identities = createIdentities(new Map([[PSEUDONYM, MIRROR_TOKEN]]))
      const notCompared: NotCompared[] = []
      const values: CorpusValues = { userId, extension, event: mirror.phoneCallEvents?.[0] }
      let exchanges = 0
      for (const request of corpus.requests) {
        const { name, method } = request
        const reason = missingFor(request, values)
        if (reason !== undefined) {
          notCompared.push({ request: name, reason })
          continue
        }
        const recorded = withoutToken(await upstream.send(sentRequestOf(request, values, token)), token)
        const own = await emulator.sender.send(sentRequestOf(request, values, MIRROR_TOKEN))
        const target = printTarget(request, values)
        grouping.add(
          operationOf(method, request.target),
          { request: name, method, target },
          findingsOf(recorded, own, identities)
        )
        exchanges += 1
      }
      return { exchanges, webhooks: 0, differences: grouping.all(), notCompared }
    } finally {
      await emulator.close()
    }
  } finally {
    upstream.close()
  }
}

/** Stands for the token in answers: no report has it. */
const PSEUDONYM = 'token-1'

/** An answer of the PBX without the token that was sent to it. */
function withoutToken(sent: SentAnswer, token: string): SentAnswer {
  if ('failure' in sent) return sent
  const clean = (text: string) => text.replaceAll(token, PSEUDONYM).replaceAll(encodeURIComponent(token), PSEUDONYM)
  const { status, headers, body } = sent.answer
  const cleaned = body !== undefined && 'text' in body ? { text: clean(body.text) } : body
  const pairs = headers.map(([name = '', value = '']) => [name, clean(value)])
  return { answer: { status, headers: pairs, ...(cleaned !== undefined && { body: cleaned }) } }
}

function findingsOf(recorded: SentAnswer, own: SentAnswer, identities: ReturnType<typeof createIdentities>): Finding[] {
  if ('answer' in recorded && 'answer' in own) return compareAnswers(recorded.answer, own.answer, identities)
  const print = (sent: SentAnswer) => ('answer' in sent ? printStatus(sent.answer) : `no answer (${sent.failure})`)
  return [{ kind: 'noAnswer', recorded: print(recorded), emulator: print(own) }]
}

/** The list of the events of the extension. @throws ClientError when there is no such answer */
async function readEvents(
  upstream: Sender,
  { url, token, userId, extension }: Pick<UpstreamToCompare, 'url' | 'token' | 'userId' | 'extension'>
): Promise<unknown> {
  const target = `/uapi/extensions/${userId}/${extension}/phoneCallEvents?count=5000`
  const sent = await upstream.send({
    method: 'GET',
    target,
    headers: [
      ['Accept', 'application/json'],
      ['Authorization', `Bearer ${token}`]
    ],
    body: undefined
  })
  if ('failure' in sent)
    throw new ClientError(
      `No answer came from ${url} (${sent.failure}). Check --upstream, --upstream-ca and the network.`,
      {
        code: 'unreachable'
      }
    )
  const { status, headers, body } = sent.answer
  const location = headers.find(([name = '']) => name.toLowerCase() === 'location')?.[1]
  if (status === 204) return undefined
  const list = body !== undefined && 'text' in body ? parse(body.text) : undefined
  if (status === 200 && isCollection(list)) return list
  const message = `${url} answered ${printStatus(sent.answer)} to GET ${target}`
  throw new ClientError(`${message}. ${remedyFor(status, placeOf(location, url, token))}`, { code: 'upstream_refused' })
}

function remedyFor(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400 && location !== undefined)
    return `It leads to ${location}: give --upstream the address of the PBX itself.`
  if (status === 401 || status === 403) return 'Check --token, and that its user may read --extension of --user.'
  if (status >= 200 && status < 300)
    return 'That is no list of phone call events: check that --upstream is the address of a PBX.'
  return 'Check --upstream, --user and --extension.'
}

/** Where a Location leads to, without its query, which may have secrets, and without the token. */
function placeOf(location: string | undefined, url: string, token: string): string | undefined {
  if (location === undefined || !URL.canParse(location, url)) return undefined
  const { origin, pathname } = new URL(location, url)
  return `${origin}${pathname}`.replaceAll(token, PSEUDONYM)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller says so
  }
}
