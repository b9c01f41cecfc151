// Sends generated requests to an emulator and holds each answer to the OpenAPI documents that it serves:
//   npm run fuzz -- --requests 300000 --seed 7
// Requires a build, and the development dependencies.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runFuzz } from './fuzz/run.mjs'

const HELP = `Usage: npm run fuzz -- [options]

Generates requests from both OpenAPI documents, valid and wrong in each way, and checks every answer: its status, content
type and body stand in the document, and nothing leaks.

Options:
  --requests N  how many requests are sent, 1 to 100000000 (default: 5000)
  --seed S      the same seed gives the same requests, 0 to 4294967295 (default: a random one, which is printed)
  --help        print this

Exits with 0 when every answer was right, 1 when one was not, 2 for wrong options.
`

const LIMITS = { requests: [1, 100_000_000], seed: [0, 2 ** 32 - 1] }

const options = readOptions(process.argv.slice(2))
const { startEmulator } = await import('../dist/index.js').catch(error =>
  refuse(`There is no build: run npm run build. (${error.code})`)
)
const { default: Ajv } = await import('ajv/dist/2020.js')
const folder = join(import.meta.dirname, '..')
console.log(`seed ${options.seed}, ${options.requests} requests`)

const emulator = await startEmulator({ port: 0, seed: options.seed })
const began = performance.now()
const seconds = () => ((performance.now() - began) / 1000).toFixed(1)
try {
  const { failure, statuses, kinds } = await runFuzz({
    ...options,
    url: emulator.url,
    Ajv: Ajv.default ?? Ajv,
    folder,
    onProgress: done => console.log(`${done} of ${options.requests} requests, ${seconds()} s`)
  })
  const print = counts =>
    [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, count]) => `${key}: ${count}`)
  console.log(`statuses  ${print(statuses).join(', ')}`)
  console.log(`kinds     ${print(kinds).join(', ')}`)
  if (failure === undefined) console.log(`Every answer is as documented (${seconds()} s).`)
  else {
    console.error(
      `Request ${failure.number} of seed ${options.seed} was answered with ${failure.problem}:\n${failure.curl}`
    )
    process.exitCode = 1
  }
} finally {
  await emulator.close()
}

function readOptions(args) {
  const { values, tokens } = parse(args)
  if (values.help) {
    process.stdout.write(HELP)
    process.exit(0)
  }
  const names = tokens.filter(({ kind }) => kind === 'option').map(({ name }) => name)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice) refuse(`--${twice} is given twice: give it once.`)
  const number = (name, fallback) => {
    const text = values[name]
    if (text === undefined) return fallback
    const [least, most] = LIMITS[name]
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= least && value <= most))
      refuse(`--${name} must be a whole number from ${least} to ${most}; got ${JSON.stringify(text)}.`)
    return value
  }
  return { requests: number('requests', 5_000), seed: number('seed', Math.floor(Math.random() * 2 ** 32)) }
}

function parse(args) {
  const string = { type: 'string' }
  try {
    return parseArgs({
      args,
      tokens: true,
      options: { requests: string, seed: string, help: { type: 'boolean', short: 'h' } }
    })
  } catch (error) {
    return refuse(`${error.message.split('. ')[0]}. The options are --requests N and --seed S.`)
  }
}

function refuse(message) {
  console.error(message)
  process.exit(2)
}
