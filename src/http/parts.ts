import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { inTurn } from '../service/turns.js'
import { countAnswer } from './hooks/count-answers.js'
import { contextOf } from './request.js'

/** The size of a part of an answer, roughly, in characters, and how long making it takes at most, in milliseconds. */
const PART = 64 * 1024
const PART_MS = 4

/** The first part of a list: lists that fit into it are sent as a whole, with their length. */
const FIRST_PART = 128 * 1024
const FIRST_ENTRIES = 100

/** How long a client may read nothing of an answer in parts, in milliseconds of wall time. */
const STALLED_MS = 30_000

/** A text in parts. The first one says whether there are more. */
export type Parts = Generator<string, void, undefined>

/**
 * Sends a text in parts, each made when the client has read those before it, and others are answered in between. A client
 * that disconnects, or that reads nothing for half a minute, ends it.
 */
export const sendParts = (request: FastifyRequest, reply: FastifyReply, parts: Parts): FastifyReply =>
  sendEach(request, reply, onPart => eachInTurn(parts, onPart))

/** The same for JSON in pieces that are made elsewhere. */
export const sendPieces = (request: FastifyRequest, reply: FastifyReply, pieces: AsyncIterable<Uint8Array>) =>
  sendEach(request, reply, onPart => eachOf(pieces, onPart))

/** @param piecesOf gives the pieces, and calls back when one is asked for */
function sendEach(
  request: FastifyRequest,
  reply: FastifyReply,
  piecesOf: (onPart: () => void) => AsyncIterable<string | Uint8Array>
): FastifyReply {
  const { raw } = reply
  let stalled: NodeJS.Timeout | undefined
  const watch = () => {
    clearTimeout(stalled)
    stalled = setTimeout(() => raw.destroy(), STALLED_MS).unref()
  }
  raw.once('close', () => {
    clearTimeout(stalled)
    if (!raw.writableFinished) countAnswer(request, reply)
  })
  return reply.type(JSON_TYPE).send(Readable.from(piecesOf(watch)))
}

/** Sends a list as one text if it is short, else in parts. @param parts those of `printList` */
export function sendList(request: FastifyRequest, reply: FastifyReply, parts: Parts): FastifyReply {
  const first = parts.next()
  const second = first.done ? first : parts.next()
  if (second.done) return reply.type(JSON_TYPE).send(first.value ?? '')
  return sendParts(request, reply, resume([first.value ?? '', second.value], parts))
}

/**
 * A JSON object with a list in parts: the entries, each printed when its part is made, then the other members.
 * @param entries read one after the other; an error of theirs ends the text in its middle
 */
export function* printList(name: string, entries: Iterable<unknown>, members: object): Parts {
  yield* joinTexts(`{"${name}":[`, printEach(entries), `],${JSON.stringify(members).slice(1)}`)
}

/** Joins texts with commas to parts, between a beginning and an end. */
export function* joinTexts(beginning: string, texts: Iterable<string>, end: string): Parts {
  let part = beginning
  let separator = ''
  let count = 0
  let [size, until] = [FIRST_PART, Number.POSITIVE_INFINITY]
  for (const text of texts) {
    const isFull = part.length >= size || performance.now() >= until || (size === FIRST_PART && count >= FIRST_ENTRIES)
    if (isFull) {
      yield part
      part = ''
      ;[size, until] = [PART, performance.now() + PART_MS]
    }
    part += separator + text
    separator = ','
    count += 1
  }
  yield part + end
}

const JSON_TYPE = 'application/json; charset=utf-8'

function* printEach(entries: Iterable<unknown>): Parts {
  for (const entry of entries) yield JSON.stringify(entry)
}

/** Reads the first part, and gives it to the journal as the beginning of the answer: it is longer than what is kept. */
export function recordStart(request: FastifyRequest, parts: Parts): Parts {
  const first = parts.next().value ?? ''
  contextOf(request).answerStart = first
  return resume([first], parts)
}

/** Parts that were read ahead, and those after them. */
function* resume(first: string[], parts: Parts): Parts {
  yield* first
  yield* parts
}

async function* eachOf(pieces: AsyncIterable<Uint8Array>, onPart: () => void): AsyncGenerator<Uint8Array> {
  onPart()
  for await (const piece of pieces) {
    yield piece
    onPart()
  }
}

/** @param onPart called when a part is asked for: the client has read those before it */
async function* eachInTurn(parts: Parts, onPart: () => void): AsyncGenerator<string, void, undefined> {
  try {
    for (;;) {
      onPart()
      const part = await inTurn(() => parts.next())
      if (part.done) return
      yield part.value
    }
  } finally {
    parts.return()
  }
}
