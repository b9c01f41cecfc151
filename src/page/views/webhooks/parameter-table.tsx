import type { JSX } from 'preact'
import { CopyButton } from '../../parts/button.js'
import { Text } from '../../parts/text.js'
import { decodeForm, MEANINGS, type Parameter } from './parameters.js'

interface ParameterTableProps {
  /** The form as it was sent. */
  form: string
  /** The query of the url itself, whose parameters are the receiver's own. */
  own?: string
}

/** The parameters of a webhook, decoded, each with what it means. */
export function ParameterTable({ form, own = '' }: ParameterTableProps): JSX.Element {
  const sent = decodeForm(form)
  const names = new Set(sent.map(({ name }) => name))
  const absent = [...MEANINGS.keys()].filter(name => !names.has(name))
  const meaningOf = ({ name }: Parameter) => MEANINGS.get(name) ?? 'Unknown: the vendor has no such parameter'
  return (
    <>
      <table class="hook-parameters">
        <thead class="visually-hidden">
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col">Value</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          {sent.map((parameter, index) => (
            <Row key={index} {...parameter} meaning={meaningOf(parameter)} isUnknown={!MEANINGS.has(parameter.name)} />
          ))}
          {decodeForm(own).map((parameter, index) => (
            <Row key={`own ${index}`} {...parameter} meaning="Of the URL itself" isUnknown />
          ))}
        </tbody>
      </table>
      {sent.length === 0 && <p class="muted">No parameters.</p>}
      {sent.length > 0 && absent.length > 0 && <p class="muted">Not sent: {absent.join(', ')}.</p>}
    </>
  )
}

const Row = ({
  name,
  value,
  bytes,
  meaning,
  isUnknown
}: Parameter & { meaning: string; isUnknown: boolean }): JSX.Element => (
  <tr>
    <th scope="row" class={isUnknown ? 'hook-unknown' : ''}>
      <Text value={name} />
    </th>
    <td class="hook-value">
      {value === '' ? <span class="muted">empty</span> : <Text value={value} />}
      {bytes !== undefined && (
        <span class="hook-bytes">
          <span class="tag warn">not UTF-8</span> <Text value={bytes.replace(/..(?!$)/g, '$& ')} />
        </span>
      )}
      {value !== '' && <CopyButton text={value} what={name.slice(0, 40)} />}
    </td>
    <td class="muted">{meaning}</td>
  </tr>
)
