import { useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import type { FaultRequest } from '../../../../schema/fault.js'
import { FaultOperation } from '../../../../schema/operations.js'
import { client } from '../../../emulator/client.js'
import { calls, directory, events } from '../../../emulator/contents.js'
import { type Action, Failed, useAction } from '../../../parts/action.js'
import { Button } from '../../../parts/button.js'
import { Area, Check, Choice, Field } from '../../../parts/field.js'
import { Text } from '../../../parts/text.js'
import { MOMENTS, REQUEST_EFFECTS, TYPES, WEBHOOK_EFFECTS } from './choices.js'
import { readFault, type TypedFault, typedFault as typed } from './typed-fault.js'

/** The most suggestions of a field. */
const SUGGESTED = 100

/** Everything that a fault can say. The emulator checks it; each problem stands at its field. */
export function FaultForm(): JSX.Element {
  const action = useAction()
  const added = useSignal<string | undefined>(undefined)
  const fault = typed.value
  const isWebhook = fault.operation === 'delivery'
  const effects = isWebhook ? WEBHOOK_EFFECTS : REQUEST_EFFECTS
  const effect = effects.some(({ value }) => value === fault.effect) ? fault.effect : (effects[0]?.value ?? '')
  const set = (change: Partial<TypedFault>) => {
    typed.value = { ...fault, effect, ...change }
  }
  const bind = (name: keyof TypedFault) => ({
    value: String(fault[name]),
    onInput: (text: string) => set({ [name]: text })
  })
  const add = () =>
    action.run(async () => {
      added.value = undefined
      const { id } = await client.faults.add(readFault({ ...fault, effect }) as FaultRequest) // the emulator checks it
      added.value = id
    })
  const at = { action, effect }
  return (
    <form
      class="form"
      aria-label="New fault"
      onSubmit={event => {
        event.preventDefault()
        void add()
      }}
    >
      <div class="fields">
        <At {...at} path="$.on.operation">
          <Choice
            label="On"
            value={fault.operation}
            options={OPERATIONS}
            onChange={operation => set({ operation, effect: '' })}
          />
        </At>
        <At {...at} path="$.on.extension">
          <Field label="Extension" placeholder="any" mono suggestions={extensions()} {...bind('extension')} />
        </At>
        <At {...at} path="$.on.type">
          <Choice label="Type of event" value={fault.type} options={TYPES} onChange={type => set({ type })} />
        </At>
        {isWebhook && (
          <>
            <At {...at} path="$.on.moment">
              <Choice label="Moment" value={fault.moment} options={MOMENTS} onChange={moment => set({ moment })} />
            </At>
            <At {...at} path="$.on.callId">
              <Field label="CallID" placeholder="any" mono suggestions={callIds()} {...bind('callId')} />
            </At>
            <At {...at} path="$.on.eventId">
              <Field label="Event" placeholder="any" mono suggestions={eventIds()} {...bind('eventId')} />
            </At>
          </>
        )}
      </div>
      <div class="fields">
        <At {...at} path="$.do">
          <Choice label="Do" value={effect} options={effects} onChange={effect => set({ effect })} />
        </At>
        {effect === 'status' && (
          <>
            <At {...at} path="$.do.status">
              <Field label="Status" {...bind('status')} />
            </At>
            <At {...at} path="$.do.code">
              <Field label="Code" placeholder="that of the status" mono {...bind('code')} />
            </At>
          </>
        )}
        {(effect === 'delayMs' || effect === 'status') && (
          <At {...at} path="$.do.delayMs">
            <Field
              label="Delay in ms"
              placeholder={effect === 'status' ? 'none' : ''}
              {...bind(effect === 'status' ? 'answerDelayMs' : 'delayMs')}
            />
          </At>
        )}
        {effect === 'delayMs' && isWebhook && (
          <At {...at} path="$.do.clock">
            <Choice label="By" value={fault.clock} options={CLOCKS} onChange={clock => set({ clock })} />
          </At>
        )}
        {effect === 'drop' && !isWebhook && (
          <At {...at} path="$.do.drop">
            <Choice label="How" value={fault.drop} options={DROPS} onChange={drop => set({ drop })} />
          </At>
        )}
        {effect === 'duplicate' && (
          <At {...at} path="$.do.duplicate">
            <Field label="More times" {...bind('duplicate')} />
            <Check label="At the same time" checked={fault.concurrent} onChange={concurrent => set({ concurrent })} />
          </At>
        )}
        <At {...at} path="$.times">
          <Field label="Times" placeholder="no end" {...bind('times')} />
        </At>
        <At {...at} path="$.skip">
          <Field label="Skip the first" placeholder="0" {...bind('skip')} />
        </At>
      </div>
      {effect === 'status' && (
        <At {...at} path="$.do.headers">
          <Area label="Headers, one a line" rows={2} hint="Retry-After: 2" {...bind('headers')} />
        </At>
      )}
      {effect === 'change' && (
        <At {...at} path="$.do.change">
          <Area
            label="Parameters, JSON"
            rows={3}
            hint={'A text replaces or adds, null leaves out, {"bytes": "c3ff"} sends bytes.'}
            {...bind('parameters')}
          />
        </At>
      )}
      <div class="row">
        <Button type="submit" kind="primary" icon="plus" disabled={action.isRunning.value}>
          Add the fault
        </Button>
        <span role="status">{added.value && `Fault ${added.value} was added.`}</span>
      </div>
      <OtherFailure action={action} effect={effect} />
    </form>
  )
}

interface AtProps {
  action: Action
  effect: string
  path: string
}

/** A field, and what is wrong with it. Problems of members of a member stand there, too. */
function At({ action, path, effect, children }: AtProps & { children: ComponentChildren }): JSX.Element {
  const found = action.failure.value?.details.filter(detail => fieldOf(detail.path, effect) === path) ?? []
  return (
    <div class="fault-field">
      {children}
      {found.map(({ path, message }) => (
        <p key={path} class="failure" role="alert">
          <Text value={message} long />
        </p>
      ))}
    </div>
  )
}

/** A failure that is of no field. */
const OtherFailure = ({ action, effect }: Omit<AtProps, 'path'>): JSX.Element | null => {
  const details = action.failure.value?.details ?? []
  return details.some(({ path }) => fieldOf(path, effect) !== undefined) ? null : <Failed of={action} />
}

/** The path of the field for a path in the request; undefined when there is none. */
function fieldOf(path: string, effect: string): string | undefined {
  const [field] = /^\$\.(?:times|skip|on\.\w+|do(?:\.\w+)?)/.exec(path) ?? []
  if (field === undefined || !/^\$\.do\.(?:hold|concurrent)$|^\$\.do\.drop$/.test(field)) return field
  return field === '$.do.concurrent' ? '$.do.duplicate' : effect === 'drop' && field.endsWith('drop') ? field : '$.do'
}

const OPERATIONS = FaultOperation.enum.map(value => ({
  value,
  label: value === 'delivery' ? 'webhooks' : value === '*' ? 'all requests' : `${value} requests`
}))
const CLOCKS = [
  { value: 'wall', label: 'wall time' },
  { value: 'sandbox', label: "the sandbox's clock" }
]
const DROPS = [
  { value: 'reset', label: 'reset it' },
  { value: 'empty', label: 'close it without a byte' },
  { value: 'truncate', label: 'half of the answer' },
  { value: 'garbage', label: 'bytes that are not HTTP' }
]

const extensions = () =>
  (directory.value?.extensions ?? []).slice(0, SUGGESTED).map(({ number, name }) => ({ value: number, label: name }))
const callIds = () => calls.all.value.slice(-SUGGESTED).map(({ callId }) => ({ value: callId }))
const eventIds = () => events.value.slice(0, SUGGESTED).map(({ id, note }) => ({ value: id, label: note }))
