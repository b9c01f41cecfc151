import type { RequestLine, WebhookLine } from '../../app.js'
import { escapeControls } from '../terminal/escape.js'

/** A request as one line of text, without its time: `POST /uapi/… 400 extension_unknown. The nearest …`. */
export function renderRequest({ sandbox, method, path, status, reason, ignored, hint }: RequestLine): string {
  const answer = status === 0 ? 'no answer' : String(status)
  let line = `${sandboxOf(sandbox)}${method || '?'} ${shorten(path) || '?'} ${answer}`
  if (reason !== undefined) line += ` ${reason}`
  if (ignored !== undefined) line += `, ignored: ${ignored.join(', ')}`
  if (hint !== undefined) line += `${reason === undefined ? '' : '.'} ${hint}`
  return escapeControls(line)
}

/** A webhook as one line of text, without its time: `webhook hangup POST http://127.0.0.1:4773/ delivered 200`. */
export function renderWebhook({ sandbox, moment, method, url, state, status, reason, hint }: WebhookLine): string {
  const outcome = [state, ...(status === undefined ? [] : [status]), ...(reason === undefined ? [] : [reason])]
  const line = ['webhook', ...(moment === undefined ? [] : [moment]), method, url, ...outcome].join(' ')
  return escapeControls(`${sandboxOf(sandbox)}${line}${hint === undefined ? '' : `. ${hint}`}`)
}

const shorten = (path: string): string => (path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path)

/** A longer path is cut: the journal has the whole one. */
const MAX_PATH = 500

const sandboxOf = (sandbox: string | undefined): string => (sandbox === undefined ? '' : `sandbox ${sandbox}: `)
