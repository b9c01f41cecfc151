import { useComputed } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { EVENT_TYPES } from '../../../schema/event-type.js'
import { calls, deliveries } from '../../emulator/contents.js'
import { Button } from '../../parts/button.js'
import { shortLabelOfMoment, shortLabelOfType } from '../../parts/labels.js'
import { WEBHOOK_MARKS, webhookState } from '../../parts/marks.js'
import { Search } from '../../parts/search.js'
import { Text } from '../../parts/text.js'
import { parameter, setParameters } from '../../route.js'
import { decodeForm } from './parameters.js'

/** The filters of the API, as parameters of the address; `q` is free text. @source control-api.md "Calls and deliveries" */
const FILTERS = ['callId', 'extension', 'type', 'state', 'eventId', 'q'] as const

/** Whether any filter is set. */
export const isFiltered = (): boolean => FILTERS.some(name => parameter(name) !== undefined)

/** Removes all filters. */
export const clearFilters = (): void =>
  setParameters(Object.fromEntries(FILTERS.map(name => [name, undefined])), 'replace')

/** The webhooks that pass the filters of the address, newest first. */
export function filteredWebhooks(): Delivery[] {
  const newestFirst = [...deliveries.all.value].reverse().sort((one, other) => Number(other.id) - Number(one.id))
  const checks = FILTERS.flatMap(name => {
    const value = parameter(name)
    return value === undefined ? [] : [CHECKS[name](value)]
  })
  return checks.length === 0 ? newestFirst : newestFirst.filter(webhook => checks.every(passes => passes(webhook)))
}

type Check = (value: string) => (webhook: Delivery) => boolean

const CHECKS: Record<(typeof FILTERS)[number], Check> = {
  extension: value => webhook => webhook.extension === value,
  type: value => webhook => webhook.type === value,
  eventId: value => webhook => webhook.eventId === value,
  state: value => webhook => webhook.state === value || webhookState(webhook) === value,
  callId(value) {
    // As in the API, the CallID of any leg names its call.
    const call = calls.all.value.find(({ callId, legs }) => callId === value || legs.some(leg => leg.callId === value))
    return webhook => webhook.callId === (call?.callId ?? value)
  },
  q(value) {
    const words = value.toLowerCase()
    return webhook => textOf(webhook).includes(words)
  }
}

const texts = new WeakMap<Delivery, string>()

/** What free text is looked up in: ids, request, and the outcome of each attempt but for the answers' bodies. */
function textOf(webhook: Delivery): string {
  const known = texts.get(webhook)
  if (known !== undefined) return known
  const { id, callId, eventId, extension, moment, request, attempts } = webhook
  const outcomes = attempts.map(({ response, failure }) => `${response?.status ?? ''} ${failure?.message ?? ''}`)
  const form = decodeForm(request.body || request.url.replace(/^[^?]*\??/, '')).map(({ value }) => value)
  const text = [
    id,
    callId,
    eventId,
    extension,
    shortLabelOfMoment(moment),
    request.method,
    request.url,
    ...form,
    ...outcomes
  ]
  const lower = text.join('\n').toLowerCase()
  texts.set(webhook, lower)
  return lower
}

/** The bar above the list: search and filters. `/` goes to the search. */
export function FilterBar({ children }: { children: ComponentChildren }): JSX.Element {
  const extensions = useComputed(() =>
    [...new Set(deliveries.all.value.map(({ extension }) => extension))].sort()
  ).value
  return (
    <div class="bar hook-bar">
      <Search label="Search webhooks" />
      <Select
        name="type"
        any="Moment"
        options={EVENT_TYPES.map(({ code }) => ({ value: code, label: shortLabelOfType(code) }))}
      />
      <Select name="state" any="State" options={Object.keys(WEBHOOK_MARKS).map(value => ({ value, label: value }))} />
      <Select name="extension" any="Extension" options={extensions.map(value => ({ value, label: value }))} />
      <Chip name="callId" label="Call" />
      <Chip name="eventId" label="Event" />
      <span class="spread" />
      {children}
    </div>
  )
}

function Select({
  name,
  any,
  options
}: {
  name: 'type' | 'state' | 'extension'
  any: string
  options: { value: string; label: string }[]
}): JSX.Element {
  const value = parameter(name) ?? ''
  const isListed = value === '' || options.some(option => option.value === value)
  return (
    <select
      aria-label={`Filter by ${any.toLowerCase()}`}
      class={value === '' ? 'muted' : ''}
      value={value}
      onChange={({ currentTarget }) => setParameters({ [name]: currentTarget.value }, 'replace')}
    >
      <option value="">{any}</option>
      {(isListed ? options : [{ value, label: value.slice(0, 40) }, ...options]).map(option => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  )
}

/** A filter that is set by a link, with a button that removes it. */
function Chip({ name, label }: { name: 'callId' | 'eventId'; label: string }): JSX.Element | null {
  const value = parameter(name)
  return value === undefined ? null : (
    <span class="hook-chip">
      {label}{' '}
      <code>
        <Text value={value} />
      </code>
      <Button
        icon="close"
        kind="quiet"
        title={`Remove the filter by ${label.toLowerCase()}`}
        onClick={() => setParameters({ [name]: undefined }, 'replace')}
      />
    </span>
  )
}
