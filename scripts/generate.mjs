// Writes the documents that are made from the source, or with --check says which of them are stale.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeType } from '../dist/cli/options.js'
import { environmentName, SERVE_OPTIONS } from '../dist/config.js'
import { CONTROL_ERRORS } from '../dist/domain/errors/control.js'
import { OAUTH_ERRORS } from '../dist/domain/errors/oauth.js'
import { REASONS } from '../dist/domain/errors/reasons.js'
import { UAPI_ERRORS } from '../dist/domain/errors/uapi.js'
import { describeApis } from '../dist/http/control/documentation.js'
import { VERSION } from '../dist/package.js'
import { NOT_FIRED } from '../dist/schema/call.js'
import { FAILURES } from '../dist/schema/delivery.js'
import { fixtureSchemaDocument } from '../dist/schema/fixture.js'
import { citations } from './citations.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const read = path => readFileSync(join(root, path), 'utf8')
const apis = await describeApis(VERSION)
const ledger = citations(join(root, 'src'))

const documents = {
  'docs/openapi/uapi.json': print(apis.uapi),
  'docs/openapi/control.json': print(apis.control),
  'fixtures/fixture.schema.json': print(fixtureSchemaDocument()),
  'docs/errors.md': errors(),
  'docs/fidelity.md': fidelity(),
  'README.md': readme()
}

const stale = Object.entries(documents).filter(([path, text]) => !existsSync(join(root, path)) || read(path) !== text)
for (const [path, text] of stale) {
  console.log(path)
  if (process.argv.includes('--check')) continue
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
if (process.argv.includes('--check') && stale.length > 0) {
  console.log('are stale: npm run generate writes them anew.')
  process.exitCode = 1
}

function print(value) {
  return `${JSON.stringify(value, null, 2)}\n`
}

function errors() {
  const rows = Object.entries(UAPI_ERRORS).map(
    ([code, { status, message }]) => `| ${status} | \`${code}\` | ${message} |`
  )
  return `# Errors

Made by \`npm run generate\` from the catalogues in \`src/domain\` and \`src/schema\`.

## The vendor's surface

Every error under \`/uapi\` and \`/unifiedapi\` answers \`{"error": {"code", "message"}}\`. \`access_denied\` is 401 where
the credentials fail and 403 where they do not suffice.

| status | code | message |
|---|---|---|
${rows.join('\n')}

## The token endpoint

Every error under \`/oauth\` answers \`{"error", "error_description"}\`, as RFC 6749 has it; what HTTP itself refuses (404, 405,
413, 414, 415) is \`invalid_request\` with that status. The consent page shows its errors as a page.

| status | error |
|---|---|
${Object.entries(OAUTH_ERRORS)
  .map(([code, status]) => `| ${status} | \`${code}\` |`)
  .join('\n')}

## The emulator's own API

| status | code | message |
|---|---|---|
${Object.entries(CONTROL_ERRORS)
  .map(([code, { status, message }]) => `| ${status} | \`${code}\` | ${message} |`)
  .join('\n')}

## X-Emulator-Reason

What the vendor's codes do not tell apart, this header does, on every error of every surface. It is ours: a client
program must not rely on it.

${words(REASONS)}

## Why a delivery failed

The \`reason\` of an attempt's \`failure\`.

${words(FAILURES)}

## Why an event did not fire

The \`reasons\` of a moment.

${words(NOT_FIRED)}
`
}

function words(table) {
  const rows = Object.entries(table).map(([word, meaning]) => `| \`${word}\` | ${meaning} |`)
  return `| reason | means |\n|---|---|\n${rows.join('\n')}`
}

function fidelity() {
  const sections = [
    ['Documented', 'The vendor says so on the page of the service.', 'documented'],
    ['Observed', 'Real, published client programs depend on it.', 'observed'],
    ['From the contract', 'Other v5 pages or the older v3 wiki say so; the section says which.', 'contract']
  ]
  const decisions = decisionTitles()
  return `# Fidelity ledger

Made by \`npm run generate\` from the \`@source\` and \`@assumed\` tags of the source. "Page" is the vendor's
PhoneCallEvents page; "contract" is [contract.md](contract.md), which says where each of its rules comes from.

${sections.map(([title, meaning, kind]) => `## ${title}\n\n${meaning}\n\n${table(ledger.filter(row => row.kind === kind))}`).join('\n\n')}

## Assumed

Nothing public says; we chose. Each has its decision.

| what | decision |
|---|---|
${ledger
  .filter(({ kind }) => kind === 'assumed')
  .map(
    ({ what, source }) =>
      `| ${what} | [${source} ${decisions.get(source)?.title}](decisions/${decisions.get(source)?.file}) |`
  )
  .join('\n')}

${read('docs/not-emulated.md').replace(/^# /, '## ').trim()}
`
}

function table(rows) {
  return `| what | source | in |\n|---|---|---|\n${rows.map(({ what, source, file }) => `| ${what} | ${source} | \`${file}\` |`).join('\n')}`
}

function decisionTitles() {
  return new Map(
    readdirSync(join(root, 'docs/decisions')).map(file => {
      const [, title] = /^# \d+ (.*)$/m.exec(read(`docs/decisions/${file}`)) ?? []
      return [file.slice(0, 4), { file, title }]
    })
  )
}

function readme() {
  const count = kind => ledger.filter(row => row.kind === kind).length
  const settings = Object.values(SERVE_OPTIONS).map(setting => {
    const { flag, placeholder, type, default: otherwise, repeatable, meaning } = setting
    const value = placeholder ? ` <${placeholder}>` : ''
    const choice = placeholder && Reflect.get(type, 'enum') ? ` (${describeType(type)})` : ''
    const usual = placeholder && otherwise !== undefined ? `\`${otherwise}\`` : ''
    return `| \`--${flag}${value}\` | \`${environmentName(setting)}\` | ${usual} | ${meaning}${choice}${repeatable ? ' Repeatable.' : ''} |`
  })
  const table = `| flag | environment | default | meaning |\n|---|---|---|---|\n${settings.join('\n')}`
  const summary =
    `${count('documented')} rules are documented on the vendor's page, ${count('contract')} come from its older and sibling pages, ` +
    `${count('observed')} were observed in real clients, ${count('assumed')} are assumed. Each is listed in [docs/fidelity.md](docs/fidelity.md).`
  return fill(fill(read('README.md'), 'settings', table), 'fidelity', summary)
}

/** Replaces what stands between two marks. */
function fill(text, mark, content) {
  return text.replace(
    new RegExp(`(<!-- ${mark} -->)[^]*?(<!-- /${mark} -->)`),
    (_all, before, after) => `${before}\n${content}\n${after}`
  )
}
