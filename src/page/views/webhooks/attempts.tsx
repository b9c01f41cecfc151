import type { JSX } from 'preact'
import type { Attempt, Failure, WebhookResponse } from '../../../schema/calls/delivery.js'
import { printDateTime, printDuration, printTime } from '../../emulator/clock.js'
import { CopyButton } from '../../parts/button.js'
import { Body, Code, Headers } from '../../parts/code.js'
import { StatusCode, Tag } from '../../parts/marks.js'
import { Text } from '../../parts/text.js'
import { FaultLink } from './faults-of.js'

/** The attempts of a webhook, newest first; of several, the newest is open. */
export const Attempts = ({ attempts }: { attempts: readonly Attempt[] }): JSX.Element => (
  <ol class="hook-attempts" reversed>
    {attempts
      .map((attempt, index) => (
        <li key={index}>
          <details open={index === attempts.length - 1}>
            <summary>
              <span class="row">
                {attempts.length > 1 && <span class="muted">{index + 1}.</span>}
                <Outcome attempt={attempt} />
                <time class="muted" title={printDateTime(attempt.at)}>
                  {printTime(attempt.at)}
                </time>
                {attempt.ms !== null && <span class="muted">{printDuration(attempt.ms)}</span>}
                {attempt.duplicate && <Tag title="A fault sent the request again">duplicate</Tag>}
                {attempt.connectionReused && <Tag tone="warn">kept connection</Tag>}
              </span>
            </summary>
            {attempt.fault !== undefined && (
              <p>
                Hit by <FaultLink id={attempt.fault} />
              </p>
            )}
            {attempt.failure && <FailureNote {...attempt.failure} />}
            {attempt.response && <Answer {...attempt.response} />}
          </details>
        </li>
      ))
      .reverse()}
  </ol>
)

const Outcome = ({ attempt: { response, failure } }: { attempt: Attempt }): JSX.Element =>
  response === undefined ? (
    <strong class="bad">{failure?.reason.replaceAll('_', ' ') ?? 'no answer'}</strong>
  ) : (
    <StatusCode status={response.status} />
  )

/** Flags of the emulator that a hint names to be used. One that is to be left out is not copied. */
const FLAGS = /(?<=\bwith |\bor |\band )--[a-z-]+(?: (?!if |naming |or )[^\s,]*[^\s,.])?/g

/** Why an attempt failed, with what to do about it. */
export const FailureNote = ({ message, hint = '' }: Failure): JSX.Element => (
  <div class="failure">
    <p>
      <Text value={message} long />
    </p>
    {hint !== '' && (
      <p class="hook-hint">
        <Text value={hint} long />
      </p>
    )}
    {[...new Set(hint.match(FLAGS))].map(flag => (
      <div key={flag} class="hook-flag">
        <code>
          <Text value={flag} />
        </code>
        <CopyButton text={flag} what={`the flag ${flag.split(' ', 1)[0]}`} />
      </div>
    ))}
  </div>
)

/** The answer of a receiver: headers, and body as text or Base64. */
const Answer = ({ headers, body, base64, truncated }: WebhookResponse): JSX.Element => (
  <>
    {base64 === undefined ? (
      <Body text={body} what="The body of the answer" />
    ) : (
      <>
        <p class="muted">The body is not UTF-8. In Base64:</p>
        <Code text={base64} what="The body of the answer in Base64" />
      </>
    )}
    {truncated && <p class="warn">The body was longer: the first 64 KiB are kept.</p>}
    <details>
      <summary class="muted">Headers of the answer</summary>
      <Headers of={headers} />
    </details>
  </>
)
